// Shared by the tests: the modules, the native command line, pictures, random numbers from a printed seed.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { random, seeded } from '../random.mjs';

const folder = process.env.TILECAST_BUILD;
export const engineFolder = process.env.TILECAST_ENGINE;
assert(folder && engineFolder, 'TILECAST_BUILD names the build folder, TILECAST_ENGINE that of engine.mjs');
export const engine = await import(pathToFileURL(join(engineFolder, 'engine.mjs')));
export const modules = {
  tilecast: new WebAssembly.Module(readFileSync(join(folder, 'wasm', 'tilecast.wasm'))),
  shared: new WebAssembly.Module(readFileSync(join(folder, 'wasm', 'tilecast_shared.wasm'))),
};
const zxing = new URL('../../web/node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url);
export const readerModules = {
  zbar: new WebAssembly.Module(readFileSync(join(folder, 'wasm', 'zbar.wasm'))),
  zxing: new WebAssembly.Module(readFileSync(zxing)),
};
export const operations = JSON.parse(
  readFileSync(join(folder, 'wasm', 'operations.json'), 'utf8'),
).operations;
export const data = new URL('../data/', import.meta.url).pathname;

export { random, seeded };

export function temporary() {
  const path = mkdtempSync(join(tmpdir(), 'tilecast-wasm-'));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

// Runs the native command line.
export function native(...args) {
  const result = spawnSync(join(folder, 'bin', 'tilecast'), args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.error) throw result.error;
  return { code: result.status, out: result.stdout, err: result.stderr };
}

// A native process that computes pipelines, one after the other.
export class Reference {
  #process = spawn(join(folder, 'bin', 'reference'), { stdio: ['pipe', 'pipe', 'inherit'] });
  #out = this.#process.stdout[Symbol.asyncIterator]();
  #unread = Buffer.alloc(0);

  // { width, height, channels, pixels }, or { error }, a sentence.
  async compute(file, pipeline) {
    this.#process.stdin.write(`${file}\t${pipeline}\n`);
    const header = await this.#read(12);
    const [width, height, channels] = [0, 4, 8].map((at) => header.readUInt32LE(at));
    if (width === 0) return { error: (await this.#read(height)).toString() };
    return { width, height, channels, pixels: await this.#read(width * height * channels) };
  }

  end() {
    this.#process.stdin.end();
  }

  async #read(size) {
    const parts = [this.#unread];
    for (let length = this.#unread.length; length < size;) {
      const { done, value } = await this.#out.next();
      assert(!done, 'the reference has ended');
      parts.push(value);
      length += value.length;
    }
    const all = Buffer.concat(parts);
    this.#unread = all.subarray(size);
    return all.subarray(0, size);
  }
}

// The events that `tilecast run --json` prints.
export const events = (out) =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

export const sum = (pixels) => createHash('sha256').update(pixels).digest('hex').slice(0, 16);

// A picture of noise, edges and gradients, so that filters and edge detectors give different results.
export function drawing(rng, width, height, channels) {
  const pixels = new Uint8Array(width * height * channels);
  const boxes = Array.from({ length: 8 }, () => ({
    x: rng.below(width),
    y: rng.below(height),
    w: 1 + rng.below(width),
    h: 1 + rng.below(height),
    colour: Array.from({ length: channels }, () => rng.below(256)),
  }));
  const grain = rng.pick([0, 8, 256]);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++, at++) {
        let value = (x * 3 + y * 2 + c * 50) & 255;
        for (const b of boxes)
          if (x >= b.x && y >= b.y && x < b.x + b.w && y < b.y + b.h) value = b.colour[c];
        pixels[at] = Math.max(0, Math.min(255, value + (grain ? rng.below(grain) - (grain >> 1) : 0)));
      }
  return pixels;
}

export function writePng(tilecast, path, shape, pixels) {
  const picture = tilecast.picture(shape, pixels);
  writeFileSync(path, picture.encode('png', 100));
  picture.destroy();
}

export function readPicture(tilecast, path) {
  const picture = tilecast.decode(readFileSync(path));
  const { shape, format, warning } = picture;
  const pixels = picture.pixels();
  picture.destroy();
  return { ...shape, format, warning, pixels };
}

// Runs a pipeline with tiles of side `tile`, in the instance itself, or with tiles computed by `other` and finished in a
// random order.
export function runPipeline(tilecast, reader, pipeline, source, tile, other = null, rng = null) {
  const { CODES, DONE, TILE } = engine;
  const plan = tilecast.plan(pipeline, source);
  const picture = tilecast.picture(source, source.pixels);
  const tiler = other && other.tiler(pipeline, source);
  let run = null;
  let stage = 0;
  const codes = [];
  const pending = [];
  const free = other ? [0, 1, 2, 3, 4] : [0];
  try {
    run = tilecast.run(plan, picture, tile, free.length);
    for (;;) {
      const slot = free.pop();
      const task = slot === undefined ? { kind: engine.WAIT } : run.next(slot);
      if (task.kind === DONE) break;
      if (task.kind === CODES) {
        const { width, height } = task.input;
        const region = { width, height, channels: task.inputChannels, pixels: run.input(slot, task) };
        reader.read(region, run.symbologies(slot), {
          part: run.isPart(slot),
          found: (blob) => codes.push(...run.addCodes(slot, blob)),
        });
        run.finishCodes(slot);
        free.push(slot);
      } else if (task.kind === TILE && !tiler) {
        run.compute(slot);
        run.finish(slot);
        free.push(slot);
      } else if (task.kind === TILE) {
        if (task.stage !== stage) {
          stage = task.stage;
          tiler.begin(run.merged());
        }
        pending.push({ slot, ...tiler.compute(task, run.input(slot, task)) });
      } else {
        if (slot !== undefined) free.push(slot);
        const [{ slot: finished, pixels, partial }] = pending.splice(rng.below(pending.length), 1);
        run.finishTile(finished, pixels, partial);
        free.push(finished);
      }
    }
    run.moveResult(picture);
    return { ...picture.shape, pixels: picture.pixels(), codes };
  } finally {
    run?.destroy();
    tiler?.destroy();
    picture.destroy();
    plan.destroy();
  }
}

export const codeKey = (code) => JSON.stringify([code.type, code.text, code.points]);
