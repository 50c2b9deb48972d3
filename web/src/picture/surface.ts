// A result that arrives in tiles. Tiles are drawn on canvases, and the result's pixels are stored as received: a canvas
// premultiplies colours by alpha, so that saving from it would change them.
import type { PictureInfo, Shape, StageInfo, Tile } from '../engine/engine';

const phone =
  matchMedia('(pointer: coarse)').matches ||
  ((navigator as { deviceMemory?: number }).deviceMemory ?? 8) <= 4;
const MAX_CANVAS_PIXELS = phone ? 4 << 20 : 16 << 20;
// Bytes of a result that are stored for saving; a larger one is processed again when it is saved.
const MAX_STORED_BYTES = phone ? 192 << 20 : 768 << 20;

// The viewer's size in pixels of the screen.
export const viewerSize = { width: 2048, height: 2048 };

// Picture pixels per canvas pixel in each direction: a power of 2, such that a canvas has at least as many pixels as it
// covers on the screen. Tiles are averaged to that scale, since browsers lose thin lines when they shrink a canvas.
function scaleFor(shape: Shape): number {
  const fit = Math.max(shape.width / viewerSize.width, shape.height / viewerSize.height);
  let scale = 1;
  while (scale * 2 <= fit) scale *= 2;
  while (Math.ceil(shape.width / scale) * Math.ceil(shape.height / scale) > MAX_CANVAS_PIXELS) scale *= 2;
  return scale;
}

interface Raster extends Shape {
  pixels: Uint8Array;
  start?: number; // of the first pixel, in bytes
  stride?: number; // bytes from row to row
}

// Converts to RGBA; each output pixel is the average of `scale` × `scale` input pixels.
export function toImageData(raster: Raster, scale: number): ImageData {
  const { width, height, channels, pixels, start = 0, stride = width * channels } = raster;
  const image = new ImageData(Math.ceil(width / scale), Math.ceil(height / scale));
  const out = image.data;
  const colour = channels >= 3 ? 1 : 0;
  const alpha = channels === 2 ? 1 : channels === 4 ? 3 : -1;
  for (let oy = 0, o = 0; oy < image.height; oy++) {
    const yStart = oy * scale;
    const yEnd = Math.min(height, yStart + scale);
    for (let ox = 0; ox < image.width; ox++, o += 4) {
      const xEnd = Math.min(width, (ox + 1) * scale);
      const count = (yEnd - yStart) * (xEnd - ox * scale);
      let r = 0;
      let g = 0;
      let b = 0;
      let a = 0;
      for (let y = yStart; y < yEnd; y++) {
        let i = start + y * stride + ox * scale * channels;
        for (let x = ox * scale; x < xEnd; x++, i += channels) {
          r += pixels[i];
          g += pixels[i + colour];
          b += pixels[i + 2 * colour];
          if (alpha >= 0) a += pixels[i + alpha];
        }
      }
      out[o] = r / count;
      out[o + 1] = g / count;
      out[o + 2] = b / count;
      out[o + 3] = alpha >= 0 ? a / count : 255;
    }
  }
  return image;
}

class Layer {
  readonly canvas = document.createElement('canvas');
  readonly #context = this.canvas.getContext('2d');
  scale = 1;

  begin(shape: Shape): void {
    this.scale = scaleFor(shape);
    const width = Math.ceil(shape.width / this.scale);
    const height = Math.ceil(shape.height / this.scale);
    // Setting the size also clears.
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  draw(tile: Tile): void {
    const image = toImageData(tile, this.scale);
    this.#context?.putImageData(image, Math.floor(tile.x / this.scale), Math.floor(tile.y / this.scale));
  }

  clear(tile: Tile): void {
    const s = this.scale;
    this.#context?.clearRect(tile.x / s, tile.y / s, tile.width / s, tile.height / s);
  }
}

export class Surface {
  readonly #result = new Layer();
  readonly #preview = new Layer();
  readonly shape: StageInfo;
  readonly #last: number;
  #previewStage = -1;
  pixels: Uint8Array | null = null;
  tiles = 0; // drawn so far, with previews

  constructor(readonly info: PictureInfo) {
    this.#last = info.stages.length - 1;
    this.shape = info.stages[this.#last];
    const { width, height, channels } = this.shape;
    this.#result.begin(this.shape);
    this.#result.canvas.dataset.testid = 'result-canvas';
    this.#preview.canvas.dataset.testid = 'preview-canvas';
    this.#preview.canvas.width = this.#preview.canvas.height = 1;
    try {
      if (width * height * channels <= MAX_STORED_BYTES)
        this.pixels = new Uint8Array(width * height * channels);
    } catch {
      this.pixels = null; // not enough memory: the result is processed again when it is saved
    }
  }

  // Picture pixels per canvas pixel in each direction.
  get scale(): number {
    return this.#result.scale;
  }

  // Draws a part of the finished result into `canvas` at `scale` picture pixels per canvas pixel.
  drawDetail(
    canvas: HTMLCanvasElement,
    x: number,
    y: number,
    width: number,
    height: number,
    scale: number,
  ): void {
    if (!this.pixels) return;
    const { channels } = this.shape;
    const stride = this.shape.width * channels;
    const start = y * stride + x * channels;
    const image = toImageData({ width, height, channels, pixels: this.pixels, start, stride }, scale);
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext('2d')?.putImageData(image, 0, 0);
  }

  get canvases(): HTMLCanvasElement[] {
    return [this.#preview.canvas, this.#result.canvas];
  }

  draw(tile: Tile): void {
    this.tiles++;
    if (tile.stage < this.#last) {
      this.#drawPreview(tile);
      return;
    }
    this.#store(tile);
    this.#result.draw(tile);
    // The preview must not show through a transparent result.
    if (this.#sameShape(this.#previewStage)) this.#preview.clear(tile);
    else this.#preview.canvas.hidden = true;
  }

  // The result is complete: frees the preview's memory.
  end(): void {
    this.#preview.canvas.width = this.#preview.canvas.height = 1;
  }

  #drawPreview(tile: Tile): void {
    const stage = this.info.stages[tile.stage];
    if (!stage || tile.stage < this.#previewStage) return;
    if (tile.stage > this.#previewStage) {
      const before = this.info.stages[this.#previewStage];
      if (!before || before.width !== stage.width || before.height !== stage.height)
        this.#preview.begin(stage);
      this.#previewStage = tile.stage;
    }
    this.#preview.draw(tile);
  }

  #sameShape(index: number): boolean {
    const stage = this.info.stages[index];
    return stage !== undefined && stage.width === this.shape.width && stage.height === this.shape.height;
  }

  #store(tile: Tile): void {
    if (!this.pixels) return;
    const { channels, width } = this.shape;
    const row = tile.width * channels;
    for (let y = 0; y < tile.height; y++) {
      const at = ((tile.y + y) * width + tile.x) * channels;
      this.pixels.set(tile.pixels.subarray(y * row, (y + 1) * row), at);
    }
  }
}
