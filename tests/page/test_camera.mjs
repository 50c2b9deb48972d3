// Scanning with the camera: a code in the video is listed once and outlined at its position, its text can be used, a frame
// can be captured as a picture; after closing, hiding or a refusal nothing runs. The camera is Chromium's fake one, with a
// generated video.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { byId, cli, data, folder, readPng, reference, saved, jobsEnded, shots, useSite } from './harness.mjs';
import { writeVideo } from './video.mjs';

const BLANK = 30; // frames without the code, then with it; 30 a second
const SHOWN = 60;
const AT = [180, 70];
const NEAR = 5; // pixels of the video that an outline may be off

const photo = reference('', join(data, 'coffee_600x400.jpg'));
const code = reference('resize scale=2 method=nearest', join(data, 'codes/one.png'));
const text = cli('codes', join(data, 'codes/one.png')).trimEnd().split('\t')[2];
const video = join(folder, 'camera.y4m');
writeVideo(video, { photo, code, at: AT, blank: BLANK, shown: SHOWN });

// The code without its quiet zone.
const inside = (() => {
  const dark = [...code.pixels.keys()].filter((i) => code.pixels[i] < 128);
  const xs = dark.map((i) => i % code.width);
  const ys = dark.map((i) => Math.floor(i / code.width));
  const range = (list, from) => [Math.min(...list) + from, Math.max(...list) + 1 + from];
  return { x: range(xs, AT[0]), y: range(ys, AT[1]) };
})();

