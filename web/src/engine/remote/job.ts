// One job on the server: uploads its file within the server's credit, and forwards its messages to the listener.
import type { JobListener, JobOptions } from '../engine';
import type { Connection } from './connection';
import { FILE, type Frame, TILE, writeUpload } from './frame';
import type { ServerMessage } from './messages';

// Bytes in the socket's buffer beyond which the upload waits, so that memory is bounded.
const MAX_BACKLOG = 4 << 20;

export class RemoteJob {
  attempts = 0;
  number = 0; // on the current connection
  over = false; // for the listener; the server may still have it
  #credit = 0; // bytes of the file that may be sent
  #sent = 0;
  #uploading = false;
  #parts: BlobPart[] = [];

  constructor(
    private readonly file: Blob,
    private readonly name: string,
    private readonly options: JobOptions,
    readonly listener: JobListener,
  ) {}

  start(connection: Connection, number: number): void {
    this.number = number;
    this.attempts++;
    this.#credit = 0;
    this.#sent = 0;
    this.#parts = [];
    this.listener.uploaded?.(0, this.file.size);
    connection.send({
      type: 'submit',
      job: number,
      size: this.file.size,
      name: this.name.slice(0, 200),
      pipeline: this.options.pipeline,
      want: this.options.want,
      preview: this.options.preview,
      format: this.options.format,
      quality: this.options.quality,
    });
  }

  end(report: (listener: JobListener) => void): void {
    if (this.over) return;
    this.over = true;
    this.#parts = [];
    report(this.listener);
  }

  message(message: ServerMessage, connection: Connection): void {
    if (this.over) return;
    switch (message.type) {
      case 'credit':
        this.#credit = message.offset;
        void this.#upload(connection);
        break;
      case 'picture':
        this.listener.picture?.(message);
        break;
      case 'progress':
        this.listener.progress?.({
          done: message.done,
          total: message.total,
          step: message.step,
          etaMs: message.eta_ms,
        });
        break;
      case 'code':
        this.listener.code?.({
          type: message.code_type,
          text: message.text,
          bytes: message.bytes ? Uint8Array.from(atob(message.bytes), (c) => c.charCodeAt(0)) : null,
          method: message.how,
          points: message.points,
        });
        break;
      case 'lines':
        this.listener.lines?.(message);
        break;
      case 'done': {
        const { width, height, channels, ms, warning } = message;
        const file = message.bytes > 0 ? new Blob(this.#parts, { type: `image/${message.format}` }) : null;
        this.end((listener) => listener.done({ width, height, channels, file, ms, warning }));
        break;
      }
      case 'failed':
        this.end((listener) => listener.failed(message.error));
        break;
      case 'cancelled':
        this.end((listener) => listener.cancelled());
        break;
    }
  }

  frame(frame: Frame): void {
    if (this.over) return;
    const { stage, x, y, width, height, channels, worker, payload: pixels } = frame;
    if (frame.type === TILE) this.listener.tile?.({ stage, x, y, width, height, channels, pixels, worker });
    // One Blob per part: the browser may store it outside the page's heap.
    else if (frame.type === FILE) this.#parts.push(new Blob([pixels as BlobPart]));
  }

  async #upload(connection: Connection): Promise<void> {
    if (this.#uploading) return;
    this.#uploading = true;
    const number = this.number;
    const current = () => !this.over && this.number === number && connection.limits !== null;
    try {
      while (current() && this.#sent < Math.min(this.#credit, this.file.size)) {
        const limit = connection.limits?.chunk_bytes ?? 0;
        const end = Math.min(this.#sent + limit, this.#credit, this.file.size);
        const bytes = new Uint8Array(await this.file.slice(this.#sent, end).arrayBuffer());
        while (current() && connection.backlog > MAX_BACKLOG)
          await new Promise((resolve) => setTimeout(resolve, 20));
        if (!current()) return;
        connection.send(writeUpload(number, this.#sent, bytes));
        this.#sent = end;
        this.listener.uploaded?.(end, this.file.size);
      }
    } catch {
      connection.send({ type: 'cancel', job: number });
      this.end((listener) => listener.failed(`${this.name} can no longer be read from this device.`));
    } finally {
      this.#uploading = false;
    }
  }
}
