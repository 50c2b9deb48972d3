// zbar.wasm as an object: reads the codes of a picture, with zxing-wasm's help where that could be loaded.
import { type CommonExports, Module } from './module';
import { Zxing } from './zxing';

interface ReaderExports extends CommonExports {
  tc_page_read_codes(
    pixels: number,
    width: number,
    height: number,
    channels: number,
    symbologies: number,
    part: number,
    skip: number,
  ): number;
  tc_page_zxing_add(
    readings: number,
    format: number,
    bytes: number,
    size: number,
    numbers: number,
    corners: number,
  ): number;
}

export interface ReaderModules {
  zbar: WebAssembly.Module;
  zxing: WebAssembly.Module | null;
}

// Beside the pixels. `found` is given blobs of codes (core/codes.h), each code in one of them, as soon as it is read.
// `stop` is asked now and then, and ends the reading with what has been found.
export interface Look {
  part?: boolean; // the picture is a part of a larger one, or that one reduced
  found?: (codes: Uint8Array<ArrayBuffer>) => void;
  stop?: () => boolean;
  pass?: (pass: number) => void; // the pass with this number begins
  skip?: number; // bits of passes that are left out
}

export class Reader {
  private module!: Module<ReaderExports>;
  private zxing: Zxing | null = null;
  private look: Look = {};
  private pass = -1; // the one under way
  private skip = 0; // bits of passes that are left out

  private constructor(private readonly modules: ReaderModules) {}

  static async open(modules: ReaderModules): Promise<Reader> {
    const reader = new Reader(modules);
    await reader.reopen();
    return reader;
  }

  // Bytes of memory.
  get size(): number {
    return this.module.size + (this.zxing?.size ?? 0);
  }

  // The blob of all codes, in reading order. When it throws a crash, only `reopen` makes the reader good again.
  read(
    pixels: Uint8Array,
    width: number,
    height: number,
    channels: number,
    symbologies: number,
    look: Look = {},
  ): Uint8Array<ArrayBuffer> {
    const { module, skip } = this;
    this.look = look;
    this.pass = -1;
    const part = look.part ? 1 : 0;
    const left = Number(BigInt(skip) | BigInt(look.skip ?? 0));
    const blob = module.with(pixels, (at) =>
      module.exports.tc_page_read_codes(at, width, height, channels, symbologies, part, left),
    );
    return module.takeBlob(module.check(blob));
  }

  // The same, but for passes that crash on the picture: it is read again without them, in new instances.
  async readAnyway(...picture: Parameters<Reader['read']>): Promise<Uint8Array<ArrayBuffer>> {
    try {
      for (;;) {
        try {
          return this.read(...picture);
        } catch (thrown) {
          const bit = 2 ** this.pass;
          const known = Math.floor(this.skip / bit) % 2 !== 0;
          if (!isCrash(thrown) || this.pass < 0 || known) throw thrown;
          this.skip += bit;
          await this.reopen();
        }
      }
    } finally {
      this.skip = 0;
    }
  }

  async reopen(): Promise<void> {
    const { zbar, zxing } = this.modules;
    this.zxing = zxing && (await Zxing.open(zxing).catch(() => null));
    this.module = await Module.open<ReaderExports>(zbar, {
      page: {
        page_pass: (pass: number) => {
          this.pass = pass;
          this.look.pass?.(pass);
        },
        page_found: (at: number, size: number) => this.look.found?.(this.module.copy(at, size)),
        page_stop: () => (this.look.stop?.() ? 1 : 0),
        page_zxing: (...args: Parameters<Reader['readByZxing']>) => this.readByZxing(...args),
      },
    });
  }

  // wasm/zxing.c's page_zxing
  private readByZxing(
    data: number,
    width: number,
    height: number,
    stride: number,
    formats: number,
    formatsSize: number,
    effort: number,
    readings: number,
  ): number {
    const { module, zxing } = this;
    if (!zxing) return 1;
    const names = module.text(formats, formatsSize);
    const pixels = module.bytes.subarray(data >>> 0);
    for (const { format, bytes, numbers, corners } of zxing.read(
      pixels,
      width,
      height,
      stride,
      names,
      effort,
    )) {
      const packed = new Uint8Array([...bytesOf(Float64Array.from(corners)), ...bytesOf(Int32Array.from(numbers)), ...bytes]);
      const [toNumbers, toBytes] = [8 * corners.length, 8 * corners.length + 4 * numbers.length];
      const added = module.withText(format, (name) =>
        module.with(packed, (at) =>
          module.exports.tc_page_zxing_add(readings, name, at + toBytes, bytes.length, at + toNumbers, at),
        ),
      );
      if (!added) return 0;
    }
    return 1;
  }
}

const bytesOf = (numbers: Float64Array | Int32Array) => new Uint8Array(numbers.buffer);

// Whether what was thrown leaves a module's memory in doubt. Out of zxing-wasm may also come numbers, for exceptions of
// C++ that nobody has caught.
function isCrash(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError || typeof thrown === 'number';
}
