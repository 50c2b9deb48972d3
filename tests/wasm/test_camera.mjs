// Scanning with the camera: how passes are scheduled over frames, and how codes are tracked from frame to frame.
import assert from 'node:assert/strict';
import { engine } from './support.mjs';

const PICTURE = { width: 8, height: 8, channels: 1, pixels: new Uint8Array(64) };
const BUDGET_MS = 40;

// A fake reader whose pass i takes costs[i] ms; `finds(pass, now)` says whether it finds something. Returns a function that
// reads one frame.
function fakeFrames(costs, finds) {
  let now = 0;
  let passes = [];
  const scheduler = new engine.PassScheduler(() => now);
  const reader = {
    readRecovering: async (_picture, _symbologies, options) => {
      for (const [pass, cost] of costs.entries()) {
        if ((BigInt(options.skip) >> BigInt(pass)) & 1n) continue;
        if (pass > 0 && options.stop()) return;
        options.pass(pass);
        passes.push(pass);
        now += cost;
        if (finds(pass, now)) options.found(new Uint8Array([pass]));
      }
    },
  };
  // The passes of one frame, their time, and what they have found.
  return async () => {
    const [start, found] = [now, []];
    passes = [];
    await scheduler.read(reader, PICTURE, 1, (codes) => found.push(codes[0]));
    return { passes, ms: now - start, found };
  };
}

async function passesAreRoundRobin() {
  for (const costs of [
    [5, 10, 10, 10, 30, 10, 50, 5],
    [60, 10, 10, 100],
    [1, 1, 1],
  ]) {
    const frame = fakeFrames(costs, () => false);
    const counts = costs.map(() => 0);
    for (let i = 0; i < 100; i++) {
      const { passes, ms } = await frame();
      for (const pass of passes) counts[pass]++;
      assert.equal(passes[0], 0, 'the first pass comes first');
      assert(passes.length > 1 || counts.length === 1, 'another pass is in each frame');
      const last = costs[passes.at(-1)];
      assert(passes.length === 2 || ms - last < BUDGET_MS, `${passes}: ${ms} ms`);
    }
    assert.equal(counts[0], 100);
    const others = counts.slice(1);
    assert(Math.max(...others) - Math.min(...others) <= 1, `${counts}: all are equally frequent`);
  }
}

async function activePassesHaveEveryOtherFrame() {
  const costs = [5, 30, 30, 30, 30, 30, 30];
  let gone = Infinity;
  const frame = fakeFrames(costs, (pass, now) => pass === 5 && now < gone);
  let frames = 0;
  while ((await frame()).found.length === 0) frames++;
  assert(frames < costs.length, `found after ${frames} frames`);
  const others = new Set();
  for (let i = 0; i < 10; i++) {
    const followed = await frame();
    assert.deepEqual([followed.passes, followed.found], [[0, 5], [5]]);
    for (const pass of (await frame()).passes) others.add(pass);
  }
  assert.equal(others.size, costs.length, 'the other passes are scheduled, too');
  gone = 0;
  for (let i = 0; i < 500; i++) await frame();
  const after = [await frame(), await frame(), await frame(), await frame()];
  assert(
    after.filter(({ passes }) => passes.includes(5)).length <= 1,
    'a pass that has found nothing for long is no longer active',
  );
}

const code = (type, text, x, y, bytes = null) => ({
  type,
  text,
  bytes,
  method: '',
  points: [
    [x, y],
    [x + 10, y],
    [x + 10, y + 10],
    [x, y + 10],
  ],
});

function codesAreListedOnce() {
  const tracker = new engine.CodeTracker();
  const qr = code('QR-Code', 'a', 0, 0);
  assert.deepEqual(
    tracker.update([qr, code('QR-Code', 'b', 50, 0)], 0).map(({ text }) => text),
    ['a', 'b'],
  );
  assert.deepEqual(tracker.update([qr], 30), []);
  assert.equal(tracker.visible(100).length, 2);
  assert.equal(tracker.visible(310).length, 1, 'b was not read again');
  assert.equal(tracker.visible(400).length, 0);
  assert.deepEqual(tracker.update([qr], 5000), []);
  // Bytes whose hexadecimal form equals a text are another code.
  const bytes = code('QR-Code', 'a', 0, 0, new Uint8Array([10]));
  assert.deepEqual(
    tracker.update([bytes], 5000).map(({ binary }) => binary),
    [true],
  );
}

function barCodesAreConfirmed() {
  const tracker = new engine.CodeTracker();
  const bar = code('EAN-13', '5901234123457', 0, 0);
  assert.deepEqual(tracker.update([bar], 0), []);
  assert.equal(tracker.visible(0).length, 0);
  assert.deepEqual(tracker.update([bar], 2000), [], 'too long after');
  assert.equal(tracker.update([bar], 2100).length, 1);
  assert.equal(tracker.visible(2100).length, 1);
  assert.deepEqual(tracker.update([bar], 9000), []);
  assert.equal(tracker.visible(9000).length, 1, 'a code is confirmed once');
}

function outlinesFollow() {
  const tracker = new engine.CodeTracker();
  tracker.update([code('QR-Code', 'a', 0, 0), code('QR-Code', 'a', 100, 0)], 0);
  tracker.update([code('QR-Code', 'a', 96, 2)], 50);
  const corners = tracker.visible(60).map(({ points }) => points[0]);
  assert.deepEqual(
    corners.sort((a, b) => a[0] - b[0]),
    [
      [0, 0],
      [96, 2],
    ],
  );
  tracker.clearVisible();
  assert.equal(tracker.visible(60).length, 0);
}

await passesAreRoundRobin();
await activePassesHaveEveryOtherFrame();
codesAreListedOnce();
barCodesAreConfirmed();
outlinesFollow();
