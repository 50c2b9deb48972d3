// Measures scanning with the camera in the page, with Chromium's fake camera: a video of a photograph, on which a code
// comes and goes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readPng } from '../tests/page/png.mjs';
import { MARK, writeVideo } from '../tests/page/video.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { chromium } = createRequire(join(root, 'tests/page/package.json'))('playwright-core');

const RATE = 30;

const HELP = `Usage: bench/camera [OPTION…]
Measures scanning with the camera in the page, in a browser whose camera plays a video: a photograph, on which a code
comes and goes. Printed are the milliseconds from the capture of the first frame with the code until its text is shown
in the list, the frames per second that the page draws, and for how many frames with the code its outline was there.

  --build DIR     build folder, for web/ and bin/tilecast (default: build)
  --times N       how often the code comes (default: 15)
  --seconds S     for how long it comes, and goes (default: 0.8)
  --size WxH      of the video (default: 1280x720)
  --photo FILE    the photograph (default: one of the tests')
  --code FILE     the code (default: one of the tests')
  --pipeline TEXT what is done to the code before (default: resize scale=2 method=nearest)
  --json FILE     write all figures there
  --chromium FILE the browser (default: /usr/bin/chromium)

Exit status: 0, or 1 when the code was missed once.
`;

function parse() {
  const string = { type: 'string' };
  const { values } = parseArgs({
    options: {
      build: { ...string, default: join(root, 'build') },
      times: { ...string, default: '15' },
      seconds: { ...string, default: '0.8' },
      size: { ...string, default: '1280x720' },
      photo: { ...string, default: join(root, 'tests/data/coffee_600x400.jpg') },
      code: { ...string, default: join(root, 'tests/data/codes/one.png') },
      pipeline: { ...string, default: 'resize scale=2 method=nearest' },
      json: string,
      chromium: { ...string, default: process.env.CHROMIUM ?? '/usr/bin/chromium' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  if (!/^\d*[02468]x\d*[02468]$/.test(values.size))
    throw new Error(`--size ${values.size}: two even numbers are needed`);
  return values;
}

function makeVideo(args, folder) {
  const [width, height] = args.size.split('x').map(Number);
  const read = (pipeline, file) => {
    const out = join(folder, 'picture.png');
    execFileSync(join(args.build, 'bin/tilecast'), ['run', '--pipeline', pipeline, '-o', out, file], { stdio: 'pipe' });
    return readPng(readFileSync(out));
  };
  const photo = read(`resize width=${width} height=${height} method=linear`, args.photo);
  const code = read(args.pipeline, args.code);
  if (code.channels !== 1 || code.width >= width || code.height >= height)
    throw new Error(`${args.code}: a grey picture smaller than the video is needed`);
  const at = [(width - code.width) >> 1, (height - code.height) >> 1];
  const frames = Math.round(args.seconds * RATE);
  const path = join(folder, 'camera.y4m');
  writeVideo(path, { photo, code, at, blank: frames, shown: frames, rate: RATE });
  return path;
}

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

async function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = path === '/' ? '/index.html' : path;
    try {
      const bytes = readFileSync(join(folder, file));
      response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

// In the page: follows the mark in the video and what the page shows, until the code has come and gone so often.
async function watch({ times, mark, rate }) {
  const byId = (id) => document.querySelector(`[data-testid=${id}]`);
  const video = byId('camera-video');
  const corner = new Uint8Array((mark * mark * 3) / 2);
  const comings = [];
  const outlined = { frames: 0, of: 0 };
  let [marked, first, present] = [null, true, null];

  // Whether the frame that is shown now has the code.
  const look = async () => {
    const frame = new VideoFrame(video);
    await frame.copyTo(corner, { rect: { x: 0, y: 0, width: mark, height: mark } });
    frame.close();
    return corner[(mark * mark) >> 1] > 128;
  };
  const shown = () =>
    new Promise((done) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now());
        port2.postMessage(null);
      });
    });
  new MutationObserver(() => {
    const row = byId('camera-find') !== null;
    if (row && !present && comings.length > 0) {
      const coming = comings.at(-1);
      void shown().then((at) => (coming.shown ??= at));
    }
    present = row;
  }).observe(document.body, { childList: true, subtree: true });

  const drawn = { count: 0, longest: 0, from: 0, last: 0 };
  const draw = (at) => {
    if (drawn.last > 0) drawn.longest = Math.max(drawn.longest, at - drawn.last);
    drawn.from ||= at;
    drawn.last = at;
    drawn.count++;
    requestAnimationFrame(draw);
  };
  let played = 0;
  await new Promise((done) => {
    const come = (now, metadata) => {
      video.requestVideoFrameCallback(come);
      if (drawn.count > 0) played++;
      void look().then((there) => {
        // Forgotten for the next coming, once no frame with the code is being read any more.
        if (!there && !byId('camera-outline')) byId('camera-clear')?.click();
        if (there === marked) {
          if (there && comings.at(-1)?.shown) {
            outlined.of++;
            if (byId('camera-outline')) outlined.frames++;
          }
          return;
        }
        // A first coming may have begun before.
        if (there && marked === false && !first) comings.push({ appeared: metadata.captureTime ?? now });
        if (!there) {
          if (first) requestAnimationFrame(draw);
          if (comings.length === times) done();
          first = false;
        }
        marked = there;
      });
    };
    video.requestVideoFrameCallback(come);
  });
  const seconds = (drawn.last - drawn.from) / 1000;
  return {
    ms: comings.map(({ appeared, shown }) => (shown ? shown - appeared : null)),
    pageFps: (drawn.count - 1) / seconds,
    longestMs: drawn.longest,
    videoFps: played / seconds,
    rate,
    outlined: outlined.frames / outlined.of,
  };
}

async function measure(args, url, video) {
  const browser = await chromium.launch({
    executablePath: args.chromium,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${video}`,
    ],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ['camera'] });
    const page = await context.newPage();
    await page.goto(url);
    await page.click('[data-testid=scan]');
    await page.waitForSelector('[data-testid=camera-find]', { timeout: 20_000 });
    return await page.evaluate(watch, { times: Number(args.times), mark: MARK, rate: RATE });
  } finally {
    await browser.close();
  }
}

function print(args, figures) {
  const known = figures.ms.filter((ms) => ms !== null).sort((a, b) => a - b);
  const median = known.length > 0 ? (known[known.length >> 1] + known[(known.length - 1) >> 1]) / 2 : Infinity;
  const missed = figures.ms.length - known.length;
  console.log(`${args.size} at ${RATE} frames/s, ${cpus().length} cores`);
  console.log(
    `code to text shown  median ${median.toFixed(0)} ms, least ${known[0]?.toFixed(0)}, most ${known.at(-1)?.toFixed(0)}; ` +
      `${figures.ms.length} times, ${missed} missed`,
  );
  console.log(
    `page                ${figures.pageFps.toFixed(1)} frames/s, longest gap ${figures.longestMs.toFixed(0)} ms; ` +
      `video ${figures.videoFps.toFixed(1)} frames/s`,
  );
  console.log(
    `outline             on ${(100 * figures.outlined).toFixed(1)} % of the frames with the code, once it was read`,
  );
  return { ...figures, medianMs: median, missed };
}

const args = parse();
const folder = mkdtempSync(join(tmpdir(), 'tilecast-camera-'));
const server = await serve(join(args.build, 'web'));
try {
  const figures = print(args, await measure(args, server.url, makeVideo(args, folder)));
  if (args.json) writeFileSync(args.json, `${JSON.stringify(figures)}\n`);
  if (figures.missed > 0) process.exitCode = 1;
} finally {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}
