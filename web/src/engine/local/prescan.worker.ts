// Scans a large JPEG for codes at a reduced size, at which the browser decodes it much faster than the engine decodes it
// exactly (codec/prescan.c).
import tilecastUrl from '@wasm/tilecast.wasm?url';
import { FrameReader } from '../../camera/frame_reader';
import type { Code } from '../engine';
import { compile } from './module';
import type { FromPrescan, ToPrescan } from './prescan';
import { Reader } from './reader';
import { loadReaderModules } from './reader_modules';
import { Tilecast } from './tilecast';

const MAX_PIXELS = 3 << 18; // of the reduced picture
const MIN_PIXELS = 3 << 20; // of the picture: more than one region (core/pyramid.h)
const MAX_HALVINGS = 3; // of JPEG decoders
const HEADER_BYTES = 1 << 20; // that contain a file's size in pixels
const ALL_BUT_FIRST_PASS = 2 ** 53 - 2; // bits of passes
const ALL_SYMBOLOGIES = 2 ** 32 - 1;
const WARM_UP_READS = 4;
// A QR code: a number for each row.
const CODE = [
  0x1fda37f, 0x1057641, 0x1740e5d, 0x175c15d, 0x174085d, 0x1044441, 0x1fd557f, 0x001fc00, 0x16e2d4b,
  0x0621374, 0x077a680, 0x06a6e9e, 0x0dc614c, 0x0f1681b, 0x09454ee, 0x1611a21, 0x03461f4, 0x0019917,
  0x1fdb357, 0x105531a, 0x174fbf1, 0x1759fb9, 0x1757bba, 0x104031c, 0x1fd16c7,
];

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToPrescan>) => void;
  postMessage(message: FromPrescan): void;
};

async function open(): Promise<{ reader: Reader; tilecast: Tilecast }> {
  const [modules, module] = await Promise.all([loadReaderModules(), compile(tilecastUrl)]);
  const [reader, tilecast] = await Promise.all([Reader.open(modules), Tilecast.open(module)]);
  warmUp(reader);
  return { reader, tilecast };
}

// Reads a picture with 16 codes a few times: browsers compile WebAssembly with optimisations only after it has run for
// a while.
function warmUp(reader: Reader): void {
  const [side, label, quiet] = [600, 150, 4];
  const pixels = new Uint8Array(side * side).fill(230);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const module = 3 + Math.floor(y / label); // pixels
      const [column, row] = [x, y].map((at) => Math.floor((at % label) / module) - quiet);
      if ((CODE[row] ?? 0) & (1 << (CODE.length - 1 - column)) && column in CODE) pixels[y * side + x] = 20;
    }
  const options = { part: true, skip: ALL_BUT_FIRST_PASS };
  const picture = { width: side, height: side, channels: 1, pixels };
  for (let i = 0; i < WARM_UP_READS; i++) reader.read(picture, ALL_SYMBOLOGIES, options);
}
const opened = open();
opened.catch(() => {}); // each scan fails then
const frames = new FrameReader();

// The reduced picture, upright; null if the picture is small, or cannot be decoded.
async function reduce(file: Blob, tilecast: Tilecast) {
  const data = await file.arrayBuffer();
  const full = tilecast.probe(new Uint8Array(data, 0, Math.min(HEADER_BYTES, data.byteLength)));
  const count = full.width * full.height;
  if (count <= MIN_PIXELS) return null;
  let level = 1;
  while (count / 4 ** level > MAX_PIXELS && level < MAX_HALVINGS) level++;
  const reduced = (side: number) => Math.ceil(side / 2 ** level);
  const [desiredWidth, desiredHeight] = [reduced(full.width), reduced(full.height)];
  const decoder = new ImageDecoder({ type: 'image/jpeg', data, desiredWidth, desiredHeight });
  try {
    const { image } = await decoder.decode();
    return { full, small: await frames.read(image) };
  } finally {
    decoder.close();
  }
}

async function scan(file: Blob, symbologies: number, report: (code: Code) => void): Promise<void> {
  const { reader, tilecast } = await opened;
  const reduced = await reduce(file, tilecast);
  if (!reduced) return;
  const { full, small } = reduced;
  const [x, y] = [full.width / small.width, full.height / small.height];
  const found = (codes: Uint8Array) => {
    for (const { points, ...code } of tilecast.codes(codes))
      report({ ...code, early: true, points: points.map(([u, v]) => [scaled(u, x), scaled(v, y)]) });
  };
  reader.read(small, symbologies, { part: true, skip: ALL_BUT_FIRST_PASS, found });
}

// As tc_codes_transform does it.
const scaled = (at: number, scale: number) => Math.floor((at + 0.5) * scale);

scope.onmessage = ({ data: { job, file, symbologies } }) => {
  scan(file, symbologies, (code) => scope.postMessage({ type: 'code', job, code })).then(
    () => scope.postMessage({ type: 'end', job, failed: false }),
    () => scope.postMessage({ type: 'end', job, failed: true }),
  );
};
