// The colours that an operation gives to the greys from black to white, made by the operation itself on this device.
import type { JobOptions, Tile } from '../../engine/engine';
import { localEngine } from '../../engine/local';
import { toImageData } from '../../picture/surface';

const GREYS = 256;
const made = new Map<string, Promise<ImageData | null>>();

function make(pipeline: string): Promise<ImageData | null> {
  const greys = Uint8Array.from({ length: GREYS }, (_, grey) => grey);
  const file = new Blob([`P5\n${GREYS} 1\n255\n`, greys]);
  const options: JobOptions = { pipeline, want: 'tiles', preview: false, format: 'png', quality: 90 };
  return new Promise((resolve) => {
    const tiles: Tile[] = [];
    const whole = () => tiles.length === 1 && tiles[0].width === GREYS;
    const listener = {
      tile: (tile: Tile) => void tiles.push(tile),
      done: () => resolve(whole() ? toImageData(tiles[0], 1) : null),
      failed: () => resolve(null),
      cancelled: () => resolve(null),
    };
    localEngine.submit(file, 'greys.pgm', options, listener, new AbortController().signal);
  });
}

// Null when it cannot be made here.
export function ramp(pipeline: string): Promise<ImageData | null> {
  const old = made.get(pipeline);
  if (old) return old;
  const image = make(pipeline);
  made.set(pipeline, image);
  return image;
}
