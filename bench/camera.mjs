// Measures scanning with the camera in the page, with Chromium's fake camera: a video of a photograph on which a code
// appears and disappears.
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
Measures scanning with the camera in the page, in a browser whose camera plays a video: a photograph on which a code
appears and disappears. Prints the milliseconds from the capture of the first frame with the code until its text is
displayed in the list, the frames per second that the page draws, and the share of frames with the code that have its
outline.

  --build DIR     build folder, for web/ and bin/tilecast (default: build)
  --times N       how often the code appears (default: 15)
  --seconds S     for how long it is visible, and invisible (default: 0.8)
  --attempts N    measure again, up to this many times, when the code was missed (default: 1)
  --size WxH      of the video (default: 1280x720)
  --photo FILE    the photograph (default: one of the tests')
  --code FILE     the code (default: one of the tests')
  --pipeline TEXT operations on the code (default: resize scale=2 method=nearest)
  --json FILE     write all figures there
  --chromium FILE the browser (default: /usr/bin/chromium)

Exit status: 0, or 1 when the code was missed in every attempt.
`;

function parse() {
  const string = { type: 'string' };
  const { values } = parseArgs({
    options: {
      build: { ...string, default: join(root, 'build') },
      times: { ...string, default: '15' },
      seconds: { ...string, default: '0.8' },
      attempts: { ...string, default: '1' },
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

// Runs in the page: window.startFrames begins to count the frames that it draws, in window.drawn.
function countFrames() {
  const drawn = { count: 0, longest: 0, from: 0, last: 0 };
  const draw = (at) => {
    if (drawn.last > 0) drawn.longest = Math.max(drawn.longest, at - drawn.last);
    drawn.from ||= at;
    drawn.last = at;
    drawn.count++;
    requestAnimationFrame(draw);
  };
  window.drawn = drawn;
  window.startFrames = () => requestAnimationFrame(draw);
  // Resolves after the next frame of the page has been drawn.
  window.drawnAt = () =>
    new Promise((done) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now());
        port2.postMessage(null);
      });
    });
}

// Runs in the page: records when the code appears in the video, by its mark, and when the page displays it.
async function record({ times, mark, rate }) {
  const { drawn, drawnAt, startFrames } = window;
  const byId = (id) => document.querySelector(`[data-testid=${id}]`);
  const video = byId('camera-video');
  const corner = new Uint8Array((mark * mark * 3) / 2);
  const appearances = [];
  const outlined = { frames: 0, of: 0 };
  let [visible, partial, listed] = [null, true, null]; // partial: the first appearance may have begun before

  // Whether the current frame has the code.
  const hasCode = async () => {
    const frame = new VideoFrame(video);
    await frame.copyTo(corner, { rect: { x: 0, y: 0, width: mark, height: mark } });
    frame.close();
    return corner[(mark * mark) >> 1] > 128;
  };
  new MutationObserver(() => {
    const row = byId('camera-find') !== null;
    if (row && !listed && appearances.length > 0) {
      const appearance = appearances.at(-1);
      void drawnAt().then((at) => (appearance.displayed ??= at));
    }
    listed = row;
  }).observe(document.body, { childList: true, subtree: true });

  let played = 0;
  await new Promise((done) => {
    const change = (now, metadata) => {
      // An appearance is measured only if its code is no longer listed from the one before.
      if (visible && !partial && !byId('camera-find'))
        appearances.push({ captured: metadata.captureTime ?? now });
      if (visible) return;
      if (partial) startFrames();
      if (appearances.length === times) done();
      partial = false;
    };
    const frame = (now, metadata) => {
      video.requestVideoFrameCallback(frame);
      if (drawn.count > 0) played++;
      void hasCode().then((has) => {
        // Cleared for the next appearance, once no frame with the code is being scanned.
        if (!has && !byId('camera-outline')) byId('camera-clear')?.click();
        if (has !== visible) {
          visible = has;
          change(now, metadata);
        } else if (has && appearances.at(-1)?.displayed) {
          outlined.of++;
          if (byId('camera-outline')) outlined.frames++;
        }
      });
    };
    video.requestVideoFrameCallback(frame);
  });
  const seconds = (drawn.last - drawn.from) / 1000;
  return {
    ms: appearances.map(({ captured, displayed }) => (displayed ? displayed - captured : null)),
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
    await page.waitForSelector('[data-testid=camera-find]', { timeout: 60_000 });
    await page.evaluate(countFrames);
    return await page.evaluate(record, { times: Number(args.times), mark: MARK, rate: RATE });
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
    `code to text        median ${median.toFixed(0)} ms, least ${known[0]?.toFixed(0)}, most ${known.at(-1)?.toFixed(0)}; ` +
      `${figures.ms.length} times, ${missed} missed`,
  );
  console.log(
    `page                ${figures.pageFps.toFixed(1)} frames/s, longest gap ${figures.longestMs.toFixed(0)} ms; ` +
      `video ${figures.videoFps.toFixed(1)} frames/s`,
  );
  console.log(
    `outline             on ${(100 * figures.outlined).toFixed(1)} % of the frames with the code after it was read`,
  );
  return { ...figures, medianMs: median, missed };
}

const args = parse();
const folder = mkdtempSync(join(tmpdir(), 'tilecast-camera-'));
const server = await serve(join(args.build, 'web'));
try {
  const video = makeVideo(args, folder);
  let figures;
  for (let attempt = 0; attempt < Number(args.attempts) && figures?.missed !== 0; attempt++)
    figures = print(args, await measure(args, server.url, video));
  if (args.json) writeFileSync(args.json, `${JSON.stringify(figures)}\n`);
  if (figures.missed > 0) process.exitCode = 1;
} finally {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}
