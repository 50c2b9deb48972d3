// The page's end of one coordinator: a worker that is started with its first job, and terminated after a crash, when it
// has grown large, when it does not stop in time after a cancellation, and when it has been idle for a while.
import {
  type CoordinatorWorker,
  type FromCoordinator,
  type JobEnd,
  type JobEvent,
  type ToCoordinator,
  workerError,
} from './messages';

const CANCEL_TIMEOUT_MS = 300;
const IDLE_TIMEOUT_MS = 30_000;

export interface ProxyListener {
  event?(event: JobEvent): void;
  end(end: JobEnd): void;
}

let lastJob = 0;

export class CoordinatorProxy {
  #worker: CoordinatorWorker | null = null;
  #job = 0;
  #listener: ProxyListener | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined; // terminates the worker, busy or idle

  // `released` is called when the proxy can take another job.
  constructor(
    private readonly spawn: () => CoordinatorWorker,
    private readonly released: () => void,
  ) {}

  get busy(): boolean {
    return this.#job !== 0;
  }

  // Starts a job while the proxy is not busy. An abort of `signal` ends it at once for the listener.
  start(make: (job: number) => ToCoordinator, listener: ProxyListener, signal?: AbortSignal): void {
    const job = (this.#job = ++lastJob);
    this.#listener = listener;
    clearTimeout(this.#timer);
    this.#worker ??= this.#open();
    signal?.addEventListener('abort', () => this.#cancel(job), { once: true });
    this.#worker.postMessage(make(job));
  }

  #cancel(job: number): void {
    if (this.#job !== job || !this.#listener) return;
    const listener = this.#listener;
    this.#listener = null;
    this.#worker?.postMessage({ type: 'cancel', job });
    // It may be decoding, encoding or reading codes, which cannot be interrupted.
    this.#timer = setTimeout(() => this.#release(true), CANCEL_TIMEOUT_MS);
    listener.end({ type: 'cancelled' });
  }

  #open(): CoordinatorWorker {
    const worker = this.spawn();
    worker.onmessage = ({ data }) => this.#handle(data);
    worker.onerror = (event) => {
      const listener = this.#listener;
      this.#release(true);
      listener?.end({ type: 'failed', error: workerError(event) });
    };
    return worker;
  }

  #handle(message: FromCoordinator): void {
    if (message.job !== this.#job) return;
    const listener = this.#listener;
    if (!('replace' in message)) {
      listener?.event?.(message);
      return;
    }
    this.#release(message.replace);
    listener?.end(message);
  }

  #release(replace: boolean): void {
    clearTimeout(this.#timer);
    this.#job = 0;
    this.#listener = null;
    if (replace) this.#terminate();
    else this.#timer = setTimeout(() => this.#terminate(), IDLE_TIMEOUT_MS);
    queueMicrotask(this.released);
  }

  #terminate(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
