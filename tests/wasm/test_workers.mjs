// The coordinator with threads as its tile workers, with and without shared memory: the events of a job in order, the same
// pixels as in one instance, cancellation, failures, and a worker that crashes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  codeKey,
  data,
  drawing,
  engine,
  engineFolder,
  modules,
  operations,
  readerModules,
} from './support.mjs';
import { readPicture, runPipeline, seeded, sum } from './support.mjs';
import { randomStep } from '../random.mjs';

const rng = seeded();
const tilecast = await engine.Tilecast.open(modules.tilecast);
const reader = await engine.Reader.open(readerModules);
const loadReaderModules = () => Promise.resolve(readerModules);

// A thread of node's with the interface of a Web Worker.
class Thread {
  constructor(name, crashJob) {
    this.worker = new Worker(join(engineFolder, `${name}.mjs`), { workerData: { crashJob } });
    this.worker.on('message', (message) => this.onmessage?.({ data: message }));
    this.worker.on('error', (error) => this.onerror?.({ message: error.message }));
    threads.add(this);
  }
  postMessage(message, transfer) {
    this.worker.postMessage(message, transfer);
  }
  terminate() {
    threads.delete(this);
    void this.worker.terminate();
  }
}
const threads = new Set();

async function coordinator(workers, { shared = false, crashJob = -1 } = {}) {
  const spawn = () => new Thread('tile_worker', crashJob);
  const readers = new engine.ReaderPool(loadReaderModules, workers + 1, () => new Thread('codes_worker'));
  if (shared) {
    const pool = await engine.SharedPool.open(modules.shared, workers, spawn);
    return new engine.Coordinator(pool.tilecast, readers, pool);
  }
  const pool = workers ? new engine.MessagePool(modules.tilecast, workers, spawn) : null;
  return new engine.Coordinator(await engine.Tilecast.open(modules.tilecast), readers, pool);
}

const defaults = { pipeline: '', want: 'both', preview: false, format: 'png', quality: 90 };

// Runs a job, and checks what holds for every job.
async function perform(
  coordinator,
  file,
  options,
  onTile = () => {},
  controller = new AbortController(),
  onCode = () => {},
) {
  const log = { picture: null, tiles: [], codes: [], order: [], fraction: -1 };
  const emit = (event, transfer) => {
    assert(!transfer || transfer.every((buffer) => buffer instanceof ArrayBuffer));
    log.order.push(event.type);
    if (event.type === 'picture') log.picture = event.picture;
    if (event.type === 'code') {
      log.codes.push(event.code);
      onCode(log);
    }
    if (event.type === 'tile') {
      const { tile } = event;
      assert.equal(tile.pixels.length, tile.width * tile.height * tile.channels);
      log.tiles.push(tile);
      onTile(log, controller);
    }
    if (event.type === 'progress') {
      const { done, total } = event.progress;
      assert(done / total >= log.fraction, 'progress fell');
      log.fraction = done / total;
    }
  };
  const end = await coordinator.perform(() =>
    coordinator.run(new Blob([file]), { ...defaults, ...options }, emit, controller.signal),
  );
  return { ...log, end };
}

function assemble(picture, tiles) {
  const last = picture.stages.length - 1;
  const { width, height, channels } = picture.stages[last];
  const pixels = new Uint8Array(width * height * channels);
  let area = 0;
  for (const tile of tiles) {
    if (tile.stage !== last) continue;
    area += tile.width * tile.height;
    for (let y = 0; y < tile.height; y++) {
      const row = tile.width * channels;
      pixels.set(tile.pixels.subarray(y * row, (y + 1) * row), ((tile.y + y) * width + tile.x) * channels);
    }
  }
  assert.equal(area, width * height, 'each pixel arrives once');
  return { width, height, channels, pixels };
}

const shape = { width: 1100, height: 700, channels: 3 };
const pixels = drawing(rng, shape.width, shape.height, shape.channels);
const large = tilecast.picture(shape, pixels).encode('png', 100);
const small = readFileSync(join(data, 'codes', 'three.png'));
const pipelines = [
  '',
  'grayscale',
  'gaussian_blur ksize=9 | canny',
  'gaussian_blur ksize=31',
  'equalize | resize scale=0.7 | threshold method=otsu',
];

