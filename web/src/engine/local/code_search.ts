// The codes tasks of a run: regions read by several workers at once, and codes reported as they are read.
import type { ReaderPool } from './reader_pool';
import { CODES, type Task } from './task';
import { reportCode, reportProgress, type Work } from './work';

class CodeSearch {
  readonly #controller = new AbortController(); // when one region fails, the others are given up
  readonly #pending = new Map<number, Promise<number>>(); // regions being read, by reader

  // Reader i reads the region in slot (slot + i) % slots.
  constructor(
    private readonly work: Work,
    private readonly readers: ReaderPool,
    private readonly slot: number,
    private readonly slots: number,
  ) {}

  // Reads `task`, and others until the run has no further region, or none before these are done.
  async read(task: Task): Promise<void> {
    const { readers } = this;
    const controller = this.#controller;
    const pending = this.#pending;
    const { signal } = this.work;
    const abort = () => controller.abort();
    signal.addEventListener('abort', abort);
    try {
      this.#start(0, task);
      for (let reader = 1; reader < Math.min(readers.size, this.slots); reader++)
        if (!this.#startNext(reader)) break;
      for (;;) {
        const reader = await Promise.race(pending.values());
        pending.delete(reader);
        if (pending.size === 0) return;
        this.#startNext(reader);
      }
    } finally {
      signal.removeEventListener('abort', abort);
      abort();
      await Promise.all([...pending.values()].map((region) => region.catch(() => {})));
    }
  }

  #slotOf(reader: number): number {
    return (this.slot + reader) % this.slots;
  }

  #startNext(reader: number): boolean {
    const next = this.work.run.next(this.#slotOf(reader));
    if (next.kind !== CODES) return false;
    this.#start(reader, next);
    return true;
  }

  #start(reader: number, region: Task): void {
    this.#pending.set(reader, this.#readRegion(reader, region));
  }

  async #readRegion(reader: number, region: Task): Promise<number> {
    const { work } = this;
    const { run } = work;
    const slot = this.#slotOf(reader);
    const { width, height } = region.input;
    const [symbologies, part] = [run.symbologies(slot), run.isPart(slot)];
    const pixels = run.input(slot, region);
    const picture = { width, height, channels: region.inputChannels, pixels, symbologies, part };
    const found = (codes: Uint8Array) => {
      for (const code of run.addCodes(slot, codes)) reportCode(work, code);
    };
    await this.readers.read(reader, picture, found, this.#controller.signal);
    run.finishCodes(slot);
    reportProgress(work, region.stage);
    return reader;
  }
}

export async function readCodes(
  work: Work,
  readers: ReaderPool,
  slot: number,
  task: Task,
  slots: number,
): Promise<void> {
  await new CodeSearch(work, readers, slot, slots).read(task);
}
