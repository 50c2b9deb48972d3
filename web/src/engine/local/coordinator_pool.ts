// A fixed number of coordinators and a queue of jobs for them, so that memory is bounded however many jobs there are.
import { CoordinatorProxy, type ProxyListener } from './coordinator_proxy';
import type { CoordinatorWorker, ToCoordinator } from './messages';

export interface Job {
  make: (job: number) => ToCoordinator; // its message; `job` is the number it gets
  listener: ProxyListener;
  signal?: AbortSignal;
}

function spawn(): CoordinatorWorker {
  return new Worker(new URL('./coordinator.worker.ts', import.meta.url), { type: 'module' });
}

export class CoordinatorPool {
  #queue: Job[] = [];
  readonly #proxies: CoordinatorProxy[];

  constructor(size: number) {
    this.#proxies = Array.from({ length: size }, () => new CoordinatorProxy(spawn, () => this.#startNext()));
  }

  push(job: Job): void {
    if (job.signal?.aborted) return job.listener.end({ type: 'cancelled' });
    job.signal?.addEventListener('abort', () => this.#cancel(job), { once: true });
    this.#queue.push(job);
    this.#startNext();
  }

  #cancel(job: Job): void {
    const index = this.#queue.indexOf(job);
    if (index < 0) return; // a coordinator has it
    this.#queue.splice(index, 1);
    job.listener.end({ type: 'cancelled' });
  }

  #startNext(): void {
    for (;;) {
      const proxy = this.#proxies.find((candidate) => !candidate.busy);
      const next = proxy && this.#queue.shift();
      if (!proxy || !next) return;
      proxy.start(next.make, next.listener, next.signal);
    }
  }
}
