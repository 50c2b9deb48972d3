// The user's settings, stored by this browser.
import { effect, signal, type Signal } from '@preact/signals';
import type { Format } from './engine/engine';
import { preference, type Preference } from './engine/choice';
import { readStored, writeStored } from './storage';

export type Theme = 'auto' | 'light' | 'dark';

export const format = signal<Format>('png');
export const quality = signal(90);
export const theme = signal<Theme>('auto');
export const live = signal(true); // process again as the pipeline changes

const KEY = 'tilecast.settings';

function restore<T>(target: Signal<T>, value: unknown, allowed: (value: unknown) => boolean): void {
  if (allowed(value)) target.value = value as T;
}

const oneOf =
  (...names: string[]) =>
  (value: unknown) =>
    typeof value === 'string' && names.includes(value);

function load(): Record<string, unknown> {
  try {
    return (JSON.parse(readStored(KEY) ?? '{}') as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

const saved = load();
restore(format, saved.format, oneOf('png', 'jpeg'));
restore(
  quality,
  saved.quality,
  (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100,
);
restore(theme, saved.theme, oneOf('auto', 'light', 'dark'));
restore(live, saved.live, (value) => typeof value === 'boolean');
restore<Preference>(preference, saved.engine, oneOf('auto', 'local', 'remote'));

effect(() => {
  const now = {
    format: format.value,
    quality: quality.value,
    theme: theme.value,
    live: live.value,
    engine: preference.value,
  };
  writeStored(KEY, JSON.stringify(now));
});

const dark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(dark.matches);
dark.addEventListener('change', () => (systemDark.value = dark.matches));
effect(() => {
  const isDark = theme.value === 'dark' || (theme.value === 'auto' && systemDark.value);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', isDark ? '#0d1017' : '#f3f5f9');
});
