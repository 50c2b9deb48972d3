// One picture on the page and everything known about it. Pixels are kept for at most one item at a time (its
// `surface`); the others hold their results as Blobs, which the browser may keep on disk.
import { signal } from '@preact/signals';
import type { Code, Format, Line, PictureInfo, Shape } from '../engine/engine';
import { Surface } from '../picture/surface';

export type State = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Outcome extends Shape {
  ms: number;
  pipeline: string;
  file: Blob | null; // null: the surface holds the pixels
  format: Format; // of the file
  quality: number;
}

let nextId = 1;

export class Item {
  readonly id = nextId++;
  readonly state = signal<State>('waiting');
  readonly fraction = signal(0); // never falls within a run; 1 only when the result is there
  readonly step = signal('');
  readonly etaMs = signal(-1);
  readonly error = signal('');
  readonly warning = signal('');
  readonly codes = signal<Code[]>([]);
  readonly lines = signal<Line[] | null>(null); // null: nobody has looked for any yet
  readonly picture = signal<PictureInfo | null>(null);
  readonly place = signal<'local' | 'remote'>('local');
  readonly outcome = signal<Outcome | null>(null);
  readonly surface = signal<Surface | null>(null);
  pipeline = ''; // of the present or last run
  abort: AbortController | null = null;
  #restore: (() => void) | null = null; // brings back what belongs to the result that was there before the present run

  constructor(
    readonly file: Blob,
    readonly name: string,
  ) {}

  get busy(): boolean {
    return this.state.value === 'waiting' || this.state.value === 'running';
  }

  // Back to the start, for a new run. The old picture stays on the screen until the new one begins to arrive.
  reset(pipeline: string): void {
    const old = { codes: this.codes.peek(), lines: this.lines.peek(), picture: this.picture.peek() };
    const warning = this.warning.peek();
    this.#restore = () => {
      this.codes.value = old.codes;
      this.lines.value = old.lines;
      this.picture.value = old.picture;
      this.warning.value = warning;
    };
    this.pipeline = pipeline;
    this.state.value = 'waiting';
    this.fraction.value = 0;
    this.step.value = '';
    this.etaMs.value = -1;
    this.error.value = '';
    this.warning.value = '';
    this.codes.value = [];
    this.lines.value = null;
  }

  // The run is given up. A result from before that is still whole stays one, to be seen and saved.
  giveUp(): void {
    const outcome = this.outcome.peek();
    if (!outcome) {
      this.state.value = 'cancelled';
      return;
    }
    this.#restore?.();
    this.pipeline = outcome.pipeline;
    this.fraction.value = 1;
    this.etaMs.value = 0;
    this.state.value = 'done';
  }

  advance(fraction: number): void {
    this.fraction.value = Math.max(this.fraction.value, Math.min(fraction, 0.999));
  }
}

// What a progress bar may say: 100 only when the result is there.
export const percent = (fraction: number) => (fraction >= 1 ? 100 : Math.min(99, Math.floor(fraction * 100)));
