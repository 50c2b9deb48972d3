// What the bench's page does: workers, one for each library, that are asked to compute a row in turn.
class Peer {
  constructor(name, url, options) {
    this.name = name;
    this.worker = new Worker(url, options);
    this.waiting = new Map();
    this.last = 0;
    this.worker.onmessage = ({ data }) => {
      this.waiting.get(data.id)?.resolve(data);
      this.waiting.delete(data.id);
    };
    this.worker.onerror = (event) => {
      for (const { resolve } of this.waiting.values())
        resolve({ error: event.message || 'its worker stopped' });
      this.waiting.clear();
    };
  }
  ask(message, transfer = []) {
    return new Promise((resolve) => {
      const id = ++this.last;
      this.waiting.set(id, { resolve });
      this.worker.postMessage({ ...message, id }, transfer);
    });
  }
  close() {
    this.worker.terminate();
  }
}

const SPAWN = {
  ours: () => new Peer('ours', '/worker/ours.worker.js', { type: 'module' }),
  two: () => new Peer('two', '/worker/ours.worker.js', { type: 'module' }),
  beside: () => new Peer('beside', '/worker/ours.worker.js', { type: 'module' }),
  opencv: () => new Peer('opencv', '/worker/opencv.worker.js'),
  vips: () => new Peer('vips', '/worker/vips.worker.js'),
};
const peers = new Map();
let picture;

// Twice as large or more, mirrored to fill, with the grain of a sensor: as sharp as a camera's picture.
function enlarge({ width, height, pixels }, toWidth, toHeight) {
  const mirror = (i, n) => Math.abs(((i + n - 1) % (2 * n - 2)) - (n - 1));
  const out = new Uint8Array(toWidth * toHeight * 3);
  let seed = 1;
  for (let y = 0, at = 0; y < toHeight; y++) {
    const row = mirror(y, height) * width;
    for (let x = 0; x < toWidth; x++) {
      const from = 3 * (row + mirror(x, width));
      for (let c = 0; c < 3; c++, at++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
        const grain = ((seed >>> 28) + ((seed >>> 20) & 15) - 15) / 4;
        out[at] = Math.max(0, Math.min(255, pixels[from + c] + grain));
      }
    }
  }
  return { width: toWidth, height: toHeight, pixels: out };
}

// Reads the picture and opens the libraries that are named; gives their versions or what is wrong.
async function openAll({ names, size, workers }) {
  const decoder = SPAWN.ours();
  const file = new Uint8Array(await (await fetch('/picture')).arrayBuffer());
  const decoded = await decoder.ask({ type: 'decode', file });
  decoder.close();
  if (!decoded.pixels || decoded.channels !== 3)
    throw new Error(decoded.reason ?? 'the picture is not in RGB');
  picture = size ? enlarge(decoded, ...size) : decoded;
  const versions = {};
  for (const name of names) {
    const peer = SPAWN[name]();
    const { width, height, pixels } = picture;
    const copy = pixels.slice();
    const message = { type: 'open', workers: name === 'two' ? workers : 1, width, height, pixels: copy };
    const answer = await peer.ask(message, [copy.buffer]);
    if (answer.error ?? answer.reason) throw new Error(`${name}: ${answer.error ?? answer.reason}`);
    peers.set(name, peer);
    versions[name] = answer.version;
  }
  return { width: picture.width, height: picture.height, versions };
}

// How far two results are apart: pixels that differ by more than `tolerance`, and the mean difference.
function compare(a, b, tolerance) {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels)
    return { shape: `${b.width} × ${b.height} × ${b.channels}` };
  let count = 0;
  let sum = 0;
  const { channels } = a;
  for (let at = 0; at < a.pixels.length; at += channels) {
    let wrong = false;
    for (let c = 0; c < channels; c++) {
      const difference = Math.abs(a.pixels[at + c] - b.pixels[at + (b.swapped ? channels - 1 - c : c)]);
      sum += difference;
      wrong ||= difference > tolerance;
    }
    count += wrong;
  }
  return { differ: count, pixels: a.pixels.length / channels, mean: sum / a.pixels.length };
}

// Milliseconds of a run of the peer with that name. `at_once`: of one of ours and one of `beside`, which have one worker
// each and nothing to do with each other, until both are done.
async function run(name) {
  const names = name === 'at_once' ? ['ours', 'beside'] : [name];
  const ends = await Promise.all(names.map((one) => peers.get(one).ask({ type: 'run' })));
  for (const { error } of ends) if (error) throw new Error(`${name}: ${error}`);
  return Math.max(...ends.map(({ ms }) => ms));
}

// Measures one row: everybody prepares, results are compared with ours, then all take turns.
async function measure({ pipeline, runs, seconds, tolerance }) {
  const row = { pipeline, ms: {}, left_out: {}, compared: {} };
  let first;
  for (const [name, peer] of peers) {
    const result = await peer.ask({ type: 'prepare', pipeline });
    if (result.error ?? result.reason) {
      row.left_out[name] = result.error ?? result.reason;
      continue;
    }
    row.ms[name] = [];
    first ??= result;
    if (result !== first)
      row.compared[name] = result.other ? { other: true } : compare(first, result, tolerance);
  }
  if (row.ms.beside) row.ms.at_once = [];
  delete row.ms.beside; // has no turn by itself
  const start = performance.now();
  for (let i = 0; i < runs && (i < 3 || performance.now() - start < seconds * 1e3); i++) {
    for (const name of Object.keys(row.ms)) row.ms[name].push(await run(name));
  }
  for (const peer of peers.values()) await peer.ask({ type: 'close' });
  return row;
}

Object.assign(window, { openAll, measure });
