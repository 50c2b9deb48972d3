// The results of items: whether they match the present settings, and their files.
import { batch, untracked } from '@preact/signals';
import { submit } from '../engine/choice';
import type { JobOptions } from '../engine/engine';
import { codec } from '../engine/local';
import { fileForEngine } from '../input/decode';
import { pipelineText } from '../pipeline/state';
import { format, quality } from '../settings';
import type { Item, Outcome } from './item';

// Whether the result was made by another pipeline, or for other output settings.
export function isStale(item: Item): boolean {
  const outcome = item.outcome.value;
  if (item.busy) return false;
  if (!outcome) return item.pipeline !== pipelineText.value;
  if (outcome.pipeline !== pipelineText.value) return true;
  return outcome.file !== null && !matchesSettings(outcome);
}

// Whether the file has the format and quality of the settings.
function matchesSettings(outcome: Outcome): boolean {
  return outcome.format === format.value && (format.value === 'png' || outcome.quality === quality.value);
}

// Frees the pixels of every item but `current`; their results become files.
export async function releaseSurfaces(items: Item[], current: Item): Promise<void> {
  for (const item of items) {
    if (item === current || !item.surface.peek()) continue;
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

// The result as a file in the format of the settings. An engine processes the picture again if the page has no pixels.
export async function resultFile(item: Item): Promise<Blob> {
  const outcome = item.outcome.peek();
  if (!outcome) throw new Error(`${item.name} has no result yet.`);
  if (outcome.file && untracked(() => matchesSettings(outcome))) return outcome.file;
  const encoded = await encode(item);
  if (encoded) return encoded;
  return await processAgain(item, outcome.pipeline);
}

async function processAgain(item: Item, pipeline: string): Promise<Blob> {
  const file = await fileForEngine(item.file, item.name);
  const options: JobOptions = {
    ...{ pipeline, want: 'file', preview: false },
    format: format.peek(),
    quality: quality.peek(),
  };
  return await new Promise((resolve, reject) => {
    const listener = {
      started() {},
      done: (result: { file: Blob | null }) =>
        result.file ? resolve(result.file) : reject(new Error('The result came without a file.')),
      failed: (error: string) => reject(new Error(error)),
      cancelled: () => reject(new Error('The work was cancelled.')),
    };
    submit(file, item.name, options, listener, new AbortController().signal);
  });
}
