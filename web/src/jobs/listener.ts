// Applies the events of a job to its item.
import { batch } from '@preact/signals';
import { mergeCode } from '../codes/merge';
import { inReadingOrder } from '../codes/order';
import type { EngineKind, SubmitListener } from '../engine/choice';
import type { Code, JobOptions, Lines, PictureInfo, Progress, Result, Tile } from '../engine/engine';
import { Surface } from '../picture/surface';
import { findOperation } from '../pipeline/catalogue';
import type { Item } from './item';

const UPLOAD_FRACTION = 0.15; // of a remote job's progress

// The decoders of the server and of the page round differently.
const MOVED =
  'Processed on this device, since the server was lost: pixels may differ slightly from those of the server.';

// Engines name steps as the pipeline does: `decode`, `gaussian_blur, canny`.
function stepText(step: string): string {
  const own: Record<string, string> = { decode: 'Reading the picture', encode: 'Writing the file' };
  return step
    .split(', ')
    .map((name) => own[name] ?? findOperation(name)?.title ?? name)
    .join(', ');
}

export class ItemListener implements SubmitListener {
  #surface: Surface | null = null;
  #uploadFraction = 0;
  #engine: EngineKind | null = null;
  #moved = false; // from the server to this device

  // `finish` ends the job and then calls its argument, unless the job has been replaced by another one.
  constructor(
    private readonly item: Item,
    private readonly options: JobOptions,
    private readonly finish: (update: () => void) => void,
  ) {}

  started(engine: EngineKind): void {
    this.#moved = engine === 'local' && this.#engine === 'remote';
    this.#engine = engine;
    this.item.engine.value = engine;
    this.item.step.value = engine === 'remote' ? 'Sending' : 'Reading the picture';
    this.item.etaMs.value = -1;
    this.#uploadFraction = engine === 'remote' ? UPLOAD_FRACTION : 0;
  }

  waiting(): void {
    this.item.step.value = 'Waiting for the server';
    this.item.etaMs.value = -1;
  }

  uploaded(bytes: number, total: number): void {
    if (this.#uploadFraction > 0 && total > 0) this.item.advance((bytes / total) * this.#uploadFraction);
    this.item.step.value = bytes === total ? 'Waiting for the first tile' : 'Sending';
  }

  picture(info: PictureInfo): void {
    this.item.picture.value = info;
    if (this.options.want === 'file') return;
    this.#surface = new Surface(info);
  }

  progress(progress: Progress): void {
    const part = progress.total > 0 ? progress.done / progress.total : 0;
    batch(() => {
      this.item.advance(this.#uploadFraction + part * (1 - this.#uploadFraction));
      this.item.step.value = stepText(progress.step);
      this.item.etaMs.value = progress.etaMs;
    });
  }

  tile(tile: Tile): void {
    this.#surface?.draw(tile);
    // The picture of the run before stays until there is a tile to show.
    if (this.item.surface.peek() !== this.#surface) {
      this.item.surface.value = this.#surface;
      this.item.outcome.value = null;
    }
  }

  code(code: Code): void {
    this.item.codes.value = mergeCode(this.item.codes.value, code);
  }

  lines(part: Lines): void {
    this.item.lines.value = [...(this.item.lines.value ?? []), ...part.lines];
  }

  done({ width, height, channels, file, ms, warning }: Result): void {
    this.finish(() => {
      const { item, options } = this;
      this.#surface?.end();
      item.surface.value = this.#surface;
      item.outcome.value = {
        ...{ width, height, channels, ms, file },
        pipeline: options.pipeline,
        format: options.format,
        quality: options.quality,
      };
      item.codes.value = inReadingOrder(item.codes.value);
      item.warning.value = this.#moved ? `${MOVED}${warning && ` ${warning}`}` : warning;
      item.etaMs.value = 0;
      item.fraction.value = 1;
      item.state.value = 'done';
    });
  }

  failed(error: string): void {
    this.finish(() => this.item.fail(error));
  }

  cancelled(): void {
    this.finish(() => this.item.cancel());
  }
}