// The same picture by different numbers of workers, and without a coordinator.
for (const pipeline of pipelines) {
  const expected = sum(runPipeline(tilecast, reader, pipeline, { ...shape, pixels }, 0).pixels);
  for (const [workers, shared] of [
    [0, false],
    [1, false],
    [2, false],
    [4, false],
    [1, true],
    [3, true],
  ]) {
    const worker = await coordinator(workers, { shared });
    const { end, picture, tiles, fraction } = await perform(worker, large, { pipeline });
    assert.equal(end.type, 'done', end.error);
    assert.equal(fraction, 1);
    const result = assemble(picture, tiles);
    assert.equal(
      sum(result.pixels),
      expected,
      `${pipeline} by ${workers} workers, ${shared ? 'shared memory' : 'messages'}`,
    );
    const file = tilecast.decode(new Uint8Array(await end.result.file.arrayBuffer()));
    assert.equal(sum(file.pixels()), expected, 'the file holds the same picture');
    file.destroy();
    // The coordinator computes tiles, and so do workers where tiles take long enough.
    const numbers = new Set(tiles.map((tile) => tile.worker));
    assert(Math.max(...numbers) <= workers + 1, 'numbers of workers');
    if (!shared) assert(numbers.has(1));
    if (workers && pipeline.includes('ksize=31')) {
      // Workers that pull tiles may start too late, but not always.
      for (let i = 0; shared && numbers.size === 1 && i < 100; i++)
        for (const tile of (await perform(worker, large, { pipeline })).tiles) numbers.add(tile.worker);
      assert(numbers.size > 1, 'more than one worker');
    }
    for (const thread of threads) thread.terminate();
  }
}

// Previews of intermediate stages have the shown channels. Without `preview`, and with `file`, there are none.
const two = await coordinator(2);
const previews = await perform(two, large, { pipeline: 'canny', want: 'tiles', preview: true });
assert.equal(previews.end.result.file, null);
for (const [index, stage] of previews.picture.stages.entries()) {
  const tiles = previews.tiles.filter((tile) => tile.stage === index);
  assert.equal(tiles.length, stage.tiles);
  assert(tiles.every((tile) => tile.channels === stage.channels));
}
assert.equal((await perform(two, large, { pipeline: 'canny', want: 'file' })).tiles.length, 0);

// Every operation, with tiles pulled by free workers.
const sharing = await coordinator(2, { shared: true });
for (const op of operations) {
  if (op.name === 'read_codes') continue;
  const pipeline = randomStep(rng, op);
  for (const want of ['tiles', 'file']) {
    const { end, picture, tiles } = await perform(sharing, large, { pipeline, want });
    let outcome = end.error;
    if (want === 'tiles' && end.type === 'done') outcome = sum(assemble(picture, tiles).pixels);
    if (want === 'file' && end.type === 'done') {
      const file = tilecast.decode(new Uint8Array(await end.result.file.arrayBuffer()));
      outcome = sum(file.pixels());
      file.destroy();
    }
    let expected;
    try {
      expected = sum(runPipeline(tilecast, reader, pipeline, { ...shape, pixels }, 256).pixels);
    } catch (thrown) {
      expected = thrown.message;
    }
    assert.equal(outcome, expected, `${pipeline}, ${want}`);
  }
}

// Codes are reported before the later steps' tiles.
for (const worker of [two, sharing, await coordinator(0)]) {
  const pipeline = 'resize scale=2 method=nearest | read_codes | gaussian_blur';
  const { end, codes, order } = await perform(worker, small, { pipeline });
  assert.equal(end.type, 'done', end.error);
  const expected = runPipeline(
    tilecast,
    reader,
    pipeline,
    readPicture(tilecast, join(data, 'codes', 'three.png')),
    64,
  );
  assert.deepEqual(codes.map(codeKey), expected.codes.map(codeKey));
  assert(order.lastIndexOf('code') < order.indexOf('tile'), 'a tile came before a code');
}

