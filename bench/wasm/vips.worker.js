// wasm-vips in a Web Worker, with one thread. A row's function gets the RGB picture and `t`, which collects images to be
// deleted, and returns an image. Images are lazy; `copyMemory` computes all pixels. Where libvips has no such operation,
// the most similar one is measured; `other` marks those with different results.
let vips;
let src;
let row;

const grey = (src, t) => t(src.colourspace('b-w'));
const mask = (side, values, scale, t) => {
  const image = t(vips.Image.newMatrix(side, values.length / side, values));
  if (scale === 1) return image;
  const scaled = t(image.copy());
  scaled.setDouble('scale', scale);
  return scaled;
};
const filter = (kernel, precision) => (src, t) =>
  t(src.conv(mask(Math.sqrt(kernel.length), kernel, 1, t), { precision }));
// Gaussians as wide as OpenCV's: `min_ampl` is the last weight.
const box = (side) => (src, t) =>
  t(src.convsep(mask(side, Array(side).fill(1), side, t), { precision: 'integer' }));
const other = (call) => Object.assign(call, { other: true });

const SHARPEN = [0, -1, 0, -1, 5, -1, 0, -1, 0];
const INTEGERS = [0, 0, 1, 0, 0, 0, 1, 2, 1, 0, 1, 2, -15, 2, 1, 0, 1, 2, 1, 0, 0, 0, 1, 0, 0];
const FRACTIONS = Array.from({ length: 49 }, (_, i) => (((i * 7) % 11) - 4) / 64);
const GAMMA = Uint8Array.from({ length: 256 }, (_, i) => Math.round(255 * (i / 255) ** (1 / 2.2)));

const ROWS = {
  grayscale: grey,
  invert: (src, t) => t(src.invert()),
  threshold: (src, t) => t(grey(src, t).moreEq([129])),
  brightness_contrast: (src, t) => t(src.linear([1.5], [40], { uchar: true })),
  brightness: (src, t) => t(src.linear([1], [60], { uchar: true })),
  'gamma value=2.2': (src, t) => t(src.maplut(t(vips.Image.newFromMemory(GAMMA, 256, 1, 1, 'uchar')))),
  hsv: other((src, t) => t(src.colourspace('hsv'))),
  heatmap: other((src, t) => t(grey(src, t).falsecolour())),
  equalize: (src, t) => t(grey(src, t).histEqual()),
  box_blur: box(5),
  'box_blur ksize=31': box(31),
  gaussian_blur: (src, t) => t(src.gaussblur(1.1, { min_ampl: 0.19 })),
  'gaussian_blur ksize=31': (src, t) => t(src.gaussblur(5, { min_ampl: 0.011 })),
  median_blur: (src, t) => t(src.rank(5, 5, 12)),
  'median_blur ksize=11': (src, t) => t(src.rank(11, 11, 60)),
  sharpen: filter(SHARPEN, 'integer'),
  detail: (src, t) =>
    filter([-1, -1, -1, -1, 9, -1, -1, -1, -1], 'integer')(t(src.gaussblur(1.1, { min_ampl: 0.19 })), t),
  [`convolve kernel=${SHARPEN}`]: filter(SHARPEN, 'integer'),
  [`convolve kernel=${INTEGERS}`]: filter(INTEGERS, 'integer'),
  [`convolve kernel=${FRACTIONS}`]: (src, t) => t(filter(FRACTIONS, 'float')(src, t).cast('uchar')),
  dilate: (src, t) => t(src.rank(9, 9, 80)),
  'erode ksize=3 iterations=1': (src, t) => t(src.rank(3, 3, 0)),
  laplacian: (src, t) =>
    t(
      t(filter([0, 1, 0, 1, -4, 1, 0, 1, 0], 'integer')(t(grey(src, t).cast('short')), t).abs()).cast(
        'uchar',
      ),
    ),
  sobel: other((src, t) => t(grey(src, t).sobel())),
  'grayscale | canny': other((src, t) => t(grey(src, t).canny({ precision: 'integer' }))),
  resize: (src, t) => t(src.shrink(2, 2)),
  'resize width=1024': (src, t) => t(src.resize(1024 / src.width, { kernel: 'linear' })),
  'resize method=linear': (src, t) => t(src.resize(0.5, { kernel: 'linear' })),
  'resize method=nearest': (src, t) => t(src.subsample(2, 2)),
  'resize scale=2 method=linear': (src, t) => t(src.resize(2, { kernel: 'linear' })),
  'rotate angle=30': (src, t) => {
    const all = t(src.similarity({ angle: -30, interpolate: t(vips.Interpolate.newFromName('bilinear')) }));
    const [left, top] = [(all.width - src.width) >> 1, (all.height - src.height) >> 1];
    return t(all.crop(left, top, src.width, src.height));
  },
  'rotate expand=yes': (src, t) => t(src.rot('d270')),
  flip: (src, t) => t(src.flipHor()),
  'flip axis=vertical': (src, t) => t(src.flipVer()),
  'crop x=500 y=500': (src, t) => t(src.crop(500, 500, src.width - 500, src.height - 500)),
  'grayscale | gaussian_blur ksize=5 | canny': other((src, t) =>
    t(t(grey(src, t).gaussblur(1.1, { min_ampl: 0.19 })).canny({ precision: 'integer' })),
  ),
  'brightness_contrast | sharpen | invert': (src, t) =>
    t(filter(SHARPEN, 'integer')(t(src.linear([1.5], [40], { uchar: true })), t).invert()),
};

function compute(use) {
  const images = [];
  const t = (image) => (images.push(image), image);
  try {
    return use(t(row(src, t).copyMemory()));
  } finally {
    for (const image of images.reverse()) image.delete();
  }
}

const handlers = {
  async open({ width, height, pixels }) {
    importScripts('/vips/vips.js');
    vips = await Vips({
      dynamicLibraries: [],
      locateFile: (name) => `/vips/${name}`,
      mainScriptUrlOrBlob: '/vips/vips.js',
    });
    vips.concurrency(1);
    vips.Cache.max(0);
    const raw = vips.Image.newFromMemory(pixels, width, height, 3, 'uchar');
    src = raw.copy({ interpretation: 'srgb' }).copyMemory();
    return { version: vips.version() };
  },
  prepare({ pipeline }) {
    row = ROWS[pipeline];
    if (!row) return { reason: 'has no such operation' };
    try {
      return compute((image) => {
        const { width, height, bands, format } = image;
        const pixels = image.writeToMemory().slice();
        return { width, height, channels: bands, format, pixels, other: Boolean(row.other) };
      });
    } catch (thrown) {
      return { reason: `failed: ${String(thrown).trim()}` };
    }
  },
  run() {
    const start = performance.now();
    compute(() => {});
    return { ms: performance.now() - start };
  },
  close: () => ({}),
};

self.onmessage = async ({ data }) => {
  try {
    const answer = await handlers[data.type](data);
    self.postMessage({ id: data.id, ...answer }, answer.pixels ? [answer.pixels.buffer] : []);
  } catch (thrown) {
    self.postMessage({ id: data.id, error: String(thrown) });
  }
};
