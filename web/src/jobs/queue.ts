// The pictures on the page and the work on them: a few jobs under way at once, however many pictures wait.
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import type { JobListener, JobOptions, Lines } from '../engine/engine';
import { place, serverLimits, submit } from '../engine/choice';
import { inReadingOrder } from '../codes/order';
import { withCode } from '../codes/early';
import { codec } from '../engine/local';
import { glance } from '../engine/local/glance';
import { browserDecode, readerOf } from '../input/decode';
import { Surface } from '../picture/surface';
import { findOperation } from '../pipeline/catalogue';
import { draft, pipelineText } from '../pipeline/state';
import { format, live, quality } from '../settings';
import { Item, type Outcome } from './item';

export const items = signal<Item[]>([]);
export const selected = signal<Item | null>(null);

const REMOTE_JOBS = 4;
const LOCAL_JOBS = 2;
// The upload's part of a remote job's progress.
const UPLOAD_PART = 0.15;

let waiting: { item: Item; options: JobOptions }[] = [];
const running = new Set<Item>();

export const counts = computed(() => {
  const all = {
    waiting: 0,
    running: 0,
    done: 0,
    failed: 0,
    cancelled: 0,
    total: items.value.length,
  };
  for (const item of items.value) all[item.state.value]++;
  return all;
});
export const busy = computed(() => counts.value.waiting + counts.value.running > 0);

// The pictures that the work under way is about, or the last work was; others are no part of its progress.
const round = signal<Item[]>([]);
export const work = computed(() => {
  const list = round.value;
  let over = 0;
  let fraction = 0;
  for (const item of list) {
    if (!item.busy) over++;
    fraction += item.busy ? item.fraction.value : 1;
  }
  return { list, over, fraction: list.length ? fraction / list.length : 0 };
});

let began = 0;
effect(() => {
  if (busy.value) began = performance.now();
});

// Milliseconds that the rest of the work will take, by the pace so far; -1 when it is too early to say.
export function workEta(): number {
  const { fraction } = work.value;
  const spent = performance.now() - began;
  return fraction < 0.02 || spent < 500 ? -1 : (spent / fraction) * (1 - fraction);
}

// A result that an older pipeline, or other output settings, made.
export function isStale(item: Item): boolean {
  const outcome = item.outcome.value;
  if (item.busy) return false;
  if (!outcome) return item.pipeline !== pipelineText.value;
  if (outcome.pipeline !== pipelineText.value) return true;
  return outcome.file !== null && !asSet(outcome);
}

// Whether the result's file is in the format and quality that are set.
function asSet(outcome: Outcome): boolean {
  return outcome.format === format.value && (format.value === 'png' || outcome.quality === quality.value);
}

export function add(files: { file: Blob; name: string }[]): void {
  if (files.length === 0) return;
  const added = files.map(({ file, name }) => new Item(file, name));
  batch(() => {
    items.value = [...items.value, ...added];
    select(added[0]);
  });
  run(added);
}

export function select(item: Item | null): void {
  selected.value = item;
}

export function remove(item: Item): void {
  cancel(item);
  const index = items.value.indexOf(item);
  items.value = items.value.filter((one) => one !== item);
  round.value = round.value.filter((one) => one !== item);
  if (selected.value === item) select(items.value[Math.min(index, items.value.length - 1)] ?? null);
}

export function removeAll(): void {
  for (const item of items.value) cancel(item);
  batch(() => {
    items.value = round.value = [];
    select(null);
  });
}

// Starts the work with the pipeline as it stands. One picture is shown tile by tile, many come as files.
export function run(list: Item[]): void {
  const single = list.length === 1;
  const pipeline = pipelineText.peek();
  for (const item of list) cancel(item);
  const more = waiting.length + running.size > 0;
  round.value = more ? [...new Set([...round.peek(), ...list])] : list;
  for (const item of list) {
    item.reset(pipeline);
    const options: JobOptions = {
      pipeline,
      want: single ? 'tiles' : 'file',
      preview: single,
      format: format.peek(),
      quality: quality.peek(),
    };
    if (single) void settleOthers(item);
    waiting.push({ item, options });
  }
  pump();
}

