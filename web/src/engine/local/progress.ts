// The progress of a job as the page shows it: reading, tiles and writing, weighted by what each is expected to take.
import type { Progress } from '../engine';

const INTERVAL_MS = 50;

// Measured ns per pixel of a picture, in one worker.
const DECODE_COST = 18;
const ENCODE_COST = { png: 70, jpeg: 36 };

export interface Weights {
  read: number;
  tiles: number;
  write: number;
}

// `tiles`: the run's total, in ns of one worker; reading and writing have only one.
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
  private readonly began = performance.now();
  private told = -INTERVAL_MS;
  private best = 0;

  constructor(private readonly tell: (progress: Progress) => void) {}

  get ms(): number {
    return performance.now() - this.began;
  }

  // Tells at most every INTERVAL_MS, unless `now`. What is told never falls, and is all only in `finish`.
  at(done: number, total: number, step: string, now = false): void {
    const { ms } = this;
    const fraction = total > 0 ? Math.min(done / total, 0.999) : 0;
    this.best = Math.max(this.best, fraction);
    if (!now && ms - this.told < INTERVAL_MS) return;
    this.told = ms;
    const etaMs = this.best > 0.01 ? (ms * (1 - this.best)) / this.best : -1;
    this.tell({ done: this.best * total, total, step, etaMs });
  }

  finish(total: number, step: string): void {
    this.tell({ done: total, total, step, etaMs: 0 });
  }
}
