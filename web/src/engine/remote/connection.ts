// The WebSocket to the gateway that served the page: tracks the server's state, and reconnects with exponential back-off.
import { signal } from '@preact/signals';
import type { Limits, ServerMessage } from './messages';

export interface ServerState {
  // connecting: not known yet; absent: no answer
  kind: 'connecting' | 'ready' | 'starting' | 'down' | 'absent';
  host: string;
  workers: number;
  jobs: number;
}

export interface ConnectionEvents {
  opened(): void;
  message(message: ServerMessage): void;
  binary(buffer: ArrayBuffer): void;
  // The connection has ended; `error` is the server's reason, or ''.
  lost(error: string): void;
}

const PING_MS = 2200; // between two pings
const MAX_PINGS = 3; // without a message from the server; then the connection counts as lost
const MIN_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 20_000;

export class Connection {
  readonly state = signal<ServerState>({ kind: 'connecting', host: location.host, workers: 0, jobs: 0 });
  limits: Limits | null = null;
  #socket: WebSocket | null = null;
  #backoff = MIN_BACKOFF_MS;
  #timer = 0;
  #watch = 0;
  #pings = 0; // since the last message from the server
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

  // Reconnects now instead of after the back-off.
  retry(): void {
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.#backoff = MIN_BACKOFF_MS;
    this.#connect();
  }

  #connect(): void {
    const socket = new WebSocket(this.url, 'tilecast.v1');
    this.#socket = socket;
    this.#error = '';
    socket.binaryType = 'arraybuffer';
    this.#pings = 0;
    clearInterval(this.#watch);
    this.#watch = window.setInterval(() => this.#ping(socket), PING_MS);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.#pings = 0;
      if (typeof event.data === 'string') this.#text(event.data);
      else this.events.binary(event.data);
    };
    socket.onclose = () => this.#closed(socket);
  }

  // A path can end without a word, and close() then takes minutes: the socket is given up at once.
  #ping(socket: WebSocket): void {
    if (this.#pings++ < MAX_PINGS) {
      this.send({ type: 'ping' });
    } else {
      socket.close();
      this.#closed(socket);
    }
  }

  #text(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    switch (message.type) {
      case 'welcome':
        this.limits = message.limits;
        this.#backoff = MIN_BACKOFF_MS;
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
      case 'pong':
        break;
      default:
        this.events.message(message);
    }
  }

  #closed(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    socket.onmessage = null;
    clearInterval(this.#watch);
    this.#socket = null;
    this.limits = null;
    this.state.value = { kind: 'absent', host: location.host, workers: 0, jobs: 0 };
    // With jitter, so that clients of a restarted server do not all reconnect at once.
    this.#timer = window.setTimeout(() => this.#connect(), this.#backoff * (0.75 + Math.random() / 2));
    this.#backoff = Math.min(this.#backoff * 2, MAX_BACKOFF_MS);
    this.events.lost(this.#error);
  }
}
