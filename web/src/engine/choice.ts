// Which engine processes the pictures: the user's preference, and which engines there are.
import { computed, effect, signal, untracked } from '@preact/signals';
import type { Engine, JobListener, JobOptions } from './engine';
import { localEngine } from './local';
import { RemoteEngine } from './remote';

export type Preference = 'auto' | EngineKind;
export type EngineKind = Engine['kind'];

export const preference = signal<Preference>('auto');
const remote = new RemoteEngine();
export const server = remote.connection.state;
export const serverLimits = () => remote.connection.limits;
export const retryServer = () => remote.connection.retry();

// The engine of the next picture. Until the server's state is known, an automatic choice is local.
export const engineKind = computed<EngineKind>(() => {
  if (preference.value !== 'auto') return preference.value;
  return server.value.kind === 'ready' ? 'remote' : 'local';
});

// A preference for this device includes jobs under way: those not done by the server are restarted here.
effect(() => {
  const local =
    preference.value === 'local' || (preference.value === 'auto' && server.peek().kind === 'absent');
  if (local) untracked(() => remote.release());
});

export interface SubmitListener extends JobListener {
  // Called at the start, and again when this device takes over from the server.
  started(engine: EngineKind): void;
  // The server cannot be reached, and the job waits for it.
  waiting?(): void;
}

// Submits to the engine of `engineKind`. When the server is lost, the local engine takes over, unless the user's preference
// is the server.
export function submit(
  file: Blob,
  name: string,
  options: JobOptions,
  listener: SubmitListener,
  signal: AbortSignal,
): void {
  const local: Engine = localEngine;
  listener.started(engineKind.value);
  if (engineKind.value === 'local') {
    local.submit(file, name, options, listener, signal);
    return;
  }
  const lost = () => {
    if (preference.value === 'remote') {
      listener.waiting?.();
      return false;
    }
    listener.started('local');
    local.submit(file, name, options, listener, signal);
    return true;
  };
  remote.submit(file, name, options, Object.assign(listener, { lost }), signal);
}
