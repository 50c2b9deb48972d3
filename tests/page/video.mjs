// A video for Chromium's fake camera, in YUV4MPEG2: a photograph, with a code on it for a part of the time. A square in the
// corner is white in frames with the code, else black.
import { closeSync, openSync, writeSync } from 'node:fs';

export const MARK = 16; // side of the square
const EVEN = ~1; // colours are of 2 × 2 pixels

// `photo` and `code` as readPng gives them, the photograph in RGB and even in size, the code in grey. `at`: the code's
// top left corner.
export function writeVideo(path, { photo, code, at, blank, shown, rate = 30 }) {
  const { width, height } = photo;
  const without = planes(photo);
  const withCode = without.slice();
  paste(withCode, photo, code, at);
  mark(without, photo, 16);
  mark(withCode, photo, 235);
  const file = openSync(path, 'w');
  writeSync(file, `YUV4MPEG2 W${width} H${height} F${rate}:1 Ip A1:1 C420jpeg\n`);
  for (let i = 0; i < blank + shown; i++) {
    writeSync(file, 'FRAME\n');
    writeSync(file, i < blank ? without : withCode);
  }
  closeSync(file);
}

// Brightness, then the two colour differences at half the size (BT.601).
function planes({ width, height, pixels }) {
  const out = new Uint8Array((width * height * 3) / 2).fill(128);
  const u = width * height;
  const v = u + (width * height) / 4;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, g, b] = pixels.subarray(3 * (y * width + x));
      out[y * width + x] = 16 + 0.257 * r + 0.504 * g + 0.098 * b;
      if (((x | y) & 1) === 1) continue;
      const half = (y >> 1) * (width >> 1) + (x >> 1);
      out[u + half] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      out[v + half] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  }
  return out;
}

// Grey pixels over a part of the picture, without colour.
function paste(out, { width, height }, code, at) {
  const [left, top] = at.map((value) => value & EVEN);
  for (let y = 0; y < code.height; y++) {
    for (let x = 0; x < code.width; x++) {
      out[(top + y) * width + left + x] = 16 + 0.859 * code.pixels[y * code.width + x];
      const half = ((top + y) >> 1) * (width >> 1) + ((left + x) >> 1);
      out[width * height + half] = out[width * height * 1.25 + half] = 128;
    }
  }
}

function mark(out, { width }, value) {
  for (let y = 0; y < MARK; y++) out.fill(value, y * width, y * width + MARK);
}
