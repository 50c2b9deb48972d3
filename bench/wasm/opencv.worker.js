// opencv.js in a Web Worker. A row's function gets the library and the RGB picture, and returns a function that computes
// the result in pictures that are allocated once. Only that function is timed.
const grey = (cv, src) => {
  const g = new cv.Mat();
  return () => {
    cv.cvtColor(src, g, cv.COLOR_RGB2GRAY);
    return g;
  };
};

const onGrey = (call) => (cv, src) => {
  const toGrey = grey(cv, src);
  const dst = new cv.Mat();
  return () => {
    call(cv, toGrey(), dst);
    return dst;
  };
};

// The channel with the largest gradient depends on the order of channels where two are equal: OpenCV's is BGR.
const onBgr = (call) => (cv, src) => {
  const bgr = new cv.Mat();
  const dst = new cv.Mat();
  cv.cvtColor(src, bgr, cv.COLOR_RGB2BGR);
  return () => {
    call(cv, bgr, dst);
    return dst;
  };
};

const direct = (call) => (cv, src) => {
  const dst = new cv.Mat();
  return () => {
    call(cv, src, dst);
    return dst;
  };
};

// OpenCV's result is BGR where ours is RGB.
const swapped = (prepare) => (cv, src) => Object.assign(prepare(cv, src), { swapped: true });

const lookUp = (table) => (cv, src) => {
  const lut = cv.matFromArray(1, 256, cv.CV_8UC1, table);
  const dst = new cv.Mat();
  return () => {
    cv.LUT(src, lut, dst);
    return dst;
  };
};

const filter = (kernel) => (cv, src) => {
  const side = Math.sqrt(kernel.length);
  const mat = cv.matFromArray(side, side, cv.CV_32FC1, kernel);
  const dst = new cv.Mat();
  return () => {
    cv.filter2D(src, dst, -1, mat);
    return dst;
  };
};

const morph = (name, side, iterations) => (cv, src) => {
  const element = cv.Mat.ones(side, side, cv.CV_8U);
  const dst = new cv.Mat();
  return () => {
    cv[name](src, dst, element, new cv.Point(-1, -1), iterations);
    return dst;
  };
};

const resize = (method, size) =>
  direct((cv, src, dst) => cv.resize(src, dst, new cv.Size(...size(src)), 0, 0, cv[method]));
const scaled = (scale) => (src) => [Math.round(src.cols * scale), Math.round(src.rows * scale)];

const rotate = (angle) =>
  direct((cv, src, dst) => {
    const matrix = cv.getRotationMatrix2D(new cv.Point(src.cols / 2, src.rows / 2), angle, 1);
    cv.warpAffine(src, dst, matrix, new cv.Size(src.cols, src.rows));
    matrix.delete();
  });

const SHARPEN = [0, -1, 0, -1, 5, -1, 0, -1, 0];
const INTEGERS = [0, 0, 1, 0, 0, 0, 1, 2, 1, 0, 1, 2, -15, 2, 1, 0, 1, 2, 1, 0, 0, 0, 1, 0, 0];
const FRACTIONS = Array.from({ length: 49 }, (_, i) => (((i * 7) % 11) - 4) / 64);

