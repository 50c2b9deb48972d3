// The engine on the server: jobs over one WebSocket. They are durable: when the connection is lost, they go on, and the
// page attaches to them over the next one. If there is none in time, they fail, unless their listener has them processed
// elsewhere.
import type { Engine, JobListener, JobOptions } from '../engine';
import { Connection } from './connection';
import { readFrame } from './frame';
import { RemoteJob } from './job';
import type { ServerMessage } from './messages';

export interface RemoteListener extends JobListener {
  // The server cannot be reached, or is no longer preferred. True: the job has been submitted elsewhere and has ended here.
  lost?(): boolean;
}

const RECONNECT_TIMEOUT_MS = 600_000;
const TAKEOVER_MS = 5000; // from the loss of the connection until jobs are offered to another engine

export class RemoteEngine implements Engine {
  readonly kind = 'remote';
  readonly connection: Connection;
  #next = 1;
  #active = new Map<number, RemoteJob>(); // by number, until the server reports its end
  #waiting: RemoteJob[] = [];
  #deadline = 0;
  #takeover = 0;

  constructor(url = new URL('ws', document.baseURI.replace(/^http/, 'ws')).href) {
    this.connection = new Connection(url.split(/[?#]/)[0], {
      opened: () => this.#opened(),
      message: (message) => this.#message(message),
      binary: (buffer) => this.#binary(buffer),
      lost: (error) => this.#lost(error),
    });
  }

  submit(file: Blob, name: string, options: JobOptions, listener: RemoteListener, signal: AbortSignal): void {
    const job = new RemoteJob(file, name, options, listener);
    signal.addEventListener('abort', () => this.#cancel(job), { once: true });
    this.#waiting.push(job);
    if (this.connection.open) this.#startJobs();
    else if (this.connection.state.value.kind === 'absent' && !this.#takeover) this.#unreachable();
    else this.#wait();
  }

  // Calls `lost` of every job, also those under way, and cancels those that are taken over.
  release(): void {
    for (const job of this.#active.values()) if (this.#isTakenOver(job)) job.release(this.connection);
    this.#waiting = this.#waiting.filter((job) => !job.over && !this.#isTakenOver(job));
  }

  #isTakenOver(job: RemoteJob): boolean {
    if (job.over || (job.listener as RemoteListener).lost?.() !== true) return false;
    job.over = true;
    return true;
  }

  #startJobs(): void {
    const limit = this.connection.limits?.jobs ?? 0;
    while (this.#active.size < limit) {
      const job = this.#waiting.shift();
      if (!job) return;
      if (job.over) continue;
      const number = this.#next++;
      this.#active.set(number, job);
      job.start(this.connection, number);
    }
  }

  #opened(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#takeover);
    this.#deadline = this.#takeover = 0;
    this.#next = 1;
    this.#startJobs();
  }

  #message(message: ServerMessage): void {
    if (!('job' in message)) return;
    const job = this.#active.get(message.job);
    if (!job) return;
    if (message.type === 'done' || message.type === 'failed' || message.type === 'cancelled') {
      this.#active.delete(message.job);
      // The server has lost it, e.g. as it was restarted without its store.
      if (message.type === 'failed' && message.status === 'gone' && job.begin()) this.#waiting.unshift(job);
      else job.message(message, this.connection);
      this.#startJobs();
    } else {
      job.message(message, this.connection);
    }
  }

  #binary(buffer: ArrayBuffer): void {
    const frame = readFrame(buffer);
    if (frame) this.#active.get(frame.job)?.frame(frame);
  }

  #cancel(job: RemoteJob): void {
    if (job.over) return;
    job.release(this.connection);
    job.end((listener) => listener.cancelled());
  }

  #lost(error: string): void {
    const jobs = [...this.#active.values()].filter((job) => !job.over);
    this.#active.clear();
    if (error) for (const job of jobs) job.end((listener) => listener.failed(error));
    else this.#waiting.unshift(...jobs);
    if (this.#waiting.length > 0 && !this.#takeover)
      this.#takeover = window.setTimeout(() => {
        this.#takeover = 0;
        this.#unreachable();
      }, TAKEOVER_MS);
    this.#wait();
  }

  // Calls `lost` of the waiting jobs. The others go on waiting for the server.
  #unreachable(): void {
    this.#waiting = this.#waiting.filter((job) => !job.over && !this.#isTakenOver(job));
    this.#wait();
  }

  #wait(): void {
    if (this.#waiting.length === 0 || this.#deadline) return;
    this.#deadline = window.setTimeout(() => {
      this.#deadline = 0;
      const jobs = this.#waiting;
      this.#waiting = [];
      for (const job of jobs)
        job.end((listener) => listener.failed(`The server ${this.#host} is not there.`));
    }, RECONNECT_TIMEOUT_MS);
  }

  get #host(): string {
    return this.connection.state.value.host;
  }
}
