// The pictures on the page and the queue of jobs for them, of which a few are under way at once.
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import { engineKind, server, serverLimits, submit } from '../engine/choice';
import type { JobOptions } from '../engine/engine';
import { prescan } from '../engine/local/prescan';
import { newSecret } from '../engine/remote/job';
import { fileForEngine } from '../input/decode';
import { draft, pipelineText } from '../pipeline/state';
import { format, live, quality } from '../settings';
import { Item } from './item';
import { ItemListener } from './listener';
import { releaseSurfaces } from './result';
import { adoptItems, forgetItems, isStored, storeFile, storeItem, type StoredItem } from './session_store';

export const items = signal<Item[]>([]);
export const selected = signal<Item | null>(null);

const MAX_REMOTE_JOBS = 4;
const MAX_LOCAL_JOBS = 2;
const EDIT_DELAY_MS = 250; // from an edit of the pipeline to the next run

let queue: { item: Item; options: JobOptions }[] = [];
const running = new Set<Item>();

// Items by state.
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

// The items of the current or last batch, whose progress is shown.
const currentBatch = signal<Item[]>([]);
export const batchProgress = computed(() => {
  const list = currentBatch.value;
  let ended = 0;
  let fraction = 0;
  for (const item of list) {
    if (!item.busy) ended++;
    fraction += item.busy ? item.fraction.value : 1;
  }
  return { list, ended, fraction: list.length ? fraction / list.length : 0 };
});

let batchStart = 0;
effect(() => {
  if (busy.value) batchStart = performance.now();
});

// Milliseconds until the batch is done, by its speed so far; -1 when it is too early to say.
export function batchEta(): number {
  const { fraction } = batchProgress.value;
  const elapsed = performance.now() - batchStart;
  return fraction < 0.02 || elapsed < 500 ? -1 : (elapsed / fraction) * (1 - fraction);
}

export function add(files: { file: Blob; name: string }[]): void {
  if (files.length === 0) return;
  const added = files.map(({ file, name }) => new Item(file, name));
  for (const item of added) storeFile(item.key, item.file);
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
  forgetItems([item.key]);
  const index = items.value.indexOf(item);
  items.value = items.value.filter((one) => one !== item);
  currentBatch.value = currentBatch.value.filter((one) => one !== item);
  if (selected.value === item) select(items.value[Math.min(index, items.value.length - 1)] ?? null);
}

export function removeAll(): void {
  for (const item of items.value) cancel(item);
  forgetItems(items.value.map((item) => item.key));
  batch(() => {
    items.value = currentBatch.value = [];
    select(null);
  });
}

// Queues jobs with the present pipeline. One picture is shown tile by tile; several are returned as files.
export function run(list: Item[]): void {
  const single = list.length === 1;
  const pipeline = pipelineText.peek();
  for (const item of list) cancel(item);
  const underWay = queue.length + running.size > 0;
  currentBatch.value = underWay ? [...new Set([...currentBatch.peek(), ...list])] : list;
  for (const item of list) {
    if (item.state.peek() === 'failed' || item.state.peek() === 'cancelled') storeFile(item.key, item.file);
    item.reset(pipeline);
    const options: JobOptions = {
      pipeline,
      want: single ? 'tiles' : 'file',
      preview: single,
      format: format.peek(),
      quality: quality.peek(),
      secret: newSecret(),
    };
    item.options = options;
    store(item);
    if (single) void releaseSurfaces(items.peek(), item);
    queue.push({ item, options });
  }
  startJobs();
}

// Stores what a page that opens later needs: the options of a picture that is to be processed, the result of one that was.
function store(item: Item): void {
  const state = item.state.peek();
  const outcome = item.outcome.peek();
  if (!item.options || state === 'failed' || state === 'cancelled') {
    forgetItems([item.key]);
    return;
  }
  const stored: Omit<StoredItem, 'session' | 'time'> = {
    key: item.key,
    name: item.name,
    options: item.options,
  };
  // The pixels of a picture that was returned tile by tile are not stored: it is processed again.
  if (state === 'done' && outcome?.file)
    stored.result = {
      outcome,
      codes: item.codes.peek(),
      lines: item.lines.peek(),
      warning: item.warning.peek(),
    };
  storeItem(stored);
}

function restore(stored: StoredItem, file: Blob): Item {
  const item = new Item(file, stored.name, stored.key);
  const { options, result } = stored;
  item.options = options;
  item.reset(options.pipeline);
  if (result?.outcome.file) {
    item.outcome.value = result.outcome;
    item.codes.value = result.codes;
    item.lines.value = result.lines;
    item.warning.value = result.warning;
    item.fraction.value = 1;
    item.state.value = 'done';
  } else {
    queue.push({ item, options: { ...options, resume: true } });
  }
  return item;
}

// Continues with the pictures of pages that are gone: a reload, a closed tab. Waits until it is known whether the server,
// which may have computed some of them meanwhile, is there.
void adoptItems().then((adopted) => {
  if (adopted.length === 0) return;
  batch(() => {
    const restored = adopted.map(({ stored, file }) => restore(stored, file));
    items.value = [...restored, ...items.value];
    currentBatch.value = [...restored, ...currentBatch.value];
    if (!selected.value) select(restored[0]);
  });
  const stop = effect(() => {
    if (server.value.kind === 'connecting') return;
    queueMicrotask(() => stop());
    untracked(startJobs);
  });
});

export function cancel(item: Item): void {
  queue = queue.filter((one) => one.item !== item);
  if (item.state.peek() === 'waiting' && !running.has(item)) batch(() => item.cancel());
  item.abort?.abort();
}

export function cancelAll(): void {
  for (const item of items.value) if (item.busy) cancel(item);
}

function startJobs(): void {
  const limit =
    engineKind.peek() === 'local'
      ? MAX_LOCAL_JOBS
      : Math.min(MAX_REMOTE_JOBS, serverLimits()?.jobs ?? MAX_REMOTE_JOBS);
  while (running.size < limit) {
    const next = queue.shift();
    if (!next) return;
    void start(next.item, next.options);
  }
}

async function start(item: Item, options: JobOptions): Promise<void> {
  const abort = new AbortController();
  const scanAbort = new AbortController();
  const finish = (update: () => void) => {
    if (item.abort !== abort) return;
    scanAbort.abort();
    item.abort = null;
    running.delete(item);
    batch(update);
    store(item);
    startJobs();
  };
  running.add(item);
  item.abort = abort;
  item.state.value = 'running';
  item.step.value = 'Starting';
  abort.signal.addEventListener('abort', () => finish(() => item.cancel()), { once: true });
  const listener = new ItemListener(item, options, finish);
  if (engineKind.peek() === 'local')
    prescan(item.file, options, (code) => listener.code(code), scanAbort.signal);
  try {
    const file = await fileForEngine(item.file, item.name);
    if (abort.signal.aborted) return;
    submit(file, item.name, options, listener, abort.signal);
  } catch (reason) {
    finish(() => item.fail(reason instanceof Error ? reason.message : String(reason)));
  }
}

// A single picture is processed again when the pipeline is edited.
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
    }, EDIT_DELAY_MS);
  });
});

// While jobs under way would be lost, the browser asks before the page is left.
effect(() => {
  if (!busy.value || isStored.value) return;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
});
