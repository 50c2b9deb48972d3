// One WebSocket to the gateway that served the page: connects, tells the true state of the server, and comes back with
// growing pauses when it is lost.
import { signal } from '@preact/signals';
import type { Limits, ServerMessage } from './messages';

export interface ServerState {
  // connecting: not known yet; absent: nobody answers
  kind: 'connecting' | 'ready' | 'starting' | 'down' | 'absent';
  host: string;
  workers: number;
  jobs: number;
}

export interface ConnectionEvents {
  opened(): void;
  message(message: ServerMessage): void;
  binary(buffer: ArrayBuffer): void;
  // The connection is gone; `error` is the server's reason when it gave one.
  lost(error: string): void;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;

export class Connection {
  readonly state = signal<ServerState>({ kind: 'connecting', host: location.host, workers: 0, jobs: 0 });
  limits: Limits | null = null;
  #socket: WebSocket | null = null;
  #pause = FIRST_PAUSE;
  #timer = 0;
  #error = '';

  constructor(
    readonly url: string,
    private readonly events: ConnectionEvents,
  ) {
    addEventListener('online', () => this.retry());
    document.addEventListener('visibilitychange', () => document.hidden || this.retry());
    this.#connect();
  }

  get open(): boolean {
    return this.limits !== null;
  }

  get backlog(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  send(message: object | Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
  }

  // Tries again at once instead of after the pause.
  retry(): void {
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.#pause = FIRST_PAUSE;
    this.#connect();
  }

  #connect(): void {
    const socket = new WebSocket(this.url, 'tilecast.v1');
    this.#socket = socket;
    this.#error = '';
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (typeof event.data === 'string') this.#text(event.data);
      else this.events.binary(event.data);
    };
    socket.onclose = () => this.#closed();
  }

  #text(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    switch (message.type) {
      case 'welcome':
        this.limits = message.limits;
        this.#pause = FIRST_PAUSE;
        this.state.value = { kind: message.pool, host: location.host, workers: message.workers, jobs: 0 };
        this.events.opened();
        break;
      case 'pool':
        this.state.value = {
          ...this.state.value,
          kind: message.state,
          workers: message.workers,
          jobs: message.jobs,
        };
        break;
      case 'error':
        this.#error = message.error;
        break;
      default:
        this.events.message(message);
    }
  }

  #closed(): void {
    this.#socket = null;
    this.limits = null;
    this.state.value = { kind: 'absent', host: location.host, workers: 0, jobs: 0 };
    // Jitter, so that the clients of a restarted server do not all come back at the same instant.
    this.#timer = window.setTimeout(() => this.#connect(), this.#pause * (0.75 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    this.events.lost(this.#error);
  }
}
