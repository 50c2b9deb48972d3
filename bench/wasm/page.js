// The page of the benchmark: one worker per library, which compute a pipeline one after the other.
class Peer {
  constructor(name, url, options) {
    this.name = name;
    this.worker = new Worker(url, options);
    this.pending = new Map();
    this.last = 0;
    this.worker.onmessage = ({ data }) => {
      this.pending.get(data.id)?.resolve(data);
      this.pending.delete(data.id);
    };
    this.worker.onerror = (event) => {
      for (const { resolve } of this.pending.values())
        resolve({ error: event.message || 'its worker stopped' });
      this.pending.clear();
    };
  }
  call(message, transfer = []) {
    return new Promise((resolve) => {
      const id = ++this.last;
      this.pending.set(id, { resolve });
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

// Extended to twice the size or more by mirroring, with sensor noise, so that it is as sharp as a camera's picture.
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

// Reads the picture and opens the libraries called `names`. Returns their versions.
async function openAll({ names, size, workers }) {
  const decoder = SPAWN.ours();
  const file = new Uint8Array(await (await fetch('/picture')).arrayBuffer());
  const decoded = await decoder.call({ type: 'decode', file });
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
    const response = await peer.call(message, [copy.buffer]);
    if (response.error ?? response.reason) throw new Error(`${name}: ${response.error ?? response.reason}`);
    peers.set(name, peer);
    versions[name] = response.version;
  }
  return { width: picture.width, height: picture.height, versions };
}

// The number of pixels that differ by more than `tolerance`, and the mean difference.
function compare(a, b, tolerance) {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels)
    return { shape: `${b.width} × ${b.height} × ${b.channels}` };
  let count = 0;
  let sum = 0;
  const { channels } = a;
  for (let at = 0; at < a.pixels.length; at += channels) {
    let differs = false;
    for (let c = 0; c < channels; c++) {
      const difference = Math.abs(a.pixels[at + c] - b.pixels[at + (b.swapped ? channels - 1 - c : c)]);
      sum += difference;
      differs ||= difference > tolerance;
    }
    count += differs;
  }
  return { differ: count, pixels: a.pixels.length / channels, mean: sum / a.pixels.length };
}

// Milliseconds of one run. `at_once`: of two independent runs at the same time, of `ours` and `beside` with one worker
// each, until both are done.
async function run(name) {
  const names = name === 'at_once' ? ['ours', 'beside'] : [name];
  const ends = await Promise.all(names.map((one) => peers.get(one).call({ type: 'run' })));
  for (const { error } of ends) if (error) throw new Error(`${name}: ${error}`);
  return Math.max(...ends.map(({ ms }) => ms));
}

// Measures one pipeline: all libraries prepare it, their results are compared with ours, then they run round-robin.
async function measure({ pipeline, runs, seconds, tolerance }) {
  const row = { pipeline, ms: {}, left_out: {}, compared: {} };
  let first;
  for (const [name, peer] of peers) {
    const result = await peer.call({ type: 'prepare', pipeline });
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
  delete row.ms.beside; // measured only by `at_once`
  const start = performance.now();
  for (let i = 0; i < runs && (i < 3 || performance.now() - start < seconds * 1e3); i++) {
    for (const name of Object.keys(row.ms)) row.ms[name].push(await run(name));
  }
  for (const peer of peers.values()) await peer.call({ type: 'close' });
  return row;
}

Object.assign(window, { openAll, measure });
