// Reads the codes of a picture by zbar.wasm, which calls zxing-wasm if that could be loaded.
import type { Shape } from '../engine';
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
  tc_page_zxing_add(batch: number, format: number, numbers: number, corners: number, bytes: number): number;
}

export type Picture = Shape & { pixels: Uint8Array };

export interface ReaderModules {
  zbar: WebAssembly.Module;
  zxing: WebAssembly.Module | null;
}

export interface ReadOptions {
  part?: boolean; // the picture is a part of a larger one, or a reduced one
  found?: (codes: Uint8Array<ArrayBuffer>) => void; // gets blobs of codes (core/codes.h), each code once, as soon as it is read
  stop?: () => boolean; // polled; true ends the reading with what has been found
  pass?: (pass: number) => void; // the pass with this number begins
  skip?: number; // bits of passes to leave out
}

export class Reader {
  #module!: Module<ReaderExports>;
  #zxing: Zxing | null = null;
  #options: ReadOptions = {};
  #pass = -1; // the current one
  #skip = 0; // bits of passes that have crashed

  private constructor(private readonly modules: ReaderModules) {}

  static async open(modules: ReaderModules): Promise<Reader> {
    const reader = new Reader(modules);
    await reader.reopen();
    return reader;
  }

  // Bytes of memory.
  get size(): number {
    return this.#module.size + (this.#zxing?.size ?? 0);
  }

  // A blob of all codes in reading order. After a crash, `reopen` must be called.
  read(picture: Picture, symbologies: number, options: ReadOptions = {}): Uint8Array<ArrayBuffer> {
    const module = this.#module;
    const skip = this.#skip;
    this.#options = options;
    this.#pass = -1;
    const { width, height, channels, pixels } = picture;
    const part = options.part ? 1 : 0;
    const skipped = Number(BigInt(skip) | BigInt(options.skip ?? 0));
    const blob = module.with(pixels, (at) =>
      module.exports.tc_page_read_codes(at, width, height, channels, symbologies, part, skipped),
    );
    return module.readBlob(module.check(blob));
  }

  // Like `read`, but a pass that crashes is left out: the picture is read again without it, in new instances.
  async readRecovering(...args: Parameters<Reader['read']>): Promise<Uint8Array<ArrayBuffer>> {
    try {
      for (;;) {
        try {
          return this.read(...args);
        } catch (thrown) {
          const bit = 2 ** this.#pass;
          const skipped = Math.floor(this.#skip / bit) % 2 !== 0;
          if (!isCrash(thrown) || this.#pass < 0 || skipped) throw thrown;
          this.#skip += bit;
          await this.reopen();
        }
      }
    } finally {
      this.#skip = 0;
    }
  }

  // Replaces both modules' instances.
  async reopen(): Promise<void> {
    const { zbar, zxing } = this.modules;
    this.#zxing = zxing && (await Zxing.open(zxing).catch(() => null));
    this.#module = await Module.open<ReaderExports>(zbar, {
      page: {
        page_pass: (pass: number) => {
          this.#pass = pass;
          this.#options.pass?.(pass);
        },
        page_found: (at: number, size: number) => this.#options.found?.(this.#module.copy(at, size)),
        page_stop: () => (this.#options.stop?.() ? 1 : 0),
        page_zxing: this.#readByZxing.bind(this),
      },
    });
  }

  // page_zxing of wasm/zxing.c. Returns 0 without memory.
  #readByZxing(
    data: number,
    width: number,
    height: number,
    stride: number,
    formats: number,
    formatsSize: number,
    effort: number,
    lines: number,
    guess: number,
    batch: number,
  ): number {
    const module = this.#module;
    const zxing = this.#zxing;
    if (!zxing) return 1;
    const names = module.text(formats, formatsSize);
    const pixels = module.bytes.subarray(data >>> 0);
    for (const { format, numbers, corners, bytes } of zxing.read(
      pixels,
      width,
      height,
      stride,
      names,
      effort,
      lines,
      guess !== 0,
    )) {
      const header = [bytesOf(Float64Array.from(corners)), bytesOf(Int32Array.from(numbers))];
      const packed = concatenate([...header, ...bytes]);
      const [toNumbers, toBytes] = [8 * corners.length, 8 * corners.length + 4 * numbers.length];
      const added = module.withText(format, (name) =>
        module.with(packed, (at) =>
          module.exports.tc_page_zxing_add(batch, name, at + toNumbers, at, at + toBytes),
        ),
      );
      if (!added) return 0;
    }
    return 1;
  }
}

function concatenate(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const bytesOf = (numbers: Float64Array | Int32Array) => new Uint8Array(numbers.buffer);

// Whether a module has crashed. zxing-wasm also throws numbers, for uncaught C++ exceptions.
function isCrash(thrown: unknown): boolean {
  return (
    thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError || typeof thrown === 'number'
  );
}
