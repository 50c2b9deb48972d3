// The progress of a job: reading, tiles and writing, weighted by the time that each is expected to take.
import type { Progress } from '../engine';

const INTERVAL_MS = 50;

// Measured ns per pixel in one worker.
const DECODE_COST = 18;
const ENCODE_COST = { png: 70, jpeg: 36 };

export interface Weights {
  read: number;
  tiles: number;
  write: number;
}

// `source` and `result` in pixels; `tiles`: the run's total in ns of one worker, which all workers share. `format` null: no
// file is written.
export function weigh(
  source: number,
  tiles: number,
  result: number,
  format: 'png' | 'jpeg' | null,
  workers: number,
): Weights {
  return {
    read: source * DECODE_COST,
    tiles: tiles / workers,
    write: format ? result * ENCODE_COST[format] : 0,
  };
}

export class Meter {
  readonly #start = performance.now();
  #lastReport = -INTERVAL_MS;
  #fraction = 0; // the highest so far

  constructor(private readonly emit: (progress: Progress) => void) {}

  get ms(): number {
    return performance.now() - this.#start;
  }

  // Reports at most every INTERVAL_MS, unless `now`. The fraction never falls, and reaches 1 only in `finish`.
  report(done: number, total: number, step: string, now = false): void {
    const { ms } = this;
    const fraction = total > 0 ? Math.min(done / total, 0.999) : 0;
    this.#fraction = Math.max(this.#fraction, fraction);
    if (!now && ms - this.#lastReport < INTERVAL_MS) return;
    this.#lastReport = ms;
    const etaMs = this.#fraction > 0.01 ? (ms * (1 - this.#fraction)) / this.#fraction : -1;
    this.emit({ done: this.#fraction * total, total, step, etaMs });
  }

  finish(total: number, step: string): void {
    this.emit({ done: total, total, step, etaMs: 0 });
  }
}
