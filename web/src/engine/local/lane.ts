// A coordinator as the page sees it: one task at a time, started when first needed, ended and replaced when it crashed,
// when it has grown large, when it does not give a task up in time, and when it has had nothing to do for a while.
import type { FromCoordinator, JobEnd, JobEvent, ToCoordinator } from './messages';

const PATIENCE_MS = 300;
const IDLE_MS = 30_000;

export interface CoordinatorWorker {
  onmessage: ((event: MessageEvent<FromCoordinator>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToCoordinator): void;
  terminate(): void;
}

export interface LaneListener {
  event?(event: JobEvent): void;
  end(end: JobEnd): void;
}

let lastJob = 0;

export class Lane {
  private worker: CoordinatorWorker | null = null;
  private job = 0;
  private listener: LaneListener | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined; // until it is ended, busy or idle

  constructor(
    private readonly spawn: () => CoordinatorWorker,
    private readonly freed: () => void,
  ) {}

  get busy(): boolean {
    return this.job !== 0;
  }

  // Gives a task to an idle lane. Nothing more is told once `signal` has ended it.
  start(make: (job: number) => ToCoordinator, listener: LaneListener, signal?: AbortSignal): void {
    const job = (this.job = ++lastJob);
    this.listener = listener;
    clearTimeout(this.timer);
    this.worker ??= this.open();
    signal?.addEventListener('abort', () => this.cancel(job), { once: true });
    this.worker.postMessage(make(job));
  }

  private cancel(job: number): void {
    if (this.job !== job || !this.listener) return;
    const { listener } = this;
    this.listener = null;
    this.worker?.postMessage({ type: 'cancel', job });
    // It may be busy with decoding, encoding or codes, which cannot be interrupted.
    this.timer = setTimeout(() => this.settle(true), PATIENCE_MS);
    listener.end({ type: 'cancelled' });
  }

  private open(): CoordinatorWorker {
    const worker = this.spawn();
    worker.onmessage = ({ data }) => this.hear(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      const { listener } = this;
      this.settle(true);
      const reason = event.message || 'it could not be loaded';
      listener?.end({ type: 'failed', error: `the worker of this page stopped (${reason})` });
    };
    return worker;
  }

  private hear(message: FromCoordinator): void {
    if (message.job !== this.job) return;
    const { listener } = this;
    if (!('spent' in message)) {
      listener?.event?.(message);
      return;
    }
    this.settle(message.spent);
    listener?.end(message);
  }

  private settle(spent: boolean): void {
    clearTimeout(this.timer);
    this.job = 0;
    this.listener = null;
    if (spent) this.close();
    else this.timer = setTimeout(() => this.close(), IDLE_MS);
    queueMicrotask(this.freed);
  }

  private close(): void {
    this.worker?.terminate();
    this.worker = null;
  }
}
