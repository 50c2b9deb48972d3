// The camera's way with frames: how passes are spread over them, and what becomes of codes that are seen again.
import assert from 'node:assert/strict';
import { engine } from './support.mjs';

const PICTURE = { width: 8, height: 8, channels: 1, pixels: new Uint8Array(64) };
const BUDGET_MS = 40;

// A reader whose passes take so many milliseconds each; `finds` says which of them find something.
function reading(costs, finds) {
  let now = 0;
  const turns = new engine.Turns(() => now);
  const reader = {
    readAnyway: async (_pixels, _width, _height, _channels, _symbologies, look) => {
      for (const [pass, cost] of costs.entries()) {
        if ((BigInt(look.skip) >> BigInt(pass)) & 1n) continue;
        if (pass > 0 && look.stop()) return;
        look.pass(pass);
        passes.push(pass);
        now += cost;
        if (finds(pass, now)) look.found(new Uint8Array([pass]));
      }
    },
  };
  let passes = [];
  // The passes of one frame, the time they took and what they have found.
  return async () => {
    const [began, found] = [now, []];
    passes = [];
    await turns.read(reader, PICTURE, 1, (codes) => found.push(codes[0]));
    return { passes, ms: now - began, found };
  };
}

async function everyPassHasItsTurn() {
  for (const costs of [
    [5, 10, 10, 10, 30, 10, 50, 5],
    [60, 10, 10, 100],
    [1, 1, 1],
  ]) {
    const frame = reading(costs, () => false);
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
    assert(Math.max(...others) - Math.min(...others) <= 1, `${counts}: all have the same turns`);
  }
}

async function whatFindsGoesOn() {
  const costs = [5, 30, 30, 30, 30, 30, 30];
  let gone = Infinity;
  const frame = reading(costs, (pass, now) => pass === 5 && now < gone);
  let frames = 0;
  while ((await frame()).found.length === 0) frames++;
  assert(frames < costs.length, `found after ${frames} frames`);
  const others = new Set();
  for (let i = 0; i < 10; i++) {
    const followed = await frame();
    assert.deepEqual([followed.passes, followed.found], [[0, 5], [5]]);
    for (const pass of (await frame()).passes) others.add(pass);
  }
  assert.equal(others.size, costs.length, 'the others have their turns');
  gone = 0;
  for (let i = 0; i < 500; i++) await frame();
  const after = [await frame(), await frame(), await frame(), await frame()];
  assert(after.filter(({ passes }) => passes.includes(5)).length <= 1, 'long gone: a pass as any other');
}

const code = (type, text, x, y, bytes = null) => ({
  type,
  text,
  bytes,
  how: '',
  points: [
    [x, y],
    [x + 10, y],
    [x + 10, y + 10],
    [x, y + 10],
  ],
});

function codesAreListedOnce() {
  const sightings = new engine.Sightings();
  const qr = code('QR-Code', 'a', 0, 0);
  assert.deepEqual(
    sightings.see([qr, code('QR-Code', 'b', 50, 0)], 0).map(({ text }) => text),
    ['a', 'b'],
  );
  assert.deepEqual(sightings.see([qr], 30), []);
  assert.equal(sightings.inSight(100).length, 2);
  assert.equal(sightings.inSight(310).length, 1, 'b was not seen any more');
  assert.equal(sightings.inSight(400).length, 0);
  assert.deepEqual(sightings.see([qr], 5000), []);
  // Bytes that are spelled like a text are something else.
  const bytes = code('QR-Code', 'a', 0, 0, new Uint8Array([10]));
  assert.deepEqual(
    sightings.see([bytes], 5000).map(({ binary }) => binary),
    [true],
  );
}

function barCodesAreReadTwice() {
  const sightings = new engine.Sightings();
  const bar = code('EAN-13', '5901234123457', 0, 0);
  assert.deepEqual(sightings.see([bar], 0), []);
  assert.equal(sightings.inSight(0).length, 0);
  assert.deepEqual(sightings.see([bar], 2000), [], 'too long after');
  assert.equal(sightings.see([bar], 2100).length, 1);
  assert.equal(sightings.inSight(2100).length, 1);
  assert.deepEqual(sightings.see([bar], 9000), []);
  assert.equal(sightings.inSight(9000).length, 1, 'believed once, believed again');
}

function outlinesFollow() {
  const sightings = new engine.Sightings();
  sightings.see([code('QR-Code', 'a', 0, 0), code('QR-Code', 'a', 100, 0)], 0);
  sightings.see([code('QR-Code', 'a', 96, 2)], 50);
  const places = sightings.inSight(60).map(({ points }) => points[0]);
  assert.deepEqual(
    places.sort((a, b) => a[0] - b[0]),
    [
      [0, 0],
      [96, 2],
    ],
  );
  sightings.lose();
  assert.equal(sightings.inSight(60).length, 0);
}

await everyPassHasItsTurn();
await whatFindsGoesOn();
codesAreListedOnce();
barCodesAreReadTwice();
outlinesFollow();
