// Composes pictures, for tests that need to know positions.
import { writeFileSync } from 'node:fs';

// Pastes grey `parts` ({ picture, x, y, scale }) on a background, each pixel `scale` × `scale` large, and writes a PGM.
export function compose(path, background, parts) {
  const { width, height } = background;
  const pixels = Buffer.from(grey(background));
  for (const { picture, x, y, scale } of parts) {
    const part = grey(picture);
    for (let row = 0; row < picture.height * scale; row++)
      for (let column = 0; column < picture.width * scale; column++)
        pixels[(y + row) * width + x + column] =
          part[Math.floor(row / scale) * picture.width + Math.floor(column / scale)];
  }
  writeFileSync(path, Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), pixels]));
}

function grey({ width, height, channels, pixels }) {
  const out = Buffer.alloc(width * height);
  for (let i = 0; i < out.length; i++) out[i] = pixels[i * channels];
  return out;
}
