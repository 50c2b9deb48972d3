// The colours that an operation gives to the greys from black to white, computed by the local engine.
import type { JobOptions, Tile } from '../../engine/engine';
import { localEngine } from '../../engine/local';
import { toImageData } from '../../picture/surface';

const GREYS = 256;
const ramps = new Map<string, Promise<ImageData | null>>();

function compute(pipeline: string): Promise<ImageData | null> {
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

// A picture of 256 × 1 pixels; null if it cannot be computed here.
export function colourRamp(pipeline: string): Promise<ImageData | null> {
  const known = ramps.get(pipeline);
  if (known) return known;
  const image = compute(pipeline);
  ramps.set(pipeline, image);
  return image;
}
