// Encodes a picture as a file: PNG with the browser's deflate where there is one, everything else by the module.
import type { Format } from '../engine';
import { yieldByTimer, YIELD_INTERVAL_MS } from './event_loop';
import type { Picture } from './picture';
import { canDeflate, encodePng } from './png';
import { sum, type Work } from './work';

// `step` gets the fraction that is done, and cancels by rejecting.
export async function encode(
  picture: Picture,
  format: Format,
  quality: number,
  step: (fraction: number) => Promise<void>,
): Promise<Blob> {
  if (format === 'png' && canDeflate) return await encodePng(picture, step);
  await step(0);
  return new Blob([picture.encode(format, quality)], { type: `image/${format}` });
}

// With progress, and cancelled by the job's signal.
export function encodeResult({ options, meter, weights, signal }: Work, picture: Picture): Promise<Blob> {
  const before = weights.read + weights.tiles;
  let lastYield = -Infinity;
  return encode(picture, options.format, options.quality, async (fraction) => {
    meter.report(before + weights.write * fraction, sum(weights), 'encode', fraction === 0);
    if (performance.now() - lastYield < YIELD_INTERVAL_MS) return;
    await yieldByTimer(signal);
    lastYield = performance.now();
  });
}
