// A run in shared memory, as one of the instances that compute its tiles sees it (wasm/threads.c).
import type { TileReport } from './messages';
import type { Run } from './run';
import type { Task } from './task';
import type { Tilecast } from './tilecast';

export class SharedRun {
  // `first`: this instance has made the run.
  constructor(
    private readonly tilecast: Tilecast,
    private readonly run: Run,
    private readonly job: number,
    private readonly slot: number,
    private readonly first: boolean,
  ) {}

  // Blocks until there is a task.
  next(): Task {
    return this.run.nextShared(this.job, this.slot, this.first);
  }

  // Computes the tile that `next` has returned. `report` returns whether it sends a message to the coordinator.
  compute(task: Task, shown: boolean, report: (tile: TileReport) => boolean): void {
    const { run, slot } = this;
    let reported = true; // also of a failure
    try {
      run.compute(slot);
      const pixels = shown ? run.output(slot, task) : null;
      const lines = this.withLock(() => {
        run.finish(slot);
        return run.pollLines();
      });
      reported = report({ pixels, lines });
    } finally {
      this.tilecast.module.exports.tc_page_threads_finish(Number(reported));
    }
  }

  withLock<T>(use: () => T): T {
    const { exports } = this.tilecast.module;
    exports.tc_page_threads_lock();
    try {
      return use();
    } finally {
      exports.tc_page_threads_unlock();
    }
  }
}