// A picture that is read in several regions: each code is reported once, before the end. Workers that are reading are
// terminated when the job is cancelled.
const paste = (to, from, x, y) => {
  for (let row = 0; row < from.height; row++)
    for (let column = 0; column < from.width; column++)
      to.pixels[(y + row) * to.width + x + column] = from.pixels[(row * from.width + column) * from.channels];
};
const crowd = { width: 4000, height: 2600, channels: 1 };
crowd.pixels = drawing(rng, crowd.width, crowd.height, 1);
const codeOf = (name) => readPicture(tilecast, join(data, 'codes', name));
paste(crowd, codeOf('one.png'), 100, 120);
paste(crowd, codeOf('kanji.png'), 1950, 1000); // across a border
paste(crowd, codeOf('latin1.png'), 3800, 2450);
paste(crowd, codeOf('one.png'), 2900, 300);
const crowded = tilecast.picture(crowd, crowd.pixels).encode('png', 100);
const texts = ['Hello, Tilecast', 'Hello, Tilecast', 'café naïve Straße', '日本語のテスト'];
for (const [workers, shared] of [
  [0, false],
  [2, false],
  [2, true],
]) {
  const worker = await coordinator(workers, { shared });
  const { end, codes, order } = await perform(worker, crowded, { pipeline: 'read_codes', want: 'file' });
  assert.equal(end.type, 'done', end.error);
  assert.deepEqual(codes.map(({ text }) => text).sort(), texts);
  assert(order.indexOf('code') < order.lastIndexOf('progress'));

  const before = threads.size;
  const controller = new AbortController();
  const options = { pipeline: 'read_codes', want: 'file' };
  let reported = 0; // with the first
  const cancelled = await perform(worker, crowded, options, undefined, controller, (log) => {
    controller.abort();
    queueMicrotask(() => (reported ||= log.codes.length));
  });
  assert.equal(cancelled.end.type, 'cancelled');
  assert.equal(cancelled.codes.length, reported, 'a code came after the job was cancelled');
  assert(threads.size < before, 'a worker went on reading');
  const again = await perform(worker, small, { pipeline: 'read_codes' });
  assert.equal(again.codes.length, 3, again.end.error);
}

for (const worker of [two, sharing]) {
  // Refused with one sentence; the coordinator can be used again.
  for (const [file, pipeline] of [
    [Buffer.from('no picture'), ''],
    [Buffer.alloc(0), ''],
    [large.subarray(0, large.length / 2), ''],
    [large, 'gaussian_blur ksize=4'],
    [large, 'crop x=5000'],
  ]) {
    const { end } = await perform(worker, file, { pipeline });
    assert.equal(end.type, 'failed');
    assert.match(end.error, /\w/);
    assert.equal(end.replace, false);
  }

  // Cancelled in the middle several times; then a whole job.
  for (let i = 0; i < 5; i++) {
    const after = 1 + rng.below(8);
    const { end, tiles } = await perform(
      worker,
      large,
      { pipeline: 'gaussian_blur', want: 'tiles' },
      (log, controller) => {
        if (log.tiles.length === after) controller.abort();
      },
    );
    assert.equal(end.type, 'cancelled');
    assert.equal(tiles.length, after, 'a tile came after the job was cancelled');
  }
  const whole = await perform(worker, large, { pipeline: 'gaussian_blur' });
  assert.equal(whole.end.type, 'done', whole.end.error);
  const before = new AbortController();
  before.abort();
  assert.equal((await perform(worker, large, {}, undefined, before)).end.type, 'cancelled');
}

// When a worker crashes, its job fails and the next one does not; with shared memory the next one needs another
// coordinator.
const blurred = sum(runPipeline(tilecast, reader, 'gaussian_blur', { ...shape, pixels }, 0).pixels);
for (const shared of [false, true]) {
  const fragile = await coordinator(2, { shared, crashJob: shared ? 0 : 1 });
  let crashed = await perform(fragile, large, { pipeline: 'bilateral d=15' });
  // A worker that pulls tiles may start when none is left: the next job takes longer.
  for (let steps = 2; shared && crashed.end.type === 'done' && steps <= 32; steps *= 2)
    crashed = await perform(fragile, large, { pipeline: Array(steps).fill('bilateral d=15').join(' | ') });
  assert.equal(crashed.end.type, 'failed');
  assert.match(crashed.end.error, /a worker of this page stopped \(crashed for the test\)/);
  assert.equal(crashed.end.replace, shared);
  if (shared) continue;
  const next = await perform(fragile, large, { pipeline: 'gaussian_blur' });
  assert.equal(next.end.type, 'done', next.end.error);
  assert.equal(sum(assemble(next.picture, next.tiles).pixels), blurred);
}

for (const thread of threads) thread.terminate();
console.log('coordinator and tile workers agree');
