// zxing-wasm as an object: the second reader of codes. A module of its own, whose functions are called at once, without
// promises, from inside zbar.wasm (wasm/zxing.c).

// What its module gives beside Emscripten's own.
interface Zxing3 {
  HEAPU8: Uint8Array; // another one when its memory has grown
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

// Scan lines that must agree on a bar code. More than these count for no more, as natively, where it looks for no more:
// they may all cross the same part of a code.
const LINES = 3;

// Places in its lists.
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
  tryDownscale: false, // others do that
  tryDenoise: false,
  binarizer: LOCAL_AVERAGE,
  isPure: false,
  downscaleFactor: 3,
  downscaleThreshold: 500,
  minLineCount: LINES,
  maxNumberOfSymbols: 255,
  validateOptionalChecksum: false,
  returnErrors: false,
  eanAddOnSymbol: 0,
  textMode: PLAIN,
  characterSet: LATIN_1, // of what does not say
  tryCode39ExtendedMode: false,
};
type Options = typeof OPTIONS;

// codec/reader.h
const HARDER = 1;
const INVERTED = 2;
const CLEAN = 4;

// One code, as tc_reading has it.
export interface Reading {
  format: string;
  bytes: Uint8Array;
  numbers: [eci: number, part: number, parts: number, parity: number, lines: number];
  corners: number[]; // x0 y0 … y3
}

type Received = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

export class Zxing {
  private constructor(private readonly module: Zxing3) {}

  static async open(module: WebAssembly.Module): Promise<Zxing> {
    const { prepareZXingModule, purgeZXingModule } = await import('./zxing_glue');
    purgeZXingModule(); // an instance that has crashed is not to be had again
    const opened: unknown = await prepareZXingModule({
      overrides: {
        instantiateWasm: (imports: WebAssembly.Imports, done: Received) => {
          const instance = new WebAssembly.Instance(module, imports);
          done(instance, module);
          return instance.exports;
        },
        print: () => {},
        printErr: () => {},
      },
      fireImmediately: true,
    });
    return new Zxing(opened as Zxing3);
  }

  get size(): number {
    return this.module.HEAPU8.buffer.byteLength;
  }

  // Grey pixels, `stride` bytes from row to row. Whatever it throws, its memory is in doubt then.
  read(pixels: Uint8Array, width: number, height: number, stride: number, formats: string, effort: number) {
    const { module } = this;
    const at = module._malloc(width * height);
    if (at === 0) return [];
    pack(module.HEAPU8.subarray(at), pixels, width, height, stride);
    const harder = (effort & HARDER) !== 0;
    const clean = (effort & CLEAN) !== 0;
    const options = {
      ...OPTIONS,
      formats,
      tryHarder: harder,
      tryRotate: harder,
      tryInvert: (effort & INVERTED) !== 0,
      isPure: clean,
      binarizer: clean ? FIXED_THRESHOLD : LOCAL_AVERAGE,
      maxNumberOfSymbols: clean ? 1 : OPTIONS.maxNumberOfSymbols,
    };
    const results = this.results(at, width, height, options);
    // With its own idea of what is in no named character set.
    const again = results.some(isMixed)
      ? this.results(at, width, height, { ...options, characterSet: UNKNOWN })
      : [];
    module._free(at);
    return results.map((result, i) => reading(result, again[i] ?? result));
  }

  private results(at: number, width: number, height: number, options: Options): Result[] {
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

// `guessed`: the same, its text guessed where it names no character set.
function reading(result: Result, guessed: Result): Reading {
  const { format, position, sequenceSize, sequenceIndex, sequenceId } = result;
  const corners = [position.topLeft, position.topRight, position.bottomRight, position.bottomLeft];
  const joined = sequenceSize > 0;
  const mixed = isMixed(result);
  const eci = mixed ? UTF_8 : eciOf(result);
  const bytes = mixed ? new TextEncoder().encode(guessed.text) : result.bytes;
  return {
    format,
    bytes: asPrinted(format, bytes),
    numbers: [
      eci,
      joined ? sequenceIndex : 0,
      joined ? sequenceSize : 0,
      joined ? Number(sequenceId) || 0 : 0,
      Math.min(result.lineCount, LINES),
    ],
    corners: corners.flatMap(({ x, y }) => [x, y]),
  };
}

// UPC-A with its twelve digits; DataBar with the application identifier that it stands for.
function asPrinted(format: string, bytes: Uint8Array): Uint8Array {
  if (format === 'UPCA' && bytes.length === 13) return bytes.subarray(1);
  if (DATABAR.test(format) && bytes.length === 14) return Uint8Array.of(0x30, 0x31, ...bytes);
  return bytes;
}

const DATABAR = /^DataBar(Omni|Stk|StkOmni|Ltd)?$/;
const UTF_8 = 26; // the number of its ECI

// Segments that say by their mode what they are (kanji, hanzi) leave no trace in the bytes; they show in that the text is
// another than Latin-1 would be. Others name several character sets.
function isMixed(result: Result): boolean {
  const { format, bytes, hasECI, text } = result;
  if (hasECI) return eciOf(result) === SEVERAL;
  return format.startsWith('QRCode') && text !== latin1(bytes);
}

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);

const BINARY = 899;
const SEVERAL = -2;

// The character set that the code names, as in "]Q1\000026…", where every other backslash is doubled. -1 for none,
// SEVERAL for several; if one of them is no text, the code is none.
function eciOf({ hasECI, bytesECI }: Result): number {
  if (!hasECI) return -1;
  const named = new Set<number>();
  for (const [, eci] of latin1(bytesECI).matchAll(/\\(?:\\|(\d{6}))/g)) if (eci) named.add(Number(eci));
  if (named.has(BINARY)) return BINARY;
  return named.size > 1 ? SEVERAL : ([...named][0] ?? -1);
}
