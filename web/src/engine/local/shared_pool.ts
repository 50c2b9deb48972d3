// A pool of tile workers that share one memory with their coordinator and pull tiles from its run themselves
// (wasm/threads.c), so that only shown tiles are copied. Only cross-origin isolated pages may have such memory.
import { type FromTileWorker, SharedCrash, type TileReport, type TileWorker, workerError } from './messages';
import type { Run } from './run';
import { SharedRun } from './shared_run';
import type { Task } from './task';
import { Tilecast } from './tilecast';

// As the linker has them (wasm/CMakeLists.txt), in pages of 64 KiB.
const INITIAL_PAGES = 32;
const MAX_PAGES = 65536;
const STACK_BYTES = 1 << 20;

export interface SharedPoolListener {
  finished(task: Task, worker: number, tile: TileReport): void; // `worker` from 1
  failed(error: Error): void;
}

export class SharedPool {
  readonly #workers: (TileWorker | null)[] = [];
  #job = 0;
  #received = 0; // messages of the job
  #listener: SharedPoolListener | null = null;

  private constructor(
    readonly tilecast: Tilecast,
    private readonly module: WebAssembly.Module,
    private readonly memory: WebAssembly.Memory,
    readonly size: number,
    private readonly spawn: () => TileWorker,
  ) {}

  // `module`: tilecast_shared.wasm. `size`: workers, which are started with the first job.
  static async open(module: WebAssembly.Module, size: number, spawn: () => TileWorker): Promise<SharedPool> {
    const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES, shared: true });
    const tilecast = await Tilecast.open(module, { memory, stack: 0 });
    return new SharedPool(tilecast, module, memory, size, spawn);
  }

  get slots(): number {
    return this.size;
  }

  // Begins a job; `shown` says for each stage whether its tiles are sent back. Returns the coordinator's view of the run.
  begin(run: Run, shown: boolean[], listener: SharedPoolListener): SharedRun {
    const { size } = this;
    const job = ++this.#job;
    this.#listener = listener;
    this.#received = 0;
    this.tilecast.module.exports.tc_page_threads_begin(job, run.address);
    for (let slot = 0; slot < size; slot++) {
      const worker = (this.#workers[slot] ??= this.#open(slot + 1));
      worker.postMessage({ type: 'work', job, run: run.address, slot, shown });
    }
    return new SharedRun(this.tilecast, run, job, size, true);
  }

  // Ends the job once no tile is being computed. Returns the number of messages still to come.
  end(): number {
    return this.tilecast.module.exports.tc_page_threads_end() - this.#received;
  }

  // Ends the job; its listener is called no more.
  close(): void {
    this.#listener = null;
    this.end();
  }

  #open(number: number): TileWorker {
    const worker = this.spawn();
    const { module, memory } = this;
    worker.onmessage = ({ data }) => this.#handle(number, data);
    worker.onerror = (event) => {
      worker.terminate();
      this.#workers[number - 1] = null;
      this.#fail(workerError(event), true);
    };
    const stack = this.tilecast.module.alloc(STACK_BYTES) + STACK_BYTES;
    worker.postMessage({ type: 'join', module, shared: { memory, stack: stack - (stack % 16) } });
    return worker;
  }

  #handle(number: number, message: FromTileWorker): void {
    if (message.job !== this.#job) return;
    this.#received++;
    if (message.type === 'failed') this.#fail(message.error, message.crashed);
    else if (message.type === 'done') this.#listener?.finished(message.task, number, message);
  }

  #fail(error: string, crashed: boolean): void {
    this.#listener?.failed(crashed ? new SharedCrash(error) : new Error(error));
  }
}
