// One picture on the page and its state. At most one item holds pixels, in its `surface`; the others have their results as
// Blobs, which the browser may store on disk.
import { signal } from '@preact/signals';
import type { EngineKind } from '../engine/choice';
import type { Code, Format, JobOptions, Line, PictureInfo, Shape } from '../engine/engine';
import type { Surface } from '../picture/surface';

export type State = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Outcome extends Shape {
  ms: number;
  pipeline: string;
  file: Blob | null; // null: the surface has the pixels
  format: Format; // of the file
  quality: number;
}

let nextId = 1;
let nextKey = Date.now() * 1000; // later than those of other pages

export class Item {
  readonly id = nextId++;
  readonly state = signal<State>('waiting');
  readonly fraction = signal(0); // never falls within a run; 1 only when the result is complete
  readonly step = signal('');
  readonly etaMs = signal(-1);
  readonly error = signal('');
  readonly warning = signal('');
  readonly codes = signal<Code[]>([]);
  readonly lines = signal<Line[] | null>(null); // null: not searched for
  readonly picture = signal<PictureInfo | null>(null);
  readonly engine = signal<EngineKind>('local');
  readonly outcome = signal<Outcome | null>(null);
  readonly surface = signal<Surface | null>(null);
  pipeline = ''; // of the current or last run
  abort: AbortController | null = null;
  options: JobOptions | null = null; // of the current or last run
  #restore: (() => void) | null = null; // restores what belongs to the outcome before the current run

  constructor(
    readonly file: Blob,
    readonly name: string,
    readonly key = nextKey++, // in the browser's database
  ) {}

  get busy(): boolean {
    return this.state.value === 'waiting' || this.state.value === 'running';
  }

  // For a new run. The old picture stays on the screen until the first tile of the new one.
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

  // Ends the run. An earlier outcome that is still complete is restored.
  cancel(): void {
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

  fail(error: string): void {
    this.error.value = error;
    this.outcome.value = null;
    this.surface.value = null;
    this.state.value = 'failed';
  }

  advance(fraction: number): void {
    this.fraction.value = Math.max(this.fraction.value, Math.min(fraction, 0.999));
  }
}

// For a progress bar: 100 only when the result is complete.
export const percent = (fraction: number) => (fraction >= 1 ? 100 : Math.min(99, Math.floor(fraction * 100)));
