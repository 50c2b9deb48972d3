// A decoded picture in the memory of tilecast.wasm.
import type { Shape } from '../engine';
import type { TilecastModule } from './exports';
import { bytesOf, type Rect } from './task';

export class Picture {
  // `address`: a picture of the module's, which `destroy` frees.
  constructor(
    private readonly module: TilecastModule,
    readonly address: number,
  ) {}

  get shape(): Shape {
    const { module } = this;
    const [width, height, channels] = module.numbers(3, (to) =>
      module.exports.tc_page_picture_shape(this.address, to),
    );
    return { width, height, channels };
  }

  // The address of its pixels.
  get pixelAddress(): number {
    return this.module.exports.tc_page_picture_pixels(this.address) >>> 0;
  }

  get format(): string {
    return this.module.text(this.module.exports.tc_page_picture_format(this.address));
  }

  get warning(): string {
    return this.module.text(this.module.exports.tc_page_picture_warning(this.address));
  }

  pixels(): Uint8Array<ArrayBuffer> {
    const { width, height, channels } = this.shape;
    return this.module.copy(this.pixelAddress, width * height * channels);
  }

  // The pixels of one rectangle, tightly packed.
  crop(rect: Rect): Uint8Array<ArrayBuffer> {
    const { width, channels } = this.shape;
    const pixels = new Uint8Array(bytesOf(rect, channels));
    const from = this.pixelAddress;
    const all = this.module.bytes;
    const row = rect.width * channels;
    for (let y = 0; y < rect.height; y++) {
      const start = from + ((rect.y + y) * width + rect.x) * channels;
      pixels.set(all.subarray(start, start + row), y * row);
    }
    return pixels;
  }

  // `rows` rows from `y`, each with its PNG filter byte.
  filter(y: number, rows: number): Uint8Array<ArrayBuffer> {
    const { module } = this;
    const { width, channels } = this.shape;
    return module.packed((width * channels + 1) * rows, (to) =>
      module.check(module.exports.tc_page_picture_filter(this.address, y, rows, to)),
    );
  }

  encode(format: string, quality: number): Uint8Array<ArrayBuffer> {
    const { module } = this;
    const blob = module.withText(format, (text) =>
      module.exports.tc_page_picture_encode(this.address, text, quality),
    );
    return module.readBlob(module.check(blob));
  }

  destroy(): void {
    this.module.exports.tc_page_picture_destroy(this.address);
  }
}
