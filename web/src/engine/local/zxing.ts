// The second code reader, zxing-wasm: a module that zbar.wasm calls synchronously (wasm/zxing.c).

// The module's object, by Emscripten.
interface ZxingModule {
  HEAPU8: Uint8Array; // replaced when the memory grows
  _malloc(size: number): number;
  _free(address: number): void;
  readBarcodesFromPixmap(at: number, width: number, height: number, options: Options): Results;
}

interface Results {
  size(): number;
  get(index: number): Result;
  delete(): void;
}

interface Point {
  x: number;
  y: number;
}

interface Result {
  isValid: boolean;
  format: string;
  bytes: Uint8Array;
  bytesECI: Uint8Array;
  text: string;
  hasECI: boolean;
  position: Record<'topLeft' | 'topRight' | 'bottomRight' | 'bottomLeft', Point>;
  sequenceSize: number; // -1: none
  sequenceIndex: number;
  sequenceId: string;
  lineCount: number;
}

// Indices in its enumerations.
const LOCAL_AVERAGE = 0;
const FIXED_THRESHOLD = 2;
const PLAIN = 0;
const UNKNOWN = 0;
const LATIN_1 = 2;

const OPTIONS = {
  formats: '',
  tryHarder: false,
  tryRotate: false,
  tryInvert: false,
  tryDownscale: false, // done by the strategy
  tryDenoise: false,
  binarizer: LOCAL_AVERAGE,
  isPure: false,
  downscaleFactor: 3,
  downscaleThreshold: 500,
  minLineCount: 2,
  maxNumberOfSymbols: 255,
  validateOptionalChecksum: false,
  returnErrors: false,
  eanAddOnSymbol: 0,
  textMode: PLAIN,
  characterSet: LATIN_1, // of segments that name none
  tryCode39ExtendedMode: false,
};
type Options = typeof OPTIONS;

// codec/reader.h
const HARDER = 1;
const INVERTED = 2;
const CLEAN = 4;

// One code, as tc_page_zxing_add (wasm/zxing.c) receives it.
export interface Reading {
  format: string;
  numbers: [part: number, parts: number, parity: number, lines: number, ...sizes: [number, number, number]];
  corners: number[]; // x0 y0 … y3
  bytes: Uint8Array[]; // its bytes, the same with ECI designators, its text in UTF-8
}

type InstanceCallback = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

export class Zxing {
  private constructor(private readonly module: ZxingModule) {}

  static async open(module: WebAssembly.Module): Promise<Zxing> {
    const { prepareZXingModule, purgeZXingModule } = await import('./zxing_glue');
    purgeZXingModule(); // the glue would reuse an instance that has crashed
    const opened: unknown = await prepareZXingModule({
      overrides: {
        instantiateWasm: (imports: WebAssembly.Imports, done: InstanceCallback) => {
          const instance = new WebAssembly.Instance(module, imports);
          done(instance, module);
          return instance.exports;
        },
        print: () => {},
        printErr: () => {},
      },
      fireImmediately: true,
    });
    return new Zxing(opened as ZxingModule);
  }

  get size(): number {
    return this.module.HEAPU8.buffer.byteLength;
  }

  // Reads grey pixels, `stride` bytes from row to row. Bar codes need `lines` scan lines that agree. `guess`: it guesses
  // the character set of segments that name none. After an exception its memory must not be used any more.
  read(
    pixels: Uint8Array,
    width: number,
    height: number,
    stride: number,
    formats: string,
    effort: number,
    lines: number,
    guess: boolean,
  ): Reading[] {
    const { module } = this;
    const at = module._malloc(width * height);
    if (at === 0) return [];
    pack(module.HEAPU8.subarray(at), pixels, width, height, stride);
    const harder = (effort & HARDER) !== 0;
    const clean = (effort & CLEAN) !== 0;
    const results = this.#results(at, width, height, {
      ...OPTIONS,
      formats,
      tryHarder: harder,
      tryRotate: harder,
      tryInvert: (effort & INVERTED) !== 0,
      isPure: clean,
      binarizer: clean ? FIXED_THRESHOLD : LOCAL_AVERAGE,
      minLineCount: lines,
      maxNumberOfSymbols: clean ? 1 : OPTIONS.maxNumberOfSymbols,
      characterSet: guess ? UNKNOWN : LATIN_1,
    });
    module._free(at);
    return results.map(reading);
  }

  #results(at: number, width: number, height: number, options: Options): Result[] {
    const list = this.module.readBarcodesFromPixmap(at, width, height, options);
    const results = Array.from({ length: list.size() }, (_, i) => list.get(i));
    list.delete();
    return results.filter(({ isValid }) => isValid);
  }
}

function pack(to: Uint8Array, from: Uint8Array, width: number, height: number, stride: number): void {
  if (stride === width) to.set(from.subarray(0, width * height));
  else for (let y = 0; y < height; y++) to.set(from.subarray(y * stride, y * stride + width), y * width);
}

function reading(result: Result): Reading {
  const { format, position, sequenceSize, sequenceIndex, sequenceId, lineCount, hasECI } = result;
  const { topLeft, topRight, bottomRight, bottomLeft } = position;
  const joined = sequenceSize > 0;
  const bytes = [
    result.bytes,
    hasECI ? result.bytesECI : new Uint8Array(),
    new TextEncoder().encode(result.text),
  ];
  const [own, designated, text] = bytes.map(({ length }) => length) as [number, number, number];
  return {
    format,
    numbers: [
      joined ? sequenceIndex : 0,
      joined ? sequenceSize : 0,
      joined ? Number(sequenceId) || 0 : 0,
      lineCount,
      own,
      designated,
      text,
    ],
    corners: [topLeft, topRight, bottomRight, bottomLeft].flatMap(({ x, y }) => [x, y]),
    bytes,
  };
}
