// Which engine does the work: the user's wish, and what is there.
import { computed, signal } from '@preact/signals';
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

export interface PlacedListener extends JobListener {
  // Told at the start, and again when the server is lost and this device takes over.
  placed(place: 'local' | 'remote'): void;
}

// An engine that goes where `place` says, and here when the server gets lost on the way and the user lets us choose.
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
    if (wish.value !== 'auto') return false;
    listener.placed('local');
    here.submit(file, name, options, listener, signal);
    return true;
  };
  remote.submit(file, name, options, Object.assign(listener, { lost }), signal);
}
