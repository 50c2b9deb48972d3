// Which engine does the work: the user's wish, and what is there.
import { computed, effect, signal, untracked } from '@preact/signals';
import type { Engine, JobListener, JobOptions } from './engine';
import { localEngine } from './local';
import { RemoteEngine } from './remote';

export type Wish = 'auto' | 'local' | 'remote';

export const wish = signal<Wish>('auto');
const remote = new RemoteEngine();
export const server = remote.connection.state;
export const serverLimits = () => remote.connection.limits;
export const retryServer = () => remote.connection.retry();

// Where the next picture goes. While the server is not known yet, an automatic choice waits for nobody.
export const place = computed<'local' | 'remote'>(() => {
  if (wish.value !== 'auto') return wish.value;
  return server.value.kind === 'ready' ? 'remote' : 'local';
});

// Who chooses this device means the pictures under way as well: what the server still has to do is done here.
effect(() => {
  const here = wish.value === 'local' || (wish.value === 'auto' && server.peek().kind === 'absent');
  if (here) untracked(() => remote.release());
});

export interface PlacedListener extends JobListener {
  // Told at the start, and again when this device takes over.
  placed(place: 'local' | 'remote'): void;
  // Told when the server is not there and the job waits for it.
  held?(): void;
}

// An engine that goes where `place` says, and here when the server gets lost on the way, unless the user insists on it.
export function submit(
  file: Blob,
  name: string,
  options: JobOptions,
  listener: PlacedListener,
  signal: AbortSignal,
): void {
  const here: Engine = localEngine;
  listener.placed(place.value);
  if (place.value === 'local') {
    here.submit(file, name, options, listener, signal);
    return;
  }
  const lost = () => {
    if (wish.value === 'remote') {
      listener.held?.();
      return false;
    }
    listener.placed('local');
    here.submit(file, name, options, listener, signal);
    return true;
  };
  remote.submit(file, name, options, Object.assign(listener, { lost }), signal);
}