export function cancel(item: Item): void {
  waiting = waiting.filter((one) => one.item !== item);
  if (item.state.peek() === 'waiting' && !running.has(item)) batch(() => item.giveUp());
  item.abort?.abort();
}

export function cancelAll(): void {
  for (const item of items.value) if (item.busy) cancel(item);
}

function pump(): void {
  const limit =
    place.peek() === 'local' ? LOCAL_JOBS : Math.min(REMOTE_JOBS, serverLimits()?.jobs ?? REMOTE_JOBS);
  while (running.size < limit) {
    const next = waiting.shift();
    if (!next) return;
    void start(next.item, next.options);
  }
}

async function start(item: Item, options: JobOptions): Promise<void> {
  const abort = new AbortController();
  const early = new AbortController();
  const over = (tell: () => void) => {
    if (item.abort !== abort) return;
    early.abort();
    item.abort = null;
    running.delete(item);
    batch(tell);
    pump();
  };
  running.add(item);
  item.abort = abort;
  item.state.value = 'running';
  item.step.value = 'Starting';
  abort.signal.addEventListener('abort', () => over(() => item.giveUp()), { once: true });
  const listener = new Listener(item, options, over);
  if (place.peek() === 'local') glance(item.file, options, (code) => listener.code(code), early.signal);
  try {
    const browserOnly = (await readerOf(item.file)) === 'browser';
    const file = browserOnly ? await browserDecode(item.file, item.name) : item.file;
    if (abort.signal.aborted) return;
    submit(file, item.name, options, listener, abort.signal);
  } catch (reason) {
    over(() => fail(item, reason instanceof Error ? reason.message : String(reason)));
  }
}

// Engines name what they do as the pipeline does: `decode`, `gaussian_blur, canny`.
function stepWords(step: string): string {
  const own: Record<string, string> = { decode: 'Reading the picture', encode: 'Writing the file' };
  return step
    .split(', ')
    .map((name) => own[name] ?? findOperation(name)?.title ?? name)
    .join(', ');
}

function fail(item: Item, error: string): void {
  item.error.value = error;
  item.outcome.value = null;
  item.surface.value = null;
  item.state.value = 'failed';
}

class Listener implements JobListener {
  #surface: Surface | null = null;
  #base = 0;

  constructor(
    private readonly item: Item,
    private readonly options: JobOptions,
    private readonly over: (tell: () => void) => void,
  ) {}

  placed(where: 'local' | 'remote'): void {
    this.item.place.value = where;
    this.item.step.value = where === 'remote' ? 'Sending' : 'Reading the picture';
    this.item.etaMs.value = -1;
    this.#base = where === 'remote' ? UPLOAD_PART : 0;
  }

  held(): void {
    this.item.step.value = 'Waiting for the server';
    this.item.etaMs.value = -1;
  }