const ROWS = {
  grayscale: grey,
  invert: direct((cv, src, dst) => cv.bitwise_not(src, dst)),
  threshold: onGrey((cv, g, dst) => cv.threshold(g, dst, 128, 255, cv.THRESH_BINARY)),
  'threshold method=otsu': onGrey((cv, g, dst) =>
    cv.threshold(g, dst, 128, 255, cv.THRESH_BINARY + cv.THRESH_OTSU),
  ),
  adaptive_threshold: onGrey((cv, g, dst) =>
    cv.adaptiveThreshold(g, dst, 255, cv.ADAPTIVE_THRESH_MEAN_C, cv.THRESH_BINARY, 11, 2),
  ),
  'adaptive_threshold method=gaussian': onGrey((cv, g, dst) =>
    cv.adaptiveThreshold(g, dst, 255, cv.ADAPTIVE_THRESH_GAUSSIAN_C, cv.THRESH_BINARY, 11, 2),
  ),
  brightness_contrast: direct((cv, src, dst) => cv.convertScaleAbs(src, dst, 1.5, 40)),
  brightness: direct((cv, src, dst) => src.convertTo(dst, -1, 1, 60)),
  'gamma value=2.2': lookUp(Array.from({ length: 256 }, (_, i) => Math.round(255 * (i / 255) ** (1 / 2.2)))),
  channel: (cv, src) => {
    const mask = new cv.Mat(src.rows, src.cols, cv.CV_8UC3, new cv.Scalar(255, 0, 0, 0));
    const dst = new cv.Mat();
    return () => {
      cv.bitwise_and(src, mask, dst);
      return dst;
    };
  },
  hsv: swapped(direct((cv, src, dst) => cv.cvtColor(src, dst, cv.COLOR_RGB2HSV))),
  heatmap: swapped(onGrey((cv, g, dst) => cv.applyColorMap(g, dst, cv.COLORMAP_JET))),
  equalize: onGrey((cv, g, dst) => cv.equalizeHist(g, dst)),
  stretch_contrast: (cv, src) => {
    const dst = new cv.Mat();
    const hist = new cv.Mat();
    const none = new cv.Mat();
    return () => {
      const cdf = new Float64Array(256);
      const list = new cv.MatVector();
      list.push_back(src);
      for (let c = 0; c < 3; c++) {
        cv.calcHist(list, [c], none, hist, [256], [0, 256], false);
        for (let i = 0; i < 256; i++) cdf[i] += hist.data32F[i];
      }
      list.delete();
      for (let i = 1; i < 256; i++) cdf[i] += cdf[i - 1];
      const least = cdf.find((value) => value > 0);
      const table = Array.from(
        cdf,
        (value) => (value > 0 ? ((value - least) * 255) / (cdf[255] - least) : 0) | 0,
      );
      const lut = cv.matFromArray(1, 256, cv.CV_8UC1, table);
      cv.LUT(src, lut, dst);
      lut.delete();
      return dst;
    };
  },
  box_blur: direct((cv, src, dst) => cv.blur(src, dst, new cv.Size(5, 5))),
  'box_blur ksize=31': direct((cv, src, dst) => cv.blur(src, dst, new cv.Size(31, 31))),
  gaussian_blur: direct((cv, src, dst) => cv.GaussianBlur(src, dst, new cv.Size(5, 5), 0)),
  'gaussian_blur ksize=31': direct((cv, src, dst) => cv.GaussianBlur(src, dst, new cv.Size(31, 31), 0)),
  median_blur: direct((cv, src, dst) => cv.medianBlur(src, dst, 5)),
  'median_blur ksize=11': direct((cv, src, dst) => cv.medianBlur(src, dst, 11)),
  bilateral: direct((cv, src, dst) => cv.bilateralFilter(src, dst, 9, 75, 75)),
  sharpen: filter(SHARPEN),
  detail: (cv, src) => {
    const soft = new cv.Mat();
    const sharpen = filter([-1, -1, -1, -1, 9, -1, -1, -1, -1])(cv, soft);
    return () => {
      cv.GaussianBlur(src, soft, new cv.Size(5, 5), 0);
      return sharpen();
    };
  },
  [`convolve kernel=${SHARPEN}`]: filter(SHARPEN),
  [`convolve kernel=${INTEGERS}`]: filter(INTEGERS),
  [`convolve kernel=${FRACTIONS}`]: filter(FRACTIONS),
  dilate: morph('dilate', 5, 2),
  'erode ksize=3 iterations=1': morph('erode', 3, 1),
  laplacian: (cv, src) => {
    const toGrey = grey(cv, src);
    const wide = new cv.Mat();
    const dst = new cv.Mat();
    return () => {
      cv.Laplacian(toGrey(), wide, cv.CV_16S, 1);
      cv.convertScaleAbs(wide, dst);
      return dst;
    };
  },
  sobel: (cv, src) => {
    const toGrey = grey(cv, src);
    const [dx, dy, ax, ay, dst] = Array.from({ length: 5 }, () => new cv.Mat());
    return () => {
      const g = toGrey();
      cv.Sobel(g, dx, cv.CV_16S, 1, 0, 3);
      cv.Sobel(g, dy, cv.CV_16S, 0, 1, 3);
      cv.convertScaleAbs(dx, ax);
      cv.convertScaleAbs(dy, ay);
      cv.add(ax, ay, dst);
      return dst;
    };
  },
  canny: onBgr((cv, bgr, dst) => cv.Canny(bgr, dst, 100, 200)),
  'grayscale | canny': onGrey((cv, g, dst) => cv.Canny(g, dst, 100, 200)),
  resize: resize('INTER_AREA', scaled(0.5)),
  'resize width=1024': resize('INTER_AREA', (src) => [1024, Math.round((src.rows * 1024) / src.cols)]),
  'resize method=linear': resize('INTER_LINEAR', scaled(0.5)),
  'resize method=nearest': resize('INTER_NEAREST', scaled(0.5)),
  'resize scale=2 method=linear': resize('INTER_LINEAR', scaled(2)),
  rotate: rotate(90),
  'rotate angle=30': rotate(30),
  'rotate expand=yes': direct((cv, src, dst) => cv.rotate(src, dst, cv.ROTATE_90_COUNTERCLOCKWISE)),
  flip: direct((cv, src, dst) => cv.flip(src, dst, 1)),
  'flip axis=vertical': direct((cv, src, dst) => cv.flip(src, dst, 0)),
  'crop x=500 y=500': direct((cv, src, dst) => {
    const part = src.roi(new cv.Rect(500, 500, src.cols - 500, src.rows - 500));
    part.copyTo(dst);
    part.delete();
  }),
  contours: (cv, src) => {
    const toGrey = grey(cv, src);
    const [edges, none, dst] = [new cv.Mat(), new cv.Mat(), new cv.Mat()];
    return () => {
      cv.Canny(toGrey(), edges, 30, 100);
      const found = new cv.MatVector();
      cv.findContours(edges, found, none, cv.RETR_EXTERNAL, cv.CHAIN_APPROX_SIMPLE);
      src.copyTo(dst);
      cv.drawContours(dst, found, -1, new cv.Scalar(0, 255, 0, 255), 1);
      found.delete();
      return dst;
    };
  },
  lines: (cv, src) => {
    const [edges, found, dst] = [new cv.Mat(), new cv.Mat(), new cv.Mat()];
    const run = () => {
      cv.Canny(src, edges, 50, 150);
      cv.HoughLinesP(edges, found, 1, Math.PI / 180, 80, 50, 10);
      src.copyTo(dst);
      const red = new cv.Scalar(255, 0, 0, 255);
      for (let i = 0; i < found.rows; i++) {
        const [x0, y0, x1, y1] = found.data32S.subarray(4 * i, 4 * i + 4);
        cv.line(dst, new cv.Point(x0, y0), new cv.Point(x1, y1), red, 1);
      }
      return dst;
    };
    run.other = true; // finds other segments
    return run;
  },
  'grayscale | gaussian_blur ksize=5 | canny': (cv, src) => {
    const toGrey = grey(cv, src);
    const [soft, dst] = [new cv.Mat(), new cv.Mat()];
    return () => {
      cv.GaussianBlur(toGrey(), soft, new cv.Size(5, 5), 0);
      cv.Canny(soft, dst, 100, 200);
      return dst;
    };
  },
  'brightness_contrast | sharpen | invert': (cv, src) => {
    const [one, dst] = [new cv.Mat(), new cv.Mat()];
    const sharpen = filter(SHARPEN)(cv, one);
    return () => {
      cv.convertScaleAbs(src, one, 1.5, 40);
      cv.bitwise_not(sharpen(), dst);
      return dst;
    };
  },
};