const site = useSite({
  args: ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${video}`],
});
const allowed = { permissions: ['camera'] };
const codeRows = byId('camera-find');
const outline = byId('camera-outline');

// Records the streams that the page requests and gets, and how many frames its worker has at once.
function spy() {
  window.streams = [];
  window.requested = [];
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const { deviceId } = constraints.video;
    window.requested.push(deviceId?.exact);
    const stream = await getUserMedia(deviceId?.exact === 'another' ? { video: true } : constraints);
    window.streams.push(stream);
    return stream;
  };
  window.frameCounts = { frames: 0, pending: 0, max: 0 };
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, transfer) {
    const { frameCounts } = window;
    if (message?.type === 'frame') {
      frameCounts.frames++;
      frameCounts.max = Math.max(frameCounts.max, ++frameCounts.pending);
    }
    if (message?.type === 'open') {
      frameCounts.pending = 0;
      this.addEventListener('message', ({ data }) => data.type !== 'found' && frameCounts.pending--);
    }
    return post.call(this, message, transfer);
  };
}

const scan = async (page) => {
  await page.click(byId('scan'));
  await page.waitForSelector(codeRows, { timeout: 15_000 });
};

const liveTracks = (page) =>
  page.evaluate(
    () => window.streams.flatMap((s) => s.getTracks()).filter((t) => t.readyState === 'live').length,
  );

const scanWorkers = (page) => page.workers().filter((worker) => worker.url().includes('scan.worker'));

// A dialog is hidden before its close event.
async function nothingRuns(page, what) {
  const runs = async () => (await liveTracks(page)) > 0 || scanWorkers(page).length > 0;
  for (let i = 0; i < 50 && (await runs()); i++) await page.waitForTimeout(20);
  assert.equal(await liveTracks(page), 0, `${what}: the camera is off`);
  assert.equal(scanWorkers(page).length, 0, `${what}: its worker is gone`);
}

// The corners of the outline's box in pixels of the video, by where both stand on the screen.
const outlineBox = async (page) => {
  await page.waitForSelector(outline, { state: 'attached' });
  return await page.evaluate((selector) => {
    const element = document.querySelector(selector);
    if (!element) return null;
    const video = document.querySelector('[data-testid=camera-video]');
    const [box, all] = [element.getBoundingClientRect(), video.getBoundingClientRect()];
    const scale = [video.videoWidth / all.width, video.videoHeight / all.height];
    const x = [(box.left - all.left) * scale[0], (box.right - all.left) * scale[0]];
    const y = [(box.top - all.top) * scale[1], (box.bottom - all.top) * scale[1]];
    return { x, y, width: video.videoWidth };
  }, outline);
};

function assertOn(box, expected, what) {
  for (const axis of ['x', 'y'])
    box[axis].forEach((value, end) =>
      assert.ok(
        Math.abs(value - expected[axis][end]) <= NEAR,
        `${what}: ${axis} ${box[axis]} and ${expected[axis]}`,
      ),
    );
}

test('a code is listed once, outlined where it is, and at most one frame is pending', async () => {
  await site.visit(allowed, async (page) => {
    await page.evaluate(spy);
    await scan(page);
    assert.equal(await page.textContent(byId('camera-text')), text);
    assertOn(await outlineBox(page), inside, 'outline');
    await page.screenshot({ path: join(shots, 'camera-1280x800.png') });
    // It disappears and appears again.
    await page.waitForSelector(outline, { state: 'detached' });
    await page.waitForSelector(outline, { state: 'attached' });
    assert.equal((await page.$$(codeRows)).length, 1);
    assert.equal(await page.textContent(byId('camera-count')), '1 found');
    assert.match(
      await page.textContent(byId('camera-announcement')),
      new RegExp(`QR-Code: .*${text.slice(-8)}`),
    );
    const { frames, max } = await page.evaluate(() => window.frameCounts);
    assert.ok(frames > 10, `${frames} frames were scanned`);
    assert.equal(max, 1);
    await page.keyboard.press('Escape');
    await page.waitForSelector(byId('camera'), { state: 'hidden' });
    await nothingRuns(page, 'closed by Escape');
  });
});

test('the text is copied; only what is a web address can be opened', async () => {
  const permissions = ['camera', 'clipboard-read', 'clipboard-write'];
  await site.visit({ permissions }, async (page) => {
    await scan(page);
    await page.click(byId('camera-copy'));
    await page.waitForFunction(() => document.querySelector('.camera .toast.visible'));
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
    const link = await page.$(byId('camera-open'));
    assert.equal(link !== null, /^https?:/.test(text));
    if (link) assert.equal(await link.getAttribute('rel'), 'noreferrer noopener');
    await page.waitForSelector(outline, { state: 'detached' });
    const left = await page.evaluate(async (selector) => {
      document.querySelector('[data-testid=camera-clear]').click();
      await new Promise((done) => setTimeout(done, 50));
      return document.querySelectorAll(selector).length;
    }, codeRows);
    assert.equal(left, 0);
    await page.waitForSelector(codeRows);
  });
});

test('a frame becomes a picture of the page', async () => {
  await site.visit({ ...allowed, pipeline: 'read_codes draw=no' }, async (page) => {
    await page.evaluate(spy);
    await scan(page);
    await page.waitForSelector(outline, { state: 'attached' });
    await page.click(byId('camera-capture'));
    const [item] = await jobsEnded(page);
    assert.equal(item.state, 'done', item.text);
    assert.match(item.name, /^camera .*\.png$/);
    const { width, height } = readPng((await saved(page)).bytes);
    assert.deepEqual([width, height], [photo.width, photo.height]);
    assert.equal(await page.textContent(byId('code-text')), text);
    assert.ok(await page.isHidden(byId('camera')));
    await nothingRuns(page, 'picture captured');
    // Scanning goes on from the list of pictures.
    await page.click(byId('scan-more'));
    await page.waitForSelector(outline, { state: 'attached' });
  });
});

test('going back closes it and stays on the page; hidden it stops and then goes on', async () => {
  await site.visit(allowed, async (page) => {
    await page.evaluate(spy);
    await scan(page);
    await page.goBack();
    await page.waitForSelector(byId('camera'), { state: 'hidden' });
    await nothingRuns(page, 'went back');

    const length = await page.evaluate(() => history.length);
    await page.click(byId('scan'));
    await page.waitForSelector(outline, { state: 'attached' });
    const hide = (hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    await nothingRuns(page, 'hidden');
    await hide(false);
    await page.waitForSelector(outline, { state: 'attached' });
    assert.equal(await liveTracks(page), 1);
    await page.click(byId('camera-close'));
    await page.waitForSelector(byId('camera'), { state: 'hidden' });
    await nothingRuns(page, 'closed by its button');
    assert.equal(await page.evaluate(() => history.length), length, 'no entries remain');
    assert.equal(await page.evaluate(() => history.state?.camera), undefined);
  });
});

test('a camera that faces the user is mirrored, with its outlines; light and other cameras', async () => {
  await site.visit(allowed, async (page) => {
    await page.evaluate(spy);
    await page.evaluate(() => {
      const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
      navigator.mediaDevices.enumerateDevices = async () => [
        ...(await list()),
        { kind: 'videoinput', deviceId: 'another', label: '' },
      ];
      const { prototype } = MediaStreamTrack;
      const settings = prototype.getSettings;
      prototype.getSettings = function () {
        return { ...settings.call(this), facingMode: 'user' };
      };
      prototype.getCapabilities = () => ({ torch: true });
      prototype.applyConstraints = async (constraints) => {
        window.light = constraints.advanced[0].torch;
      };
    });
    await scan(page);
    const box = await outlineBox(page);
    const mirrored = { x: inside.x.map((value) => box.width - value).reverse(), y: inside.y };
    assertOn(box, mirrored, 'mirrored outline');
    await page.click(byId('camera-torch'));
    await page.waitForSelector(`${byId('camera-torch')}[aria-pressed=true]`);
    assert.equal(await page.evaluate(() => window.light), true);
    await page.click(byId('camera-switch'));
    await page.waitForFunction(() => window.streams.length === 2);
    assert.deepEqual(await page.evaluate(() => window.requested), [undefined, 'another']);
    assert.equal(await liveTracks(page), 1);
    await page.waitForSelector(outline, { state: 'attached' });
    assert.equal(await page.getAttribute(byId('camera-torch'), 'aria-pressed'), 'false');
  });
});

test('without permission, with an insecure page or without a camera there is a sentence or no button', async () => {
  await site.visit({}, async (page) => {
    await page.click(byId('scan'));
    await page.waitForSelector(byId('camera-trouble'));
    assert.match(await page.textContent(byId('camera-trouble')), /may not use the camera/);
    await page.screenshot({ path: join(shots, 'camera-refused.png') });
    await page.context().grantPermissions(['camera']);
    await page.click(byId('camera-retry'));
    await page.waitForSelector(codeRows, { timeout: 15_000 });
  });
  await site.visit({}, async (page) => {
    await page.addInitScript(() => Object.defineProperty(window, 'isSecureContext', { value: false }));
    await page.reload();
    await page.click(byId('scan'));
    assert.match(await page.textContent(byId('camera-trouble')), /only over https/);
  });
  await site.visit({}, async (page) => {
    await page.addInitScript(() => {
      navigator.mediaDevices.enumerateDevices = async () => [];
    });
    await page.reload();
    await page.waitForSelector(byId('file-input'), { state: 'attached' });
    await page.waitForTimeout(200);
    assert.equal(await page.$(byId('scan')), null);
  });
});

test('a phone, upright and on its side', async () => {
  for (const [width, height] of [
    [390, 844],
    [844, 390],
  ]) {
    const phone = { viewport: { width, height }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
    await site.visit({ ...allowed, ...phone }, async (page) => {
      await scan(page);
      assertOn(await outlineBox(page), inside, `outline at ${width}x${height}`);
      for (const id of ['camera-close', 'camera-capture', 'camera-copy']) {
        const box = await (await page.$(byId(id))).boundingBox();
        const inView = box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
        assert.ok(inView, `${id} is in view at ${width}x${height}`);
      }
      await page.screenshot({ path: join(shots, `camera-${width}x${height}.png`) });
    });
  }
});

test('browsers with fewer interfaces', async () => {
  for (const missing of [['VideoFrame'], ['VideoFrame', 'OffscreenCanvas', 'requestVideoFrameCallback']]) {
    await site.visit(allowed, async (page) => {
      await page.evaluate((names) => {
        for (const name of names) {
          delete window[name];
          delete HTMLVideoElement.prototype[name];
        }
      }, missing);
      await scan(page);
      assert.equal(await page.textContent(byId('camera-text')), text);
      assertOn(await outlineBox(page), inside, `outline without ${missing}`);
    });
  }
});

test('it works without the server', async () => {
  await site.visit(allowed, async (page) => {
    await site.goOffline(page);
    await page.reload();
    await scan(page);
    assert.equal(await page.textContent(byId('camera-text')), text);
  });
});
