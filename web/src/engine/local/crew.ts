// Tile workers that have one memory with their coordinator, and take tiles of its run by themselves (wasm/crew.c), so
// that nothing is copied but what is to be looked at. Only pages that are isolated from others may have such memory.
import type { Line } from '../engine';
import { Broken, type FromTileWorker } from './messages';
import type { TileWorker } from './team';
import { type Run, type Task, Tilecast } from './tilecast';

// As the linker has them (wasm/CMakeLists.txt), in pages of 64 KiB.
const FIRST_PAGES = 32;
const MOST_PAGES = 65536;
const STACK = 1 << 20;

export interface Done {
  pixels: Uint8Array<ArrayBuffer> | null; // of a tile to look at
  lines: Line[] | null; // found by the merge behind it
}

export interface CrewListener {
  finished(task: Task, worker: number, done: Done): void;
  failed(error: Error): void;
}

// One instance's part in a run.
export class Hand {
  constructor(
    private readonly tilecast: Tilecast,
    private readonly run: Run,
    private readonly job: number,
    private readonly slot: number,
    private readonly first: boolean,
  ) {}

  // Sleeps until there is a task.
  next(): Task {
    return this.run.turn(this.job, this.slot, this.first);
  }

  // The tile that `next` has given; `tell` gets what others are to hear of it, and says whether they will.
  compute(task: Task, shows: boolean, tell: (done: Done) => boolean): void {
    const { run, slot } = this;
    let told = true; // of a failure, too
    try {
      run.compute(slot);
      const pixels = shows ? run.output(slot, task) : null;
      const lines = this.hold(() => {
        run.finish(slot);
        return run.takeLines();
      });
      told = tell({ pixels, lines });
    } finally {
      this.tilecast.module.exports.tc_page_crew_leave(Number(told));
    }
  }

  // With the run to itself.
  hold<T>(use: () => T): T {
    const { exports } = this.tilecast.module;
    exports.tc_page_crew_lock();
    try {
      return use();
    } finally {
      exports.tc_page_crew_unlock();
    }
  }
}

export class Crew {
  private readonly workers: (TileWorker | null)[] = [];
  private job = 0;
  private heard = 0;
  private listener: CrewListener | null = null;

  private constructor(
    readonly tilecast: Tilecast,
    private readonly module: WebAssembly.Module,
    private readonly memory: WebAssembly.Memory,
    readonly size: number,
    private readonly spawn: () => TileWorker,
  ) {}

  // `module`: tilecast_shared.wasm.
  static async open(module: WebAssembly.Module, size: number, spawn: () => TileWorker): Promise<Crew> {
    const memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true });
    const tilecast = await Tilecast.open(module, { memory, stack: 0 });
    return new Crew(tilecast, module, memory, size, spawn);
  }

  get slots(): number {
    return this.size;
  }

  // Begins a job; `shows` tells for each stage whether its tiles are to be looked at. Gives the coordinator's own part.
  begin(run: Run, shows: boolean[], listener: CrewListener): Hand {
    const { size } = this;
    const job = ++this.job;
    this.listener = listener;
    this.heard = 0;
    this.tilecast.module.exports.tc_page_crew_begin(job, run.address);
    for (let slot = 0; slot < size; slot++) {
      const worker = (this.workers[slot] ??= this.open(slot + 1));
      worker.postMessage({ type: 'work', job, run: run.address, slot, shows });
    }
    return new Hand(this.tilecast, run, job, size, true);
  }

  // Ends the job when nobody computes a tile any more. Gives how much that has been said is still to be heard.
  end(): number {
    return this.tilecast.module.exports.tc_page_crew_end() - this.heard;
  }

  // Nothing more is heard.
  close(): void {
    this.listener = null;
    this.end();
  }

  private open(number: number): TileWorker {
    const worker = this.spawn();
    const { module, memory } = this;
    worker.onmessage = ({ data }) => this.hear(number, data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      worker.terminate();
      this.workers[number - 1] = null;
      this.fail(`a worker of this page stopped (${event.message || 'it could not be loaded'})`, true);
    };
    const stack = this.tilecast.module.alloc(STACK) + STACK;
    worker.postMessage({ type: 'join', module, shared: { memory, stack: stack - (stack % 16) } });
    return worker;
  }

  private hear(number: number, message: FromTileWorker): void {
    if (message.job !== this.job) return;
    this.heard++;
    if (message.type === 'failed') this.fail(message.error, message.broken);
    else if (message.type === 'done') this.listener?.finished(message.task, number, message);
  }

  private fail(error: string, broken: boolean): void {
    this.listener?.failed(broken ? new Broken(error) : new Error(error));
  }
}
