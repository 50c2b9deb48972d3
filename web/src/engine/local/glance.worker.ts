// A first look for codes in a large JPEG, which the browser's own decoder gives reduced, and much sooner than it can be
// decoded exactly: codec/prescan.c's for the page.
import tilecastUrl from '@wasm/tilecast.wasm?url';
import { Grey } from '../../camera/grey';
import type { Code } from '../engine';
import type { FromGlancer, ToGlancer } from './glance';
import { compile } from './module';
import { Reader } from './reader';
import { loadReaders } from './reader_modules';
import { Tilecast } from './tilecast';

const MOST_PIXELS = 3 << 18; // that are looked at
const LEAST_PIXELS = 3 << 20; // of a picture that takes long: more than are one region (core/search.h)
const MOST_HALVINGS = 3; // that JPEG's decoders know
const HEAD = 1 << 20; // bytes in which a file says how large it is
const ALL_BUT_FIRST = 2 ** 53 - 2; // bits of passes
const ALL_SYMBOLOGIES = 2 ** 32 - 1;
const WARM_READS = 4;
// A QR code, a number for each of its rows.
const CODE = [
  0x1fda37f, 0x1057641, 0x1740e5d, 0x175c15d, 0x174085d, 0x1044441, 0x1fd557f, 0x001fc00, 0x16e2d4b, 0x0621374, 0x077a680, 0x06a6e9e, 0x0dc614c, 0x0f1681b, 0x09454ee, 0x1611a21, 0x03461f4, 0x0019917, 0x1fdb357, 0x105531a, 0x174fbf1, 0x1759fb9, 0x1757bba, 0x104031c, 0x1fd16c7,
];

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToGlancer>) => void;
  postMessage(message: FromGlancer): void;
};

async function open(): Promise<{ reader: Reader; tilecast: Tilecast }> {
  const [modules, module] = await Promise.all([loadReaders(), compile(tilecastUrl)]);
  const [reader, tilecast] = await Promise.all([Reader.open(modules), Tilecast.open(module)]);
  warm(reader);
  return { reader, tilecast };
}

// Reads a while for nothing, a picture with 16 codes: WebAssembly is compiled as it runs, and well only when it has run
// for long.
function warm(reader: Reader): void {
  const [side, label, quiet] = [600, 150, 4];
  const pixels = new Uint8Array(side * side).fill(230);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const module = 3 + Math.floor(y / label); // pixels
      const [column, row] = [x, y].map((at) => Math.floor((at % label) / module) - quiet);
      if ((CODE[row] ?? 0) & (1 << (CODE.length - 1 - column)) && column in CODE) pixels[y * side + x] = 20;
    }
  const look = { part: true, skip: ALL_BUT_FIRST };
  for (let i = 0; i < WARM_READS; i++) reader.read(pixels, side, side, 1, ALL_SYMBOLOGIES, look);
}
const opened = open();
opened.catch(() => {}); // there is no first look then
const grey = new Grey();

// The reduced picture, upright; null when there is none to be had, or the whole one is small.
async function reduce(file: Blob, tilecast: Tilecast) {
  const data = await file.arrayBuffer();
  const full = tilecast.probe(new Uint8Array(data, 0, Math.min(HEAD, data.byteLength)));
  const count = full.width * full.height;
  if (count <= LEAST_PIXELS) return null;
  let level = 1;
  while (count / 4 ** level > MOST_PIXELS && level < MOST_HALVINGS) level++;
  const reduced = (side: number) => Math.ceil(side / 2 ** level);
  const [desiredWidth, desiredHeight] = [reduced(full.width), reduced(full.height)];
  const decoder = new ImageDecoder({ type: 'image/jpeg', data, desiredWidth, desiredHeight });
  try {
    const { image } = await decoder.decode();
    return { full, small: await grey.read(image) };
  } finally {
    decoder.close();
  }
}

async function look(file: Blob, symbologies: number, tell: (code: Code) => void): Promise<void> {
  const { reader, tilecast } = await opened;
  const reduced = await reduce(file, tilecast);
  if (!reduced) return;
  const { full, small } = reduced;
  const [x, y] = [full.width / small.width, full.height / small.height];
  const found = (codes: Uint8Array) => {
    for (const { points, ...code } of tilecast.codes(codes))
      tell({ ...code, early: true, points: points.map(([u, v]) => [scaled(u, x), scaled(v, y)]) });
  };
  const { pixels, width, height, channels } = small;
  reader.read(pixels, width, height, channels, symbologies, { part: true, skip: ALL_BUT_FIRST, found });
}

// As tc_codes_move.
const scaled = (at: number, scale: number) => Math.floor((at + 0.5) * scale);

scope.onmessage = ({ data: { job, file, symbologies } }) => {
  look(file, symbologies, (code) => scope.postMessage({ type: 'code', job, code })).then(
    () => scope.postMessage({ type: 'looked', job, well: true }),
    () => scope.postMessage({ type: 'looked', job, well: false }),
  );
};
