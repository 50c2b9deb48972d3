// Detects who can decode a file. Formats that only the browser decodes are converted to PNG for the engines.
import { codec } from '../engine/local';

const ascii = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, to));

export type Decoder = 'engine' | 'browser' | 'both';

// By the file's first bytes. Unknown formats go to the engine, which refuses them with a sentence.
export async function decoderOf(file: Blob): Promise<Decoder> {
  const head = new Uint8Array(await file.slice(0, 32).arrayBuffer());
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'browser';
  if (ascii(head, 4, 8) === 'ftyp' && /avif|avis|heic|heix|mif1|msf1/.test(ascii(head, 8, 32)))
    return 'browser';
  const jpeg = head[0] === 0xff && head[1] === 0xd8;
  const png = ascii(head, 1, 4) === 'PNG';
  const gif = ascii(head, 0, 4) === 'GIF8';
  const bmp = ascii(head, 0, 2) === 'BM';
  return jpeg || png || gif || bmp ? 'both' : 'engine';
}

// The file itself, or a PNG if only the browser can decode it. Rejects with one sentence.
export async function fileForEngine(file: Blob, name: string): Promise<Blob> {
  return (await decoderOf(file)) === 'browser' ? await convertToPng(file, name) : file;
}

async function convertToPng(file: Blob, name: string): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${name}: this browser cannot read this picture; save it as PNG or JPEG first.`);
  }
  const { width, height } = bitmap;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context?.getImageData(0, 0, width, height).data;
  canvas.width = canvas.height = 0;
  if (!rgba)
    throw new Error(`${name}: this browser has no memory for a picture of ${width} × ${height} pixels.`);
  return await codec.encode({ width, height, ...withoutOpaqueAlpha(rgba) }, 'png', 100);
}

function withoutOpaqueAlpha(rgba: Uint8ClampedArray): { channels: number; pixels: Uint8Array } {
  for (let i = 3; i < rgba.length; i += 4)
    if (rgba[i] !== 255) return { channels: 4, pixels: new Uint8Array(rgba.buffer) };
  const pixels = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, o = 0; i < rgba.length; i += 4) {
    pixels[o++] = rgba[i];
    pixels[o++] = rgba[i + 1];
    pixels[o++] = rgba[i + 2];
  }
  return { channels: 3, pixels };
}
