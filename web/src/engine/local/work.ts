// One run under way in a coordinator, and the events it reports.
import type { Code, JobOptions, Line, Tile } from '../engine';
import type { JobEvent } from './messages';
import type { Picture } from './picture';
import type { Stage } from './plan';
import type { Meter, Weights } from './progress';
import type { Run } from './run';
import type { Rect, Task } from './task';

export type Emit = (event: JobEvent, transfer?: Transferable[]) => void;

// What a job has from its beginning.
export interface JobContext {
  options: JobOptions;
  meter: Meter;
  emit: Emit;
  signal: AbortSignal;
}

export interface Work extends JobContext {
  run: Run;
  stages: Stage[];
  weights: Weights;
}

// Reads codes: `task`, which is in `slot`, and as many others of the run's `slots` as there are readers.
export type ReadCodes = (slot: number, task: Task, slots: number) => Promise<void>;

export const sum = (weights: Weights) => weights.read + weights.tiles + weights.write;

export function isShown({ stages, options }: Work, stage: number): boolean {
  if (options.want === 'file') return false;
  return stage === stages.length - 1 || (options.preview && stages[stage].channels > 0);
}

// The first `wanted` of `all` channels.
function firstChannels(
  pixels: Uint8Array<ArrayBuffer>,
  all: number,
  wanted: number,
): Uint8Array<ArrayBuffer> {
  if (all === wanted) return pixels;
  const some = new Uint8Array((pixels.length / all) * wanted);
  for (let from = 0, to = 0; to < some.length; from += all, to += wanted)
    for (let c = 0; c < wanted; c++) some[to + c] = pixels[from + c];
  return some;
}

// Transfers the buffer of `all` to the page, or one with the shown channels. `worker` from 1.
export function reportTile(work: Work, task: Task, worker: number, all: Uint8Array<ArrayBuffer>): void {
  const { channels } = work.stages[task.stage];
  const pixels = firstChannels(all, task.outputChannels, channels);
  const tile: Tile = { stage: task.stage, ...task.output, channels, pixels, worker };
  work.emit({ type: 'tile', tile }, [pixels.buffer]);
}

// Reports the whole result in tiles of `side`, after a last stage that computes nothing and so has no tiles.
export function reportPicture(work: Work, picture: Picture, side: number): void {
  const stage = work.stages.length - 1;
  if (!isShown(work, stage)) return;
  const { width, height, channels } = picture.shape;
  for (let y = 0; y < height; y += side) {
    for (let x = 0; x < width; x += side) {
      const rect: Rect = { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
      const pixels = picture.crop(rect);
      work.emit({ type: 'tile', tile: { stage, ...rect, channels, pixels, worker: 1 } }, [pixels.buffer]);
    }
  }
}

export function reportCode({ emit }: Work, code: Code): void {
  emit({ type: 'code', code });
}

export function reportLines({ emit }: Work, lines: Line[] | null): void {
  if (lines) emit({ type: 'lines', lines: { from: 0, total: lines.length, lines } });
}

export function reportProgress({ run, stages, meter, weights }: Work, stage: number, done = run.done): void {
  meter.report(weights.read + (weights.tiles * done) / run.total, sum(weights), stages[stage].steps);
}

// Reports the end. Returns the job's duration in ms.
export function reportEnd({ stages, meter, weights }: Work): number {
  meter.finish(sum(weights), stages[stages.length - 1].steps);
  return meter.ms;
}
