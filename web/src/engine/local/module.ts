// Instantiates a module of wasm/, and reads and writes its memory. Works in a Web Worker and under node.

// A failure that a module has reported: one sentence for the user, made in C.
export class Fault extends Error {
  override name = 'Fault';
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

// The exports of every module (wasm/memory.c). Addresses and sizes are unsigned, but arrive as signed numbers.
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
  const response = await fetch(url).catch(() => {
    throw new Error(`the page's own file ${url} could not be loaded, as the server cannot be reached`);
  });
  if (!response.ok)
    throw new Error(`the page's own file ${url} could not be loaded (HTTP ${response.status})`);
  return await WebAssembly.compile(await response.arrayBuffer());
}

const NOT_SUPPORTED = 8; // WASI's EBADF: there are no files

// The memory that several instances share.
export interface Shared {
  memory: WebAssembly.Memory;
  stack: number; // the end of this instance's stack; 0 for the first, which has the linker's
}

export class Module<Exports extends CommonExports> {
  private constructor(readonly exports: Exports) {}

  // `own`: the module's imports besides WASI, whose functions are stubs. `shared`: for a module with shared memory.
  static async open<Exports extends CommonExports>(
    module: WebAssembly.Module,
    own: WebAssembly.Imports = {},
    shared: Shared | null = null,
  ): Promise<Module<Exports>> {
    let memory = shared?.memory;
    const time = (_clock: number, _precision: bigint, to: number) => {
      if (memory) new DataView(memory.buffer).setBigUint64(to >>> 0, 0n, true); // always 0: no result depends on it
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

  // The whole memory. A new view each time: growing the memory detaches the old ones.
  get bytes(): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer);
  }

  get size(): number {
    return this.exports.memory.buffer.byteLength;
  }

  fault(): Fault {
    return new Fault(this.text(this.exports.tc_page_error()), this.exports.tc_page_status());
  }

  // Throws the module's fault if `value`, which a call has returned, is 0.
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

  // Copies bytes into the module's memory for the duration of `use`.
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

  // `count` 32-bit numbers that `fill` writes to an address.
  numbers(count: number, fill: (address: number) => void): Int32Array {
    return new Int32Array(this.packed(4 * count, fill).buffer);
  }

  // `size` bytes that `write` writes to an address.
  packed(size: number, write: (address: number) => void): Uint8Array<ArrayBuffer> {
    const address = this.alloc(size);
    try {
      write(address);
      return this.copy(address, size);
    } finally {
      this.free(address);
    }
  }

  // A copy of `size` bytes.
  copy(address: number, size: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.exports.memory.buffer).slice(address >>> 0, (address >>> 0) + size);
  }

  // UTF-8 text of `size` bytes, or up to a zero byte.
  text(address: number, size = -1): string {
    const from = address >>> 0;
    const bytes = this.bytes;
    return new TextDecoder().decode(bytes.slice(from, size < 0 ? bytes.indexOf(0, from) : from + size));
  }

  // Copies a blob's bytes, which may be none, and destroys it.
  readBlob(blob: number): Uint8Array<ArrayBuffer> {
    try {
      return this.copy(this.exports.tc_page_blob_data(blob), this.exports.tc_page_blob_size(blob) >>> 0);
    } finally {
      this.exports.tc_page_blob_destroy(blob);
    }
  }
}