let cv;
let src;
let run;
let mats = [];

// Every Mat of a row, to be deleted after it.
function watched(library) {
  const make = library.Mat;
  const Mat = new Proxy(make, {
    construct: (target, args) => {
      const mat = new target(...args);
      mats.push(mat);
      return mat;
    },
  });
  return new Proxy(library, { get: (target, name) => (name === 'Mat' ? Mat : target[name]) });
}

const handlers = {
  async open({ width, height, pixels }) {
    importScripts('/opencv/opencv.js');
    cv = self.cv instanceof Promise ? await self.cv : self.cv;
    if (!cv.Mat) await new Promise((ready) => (cv.onRuntimeInitialized = ready));
    src = new cv.Mat(height, width, cv.CV_8UC3);
    src.data.set(pixels);
    return { version: (cv.getBuildInformation().match(/OpenCV (\S+)/) ?? [])[1] };
  },
  // Prepares a row and runs it once. Returns the result.
  prepare({ pipeline }) {
    if (!ROWS[pipeline]) return { reason: 'has no such operation' };
    try {
      run = ROWS[pipeline](watched(cv), src);
      const { rows, cols, data } = run();
      const pixels = data.slice();
      return {
        width: cols,
        height: rows,
        channels: data.length / rows / cols,
        pixels,
        other: run.other,
        swapped: run.swapped,
      };
    } catch (thrown) {
      handlers.close();
      return { reason: thrown instanceof TypeError ? `cannot: ${thrown.message}` : `failed: ${thrown}` };
    }
  },
  run() {
    const start = performance.now();
    run();
    return { ms: performance.now() - start };
  },
  close() {
    for (const mat of mats) if (!mat.isDeleted()) mat.delete();
    mats = [];
    return {};
  },
};

self.onmessage = async ({ data }) => {
  try {
    const answer = await handlers[data.type](data);
    self.postMessage({ id: data.id, ...answer }, answer.pixels ? [answer.pixels.buffer] : []);
  } catch (thrown) {
    self.postMessage({ id: data.id, error: String(thrown) });
  }
};
