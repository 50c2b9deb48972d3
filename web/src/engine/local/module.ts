// A module of wasm/ in memory: how it is loaded, and its memory. Works in a Web Worker as under node.

// The last failure of a module: one sentence for the user, made in C.
export class Fault extends Error {
  override name = 'Fault';
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

// What both modules export (wasm/memory.c). Addresses and sizes are unsigned, but arrive as signed numbers.
export interface CommonExports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  stackRestore(end: number): void;
  tc_page_status(): number;
  tc_page_error(): number;
  tc_page_alloc(size: number): number;
  tc_page_free(address: number): void;
  tc_page_blob_data(blob: number): number;
  tc_page_blob_size(blob: number): number;
  tc_page_blob_destroy(blob: number): void;
}

export async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`the page's own file ${url} could not be loaded (HTTP ${response.status})`);
  return await WebAssembly.compile(await response.arrayBuffer());
}

const NOT_SUPPORTED = 8; // WASI's EBADF: there are no files

// What several instances have in common.
export interface Shared {
  memory: WebAssembly.Memory;
  stack: number; // where the stack of this one ends; 0 for the first, for which there is one
}

export class Module<Exports extends CommonExports> {
  private constructor(readonly exports: Exports) {}

  // `own`: what the module imports beside WASI, whose functions are there in name only. `shared`: for a module whose
  // memory is shared.
  static async open<Exports extends CommonExports>(
    module: WebAssembly.Module,
    own: WebAssembly.Imports = {},
    shared: Shared | null = null,
  ): Promise<Module<Exports>> {
    let memory = shared?.memory;
    const time = (_clock: number, _precision: bigint, to: number) => {
      if (memory) new DataView(memory.buffer).setBigUint64(to >>> 0, 0n, true); // it stands still: no result depends on it
      return 0;
    };
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module))
      (imports[from] ??= {})[name] =
        kind === 'memory' && memory
          ? memory
          : (own[from]?.[name] ?? (name === 'clock_time_get' ? time : () => NOT_SUPPORTED));
    const instance = await WebAssembly.instantiate(module, imports);
    const exports = instance.exports as unknown as Exports;
    memory ??= exports.memory;
    if (shared?.stack) exports.stackRestore(shared.stack);
    else exports._initialize();
    return new Module({ ...exports, memory });
  }

  // All of the memory. A new view each time: growing the memory detaches the old ones.
  get bytes(): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer);
  }

  get size(): number {
    return this.exports.memory.buffer.byteLength;
  }

  fault(): Fault {
    return new Fault(this.text(this.exports.tc_page_error()), this.exports.tc_page_status());
  }

  // Throws what the last call has left as its failure if that call gave 0.
  check(value: number): number {
    if (value === 0) throw this.fault();
    return value >>> 0;
  }

  alloc(size: number): number {
    return this.check(this.exports.tc_page_alloc(size));
  }

  free(address: number): void {
    this.exports.tc_page_free(address);
  }

  // Copies bytes into the module's memory, for the length of one call.
  with<T>(bytes: Uint8Array, use: (address: number) => T): T {
    const address = this.alloc(bytes.length);
    try {
      this.bytes.set(bytes, address);
      return use(address);
    } finally {
      this.free(address);
    }
  }

  withText<T>(text: string, use: (address: number) => T): T {
    return this.with(new TextEncoder().encode(`${text}\0`), use);
  }

  // Room for `count` 32-bit numbers, which the call fills in.
  numbers(count: number, fill: (address: number) => void): Int32Array {
    return new Int32Array(this.packed(4 * count, fill).buffer);
  }

  // The bytes that a call writes into room for `size` of them.
  packed(size: number, write: (address: number) => void): Uint8Array<ArrayBuffer> {
    const address = this.alloc(size);
    try {
      write(address);
      return this.copy(address, size);
    } finally {
      this.free(address);
    }
  }

  copy(address: number, size: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.exports.memory.buffer).slice(address >>> 0, (address >>> 0) + size);
  }

  text(address: number, size = -1): string {
    const from = address >>> 0;
    const bytes = this.bytes;
    return new TextDecoder().decode(bytes.slice(from, size < 0 ? bytes.indexOf(0, from) : from + size));
  }

  // The blob's bytes, which may be none; the blob is gone afterwards.
  takeBlob(blob: number): Uint8Array<ArrayBuffer> {
    try {
      return this.copy(this.exports.tc_page_blob_data(blob), this.exports.tc_page_blob_size(blob) >>> 0);
    } finally {
      this.exports.tc_page_blob_destroy(blob);
    }
  }
}
