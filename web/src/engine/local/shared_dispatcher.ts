// Computes the tiles of a run in the coordinator and in the workers of a shared pool, which pull tiles themselves.
import { Cancelled, EventLoop } from './event_loop';
import type { TileReport } from './messages';
import type { SharedPool } from './shared_pool';
import type { SharedRun } from './shared_run';
import { CODES, DONE, OVER, type Task, TILE } from './task';
import { isShown, type ReadCodes, reportLines, reportProgress, reportTile, type Work } from './work';

export class SharedDispatcher {
  readonly #shown: boolean[]; // by stage
  readonly #loop: EventLoop;
  #failure: Error | null = null;

  constructor(
    private readonly work: Work,
    private readonly pool: SharedPool,
    private readonly readCodes: ReadCodes,
  ) {
    this.#shown = work.stages.map((_, stage) => isShown(work, stage));
    this.#loop = new EventLoop(work.signal);
  }

  // Resolves when the run is done and no worker touches it any more.
  async compute(): Promise<void> {
    const { pool } = this;
    const loop = this.#loop;
    const run = pool.begin(this.work.run, this.#shown, {
      finished: (task, worker, tile) => {
        try {
          this.#finished(run, task, worker + 1, tile);
        } catch (thrown) {
          this.#failure = thrown as Error;
        }
        loop.notify();
      },
      failed: (error) => {
        this.#failure = error;
        loop.notify();
      },
    });
    try {
      while (await this.#step(run));
      while (pool.end() > 0 && !this.#failure) await loop.waitForNotify();
      if (this.#failure) throw this.#failure;
    } finally {
      pool.close();
      loop.close();
    }
  }

  // False when the run is done.
  async #step(run: SharedRun): Promise<boolean> {
    const { pool } = this;
    const loop = this.#loop;
    const shown = this.#shown;
    if (this.#failure) throw this.#failure;
    if (this.work.signal.aborted) throw new Cancelled();
    const task = run.next();
    if (task.kind === DONE) return false;
    if (task.kind === OVER) await loop.waitForNotify(); // a worker has failed; its message is on the way
    if (task.kind === CODES) await this.readCodes(pool.slots, task, pool.slots + 1);
    if (task.kind === TILE)
      run.compute(task, shown[task.stage], (tile) => {
        this.#finished(run, task, 1, tile);
        return false;
      });
    if (loop.due) await loop.drain();
    return true;
  }

  #finished(run: SharedRun, task: Task, worker: number, { pixels, lines }: TileReport): void {
    const { work } = this;
    if (work.signal.aborted) return;
    reportLines(work, lines);
    if (pixels) reportTile(work, task, worker, pixels);
    reportProgress(
      work,
      task.stage,
      run.withLock(() => work.run.done),
    );
  }
}
