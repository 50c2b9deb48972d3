// Computes the tiles of a run in the coordinator, and in the workers of a message pool where copying a tile to them costs
// less than computing it. Workers have tiles queued, and the coordinator computes others in between.
import type { Shape } from '../engine';
import { Cancelled, EventLoop } from './event_loop';
import type { MessagePool } from './message_pool';
import type { ComputedTile } from './messages';
import { Offload } from './offload';
import { CODES, DONE, type Task, TILE, WAIT } from './task';
import { isShown, type ReadCodes, reportLines, reportProgress, reportTile, type Work } from './work';

export class MessageDispatcher {
  readonly #ownSlot: number; // behind the pool's
  readonly #tasks: (Task | null)[]; // of the pool, by slot
  readonly #offload = new Offload();
  readonly #loop: EventLoop;
  #failure: Error | null = null;
  #stage = -1;

  constructor(
    private readonly work: Work,
    private readonly pool: MessagePool | null,
    private readonly readCodes: ReadCodes,
  ) {
    this.#ownSlot = pool ? pool.slots : 0;
    this.#tasks = Array.from({ length: this.#ownSlot }, () => null);
    this.#loop = new EventLoop(work.signal);
  }

  // Resolves when the run is done.
  async compute(source: Shape): Promise<void> {
    const { pool } = this;
    const loop = this.#loop;
    pool?.open(this.work.options.pipeline, source, {
      finished: (slot, worker, tile) => {
        try {
          this.#finished(slot, worker, tile);
        } catch (thrown) {
          this.#failure = thrown as Error;
        }
        loop.notify();
      },
      failed: (error) => {
        this.#failure = new Error(error);
        loop.notify();
      },
    });
    try {
      while (await this.#step());
    } finally {
      pool?.close();
      loop.close();
    }
  }

  // False when the run is done.
  async #step(): Promise<boolean> {
    const { work } = this;
    const loop = this.#loop;
    const ownSlot = this.#ownSlot;
    if (this.#failure) throw this.#failure;
    if (work.signal.aborted) throw new Cancelled();
    const task = work.run.next(ownSlot); // before the workers, which have tiles queued
    if (task.kind === DONE) return false;
    if (task.kind === CODES) await this.readCodes(ownSlot, task, ownSlot + 1);
    if (task.kind === TILE) this.#computeHere(task);
    if (task.kind === WAIT) await loop.waitForNotify();
    else if (this.#tasks.some(Boolean) || loop.due) await loop.drain();
    return true;
  }

  #computeHere(task: Task): void {
    const { work, pool } = this;
    const offload = this.#offload;
    const ownSlot = this.#ownSlot;
    const { run } = work;
    if (task.stage !== this.#stage) {
      this.#stage = task.stage;
      pool?.begin(this.#stage, run.merged());
      offload.begin(task, work.stages[this.#stage].cost);
    }
    if (pool && offload.worthwhile) this.#fillQueues(pool);
    const start = performance.now();
    run.compute(ownSlot);
    offload.measure(task, performance.now() - start);
    if (isShown(work, task.stage)) reportTile(work, task, 1, run.output(ownSlot, task));
    run.finish(ownSlot);
    reportLines(work, run.pollLines());
    reportProgress(work, task.stage);
  }

  #fillQueues(pool: MessagePool): void {
    const { run } = this.work;
    for (const slot of pool.order) {
      if (this.#tasks[slot]) continue;
      const task = run.next(slot);
      if (task.kind !== TILE) return;
      this.#tasks[slot] = task;
      pool.send(slot, task, run.input(slot, task, pool.popBuffer()));
    }
  }

  #finished(slot: number, worker: number, { pixels, partial }: ComputedTile): void {
    const { work } = this;
    const tasks = this.#tasks;
    const task = tasks[slot];
    if (!task || work.signal.aborted) return;
    tasks[slot] = null;
    work.run.finishTile(slot, pixels, partial);
    reportLines(work, work.run.pollLines());
    if (isShown(work, task.stage)) reportTile(work, task, worker + 1, pixels);
    else this.pool?.recycle(pixels.buffer);
    reportProgress(work, task.stage);
  }
}
