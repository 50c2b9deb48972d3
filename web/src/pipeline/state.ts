// The pipeline on the page. It is stored by this browser, and in the URL, so that it can be shared.
import { computed, effect, signal } from '@preact/signals';
import { readStored, writeStored } from '../storage';
import type { Operation } from './catalogue';
import { newStep, parsePipeline, printPipeline, type Step } from './text';

const KEY = 'tilecast.pipeline';
const DEFAULT = 'gaussian_blur | canny';

export const steps = signal<Step[]>([]);
// The typed text if it does not parse; `steps` is unchanged then.
export const draft = signal<{ text: string; error: string } | null>(null);
export const pipelineText = computed(() => printPipeline(steps.value));

function initialText(): string {
  const hash = new URLSearchParams(location.hash.slice(1)).get('p');
  return hash ?? readStored(KEY) ?? DEFAULT;
}

export function setText(text: string): void {
  const parsed = parsePipeline(text);
  if ('error' in parsed) {
    draft.value = { text, error: parsed.error };
    return;
  }
  draft.value = null;
  steps.value = parsed.steps;
}

const hashOf = (text: string) => `#${new URLSearchParams({ p: text }).toString()}`;
export const shareLink = () => new URL(hashOf(pipelineText.value), location.href).href;

setText(initialText());
addEventListener('hashchange', () => {
  const text = initialText();
  if (text !== pipelineText.value) setText(text);
});
effect(() => {
  writeStored(KEY, pipelineText.value);
  // A pipeline that does not parse stays in the URL until the user changes it.
  if (!draft.value) history.replaceState(null, '', hashOf(pipelineText.value));
});

export function addStep(operation: Operation): void {
  draft.value = null;
  steps.value = [...steps.value, newStep(operation)];
}

export function removeStep(id: number): void {
  draft.value = null;
  steps.value = steps.value.filter((step) => step.id !== id);
}

export function moveStep(id: number, to: number): void {
  const from = steps.value.findIndex((step) => step.id === id);
  const target = Math.max(0, Math.min(steps.value.length - 1, to));
  if (from < 0 || from === target) return;
  const list = [...steps.value];
  const [step] = list.splice(from, 1);
  list.splice(target, 0, step);
  draft.value = null;
  steps.value = list;
}

export function setValue(id: number, name: string, value: string): void {
  draft.value = null;
  steps.value = steps.value.map((step) =>
    step.id === id ? { ...step, values: { ...step.values, [name]: value } } : step,
  );
}

export interface Preset {
  title: string;
  text: string;
}

const PRESETS: Preset[] = [
  { title: 'Edges', text: DEFAULT },
  { title: 'Read codes', text: 'read_codes draw=no' },
  { title: 'Ink on paper', text: 'gaussian_blur | canny low=80 high=170 | invert' },
  { title: 'Document', text: 'grayscale | brightness_contrast contrast=1.6 brightness=-20 | sharpen' },
  { title: 'Even light', text: 'equalize' },
  { title: 'Half size', text: 'resize scale=0.5 | sharpen' },
];

// The text as printPipeline writes it; null when it does not parse.
export function normalText(text: string): string | null {
  const parsed = parsePipeline(text);
  return 'error' in parsed ? null : printPipeline(parsed.steps);
}

// Those whose operations this build has.
export const presets = PRESETS.flatMap(({ title, text }) => {
  const normal = normalText(text);
  return normal === null ? [] : [{ title, text: normal }];
});