  uploaded(bytes: number, total: number): void {
    if (this.#base > 0 && total > 0) this.item.advance((bytes / total) * this.#base);
    this.item.step.value = bytes === total ? 'Waiting for the first tile' : 'Sending';
  }

  picture(info: Surface['info']): void {
    this.item.picture.value = info;
    if (this.options.want === 'file') return;
    this.#surface = new Surface(info);
  }

  progress(progress: { done: number; total: number; step: string; etaMs: number }): void {
    const part = progress.total > 0 ? progress.done / progress.total : 0;
    batch(() => {
      this.item.advance(this.#base + part * (1 - this.#base));
      this.item.step.value = stepWords(progress.step);
      this.item.etaMs.value = progress.etaMs;
    });
  }

  tile(tile: Parameters<Surface['draw']>[0]): void {
    this.#surface?.draw(tile);
    // The picture of the run before stays until there is something to show.
    if (this.item.surface.peek() !== this.#surface) {
      this.item.surface.value = this.#surface;
      this.item.outcome.value = null;
    }
  }

  code(code: Item['codes']['value'][number]): void {
    this.item.codes.value = withCode(this.item.codes.value, code);
  }

  lines(part: Lines): void {
    this.item.lines.value = [...(this.item.lines.value ?? []), ...part.lines];
  }

  done(result: {
    width: number;
    height: number;
    channels: number;
    file: Blob | null;
    ms: number;
    warning: string;
  }): void {
    this.over(() => {
      const { item, options } = this;
      const { width, height, channels, file, ms } = result;
      this.#surface?.end();
      item.surface.value = this.#surface;
      item.outcome.value = {
        ...{ width, height, channels, ms, file },
        pipeline: options.pipeline,
        format: options.format,
        quality: options.quality,
      };
      item.codes.value = inReadingOrder(item.codes.value);
      item.warning.value = result.warning;
      item.etaMs.value = 0;
      item.fraction.value = 1;
      item.state.value = 'done';
    });
  }

  failed(error: string): void {
    this.over(() => fail(this.item, error));
  }

  cancelled(): void {
    this.over(() => this.item.giveUp());
  }
}

// Gives back the pixels of every other picture, keeping the result as a file.
async function settleOthers(keep: Item): Promise<void> {
  for (const item of items.peek()) {
    if (item === keep || !item.surface.peek()) continue;
    const outcome = item.outcome.peek();
    const file = outcome && !outcome.file ? await encode(item).catch(() => null) : null;
    batch(() => {
      if (item.busy) return;
      if (outcome && file)
        item.outcome.value = { ...outcome, file, format: format.peek(), quality: quality.peek() };
      if (file || outcome?.file || !outcome) item.surface.value = null;
    });
  }
}

async function encode(item: Item): Promise<Blob | null> {
  const surface = item.surface.peek();
  if (!surface?.pixels) return null;
  const { width, height, channels } = surface.shape;
  return await codec.encode(
    { width, height, channels, pixels: surface.pixels },
    format.peek(),
    quality.peek(),
  );
}

// The result as a file in the format that is set; made again by the engine when the page holds no pixels.
export async function resultFile(item: Item): Promise<Blob> {
  const outcome = item.outcome.peek();
  if (!outcome) throw new Error(`${item.name} has no result yet.`);
  if (outcome.file && untracked(() => asSet(outcome))) return outcome.file;
  const encoded = await encode(item);
  if (encoded) return encoded;
  return await remake(item, outcome.pipeline);
}

async function remake(item: Item, pipeline: string): Promise<Blob> {
  const file =
    (await readerOf(item.file)) === 'browser' ? await browserDecode(item.file, item.name) : item.file;
  const options: JobOptions = {
    ...{ pipeline, want: 'file', preview: false },
    format: format.peek(),
    quality: quality.peek(),
  };
  return await new Promise((resolve, reject) => {
    const listener = {
      placed() {},
      done: (result: { file: Blob | null }) =>
        result.file ? resolve(result.file) : reject(new Error('The result came without a file.')),
      failed: (error: string) => reject(new Error(error)),
      cancelled: () => reject(new Error('The work was given up.')),
    };
    submit(file, item.name, options, listener, new AbortController().signal);
  });
}

// A single picture follows the pipeline as it is edited.
let timer = 0;
effect(() => {
  const text = pipelineText.value;
  if (draft.value) return;
  untracked(() => {
    clearTimeout(timer);
    const item = selected.peek();
    if (!live.peek() || !item || item.pipeline === text || items.peek().length > 1) return;
    timer = window.setTimeout(() => {
      if (items.peek().includes(item) && item.pipeline !== pipelineText.peek()) run([item]);
    }, 250);
  });
});

// Leaving the page would throw away the work under way: the browser asks first.
effect(() => {
  if (!busy.value) return;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
});
