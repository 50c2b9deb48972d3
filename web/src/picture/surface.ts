// The picture that arrives: tiles are drawn on canvases as they come, and the result's pixels are kept exactly as sent,
// so that saving never goes through a canvas (which would multiply colours by alpha and back).
import type { PictureInfo, Shape, StageInfo, Tile } from '../engine/engine';

const phone =
  matchMedia('(pointer: coarse)').matches ||
  ((navigator as { deviceMemory?: number }).deviceMemory ?? 8) <= 4;
// Canvas pixels at 4 bytes each; the picture is drawn at a half, a quarter, … when it has more.
const CANVAS_PIXELS = phone ? 4 << 20 : 16 << 20;
// Bytes of the result kept for saving; beyond it the result is made again as a file when it is saved.
const KEPT_BYTES = phone ? 192 << 20 : 768 << 20;

function scaleFor(shape: Shape): number {
  let scale = 1;
  while (Math.ceil(shape.width / scale) * Math.ceil(shape.height / scale) > CANVAS_PIXELS) scale *= 2;
  return scale;
}

// Widens or averages a tile to RGBA: one output pixel for `scale` × `scale` input pixels.
export function toImageData(tile: Omit<Tile, 'stage' | 'worker'>, scale: number): ImageData {
  const { width, height, channels, pixels } = tile;
  const outWidth = Math.ceil(width / scale);
  const outHeight = Math.ceil(height / scale);
  const image = new ImageData(outWidth, outHeight);
  const out = image.data;
  const colour = channels >= 3 ? 1 : 0;
  const alpha = channels === 2 ? 1 : channels === 4 ? 3 : -1;
  if (scale === 1) {
    for (let i = 0, o = 0; o < out.length; i += channels, o += 4) {
      out[o] = pixels[i];
      out[o + 1] = pixels[i + colour];
      out[o + 2] = pixels[i + 2 * colour];
      out[o + 3] = alpha < 0 ? 255 : pixels[i + alpha];
    }
    return image;
  }
  for (let oy = 0, o = 0; oy < outHeight; oy++) {
    const yEnd = Math.min(height, (oy + 1) * scale);
    for (let ox = 0; ox < outWidth; ox++, o += 4) {
      const xEnd = Math.min(width, (ox + 1) * scale);
      let r = 0;
      let g = 0;
      let b = 0;
      let a = 0;
      for (let y = oy * scale; y < yEnd; y++) {
        let i = (y * width + ox * scale) * channels;
        for (let x = ox * scale; x < xEnd; x++, i += channels) {
          r += pixels[i];
          g += pixels[i + colour];
          b += pixels[i + 2 * colour];
          a += alpha < 0 ? 255 : pixels[i + alpha];
        }
      }
      const count = (yEnd - oy * scale) * (xEnd - ox * scale);
      out[o] = r / count;
      out[o + 1] = g / count;
      out[o + 2] = b / count;
      out[o + 3] = a / count;
    }
  }
  return image;
}

class Layer {
  readonly canvas = document.createElement('canvas');
  readonly #context = this.canvas.getContext('2d');
  #scale = 1;

  begin(shape: Shape): void {
    this.#scale = scaleFor(shape);
    const width = Math.ceil(shape.width / this.#scale);
    const height = Math.ceil(shape.height / this.#scale);
    // Setting the size also clears.
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  draw(tile: Tile): void {
    const image = toImageData(tile, this.#scale);
    this.#context?.putImageData(image, Math.floor(tile.x / this.#scale), Math.floor(tile.y / this.#scale));
  }

  clear(tile: Tile): void {
    const s = this.#scale;
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
  tiles = 0; // drawn so far, previews too

  constructor(readonly info: PictureInfo) {
    this.#last = info.stages.length - 1;
    this.shape = info.stages[this.#last];
    const { width, height, channels } = this.shape;
    this.#result.begin(this.shape);
    this.#result.canvas.dataset.testid = 'result-canvas';
    this.#preview.canvas.dataset.testid = 'preview-canvas';
    this.#preview.canvas.width = this.#preview.canvas.height = 1;
    try {
      if (width * height * channels <= KEPT_BYTES) this.pixels = new Uint8Array(width * height * channels);
    } catch {
      this.pixels = null; // not enough memory: saving makes the result again, as a file
    }
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
    this.#keep(tile);
    this.#result.draw(tile);
    // A transparent result must not let the preview shine through.
    if (this.#sameShape(this.#previewStage)) this.#preview.clear(tile);
    else this.#preview.canvas.hidden = true;
  }

  // The result is complete: the previews' memory is given back.
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

  #keep(tile: Tile): void {
    if (!this.pixels) return;
    const { channels, width } = this.shape;
    const row = tile.width * channels;
    for (let y = 0; y < tile.height; y++) {
      const at = ((tile.y + y) * width + tile.x) * channels;
      this.pixels.set(tile.pixels.subarray(y * row, (y + 1) * row), at);
    }
  }
}
