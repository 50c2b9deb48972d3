// One job on the server: uploads its file within the server's credit, and forwards its messages to the listener.
import type { JobListener, JobOptions } from '../engine';
import type { Connection } from './connection';
import { FILE, type Frame, TILE, writeUpload } from './frame';
import type { ServerMessage } from './messages';

// Bytes in the socket's buffer beyond which the upload waits, so that memory is bounded.
const MAX_BACKLOG = 4 << 20;

export function newSecret(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class RemoteJob {
  number = 0; // on the current connection
  over = false; // for the listener; the server may still have it
  #credit = 0; // bytes of the file that may be sent
  #sent = 0;
  #connections = 0; // that this job has been on; an upload over an earlier one stops
  #uploading = 0; // the connection over which the file is being sent; 0: none
  #secret = ''; // '': not submitted yet
  // What has been received, so that the server need not send it again.
  #found = 0; // codes and parts of lines
  #parts: BlobPart[] = [];
  #partBytes = 0;
  #attempt = 0; // of the last `picture`
  #tile = { attempt: 0, stage: 0, x: 0, y: 0 };

  constructor(
    private readonly file: Blob,
    private readonly name: string,
    private readonly options: JobOptions,
    readonly listener: JobListener,
  ) {
    if (options.resume) this.#secret = options.secret ?? '';
  }

  // Forgets what was received: the job will be submitted anew. False if it was never submitted.
  begin(): boolean {
    if (this.over || !this.#secret) return false;
    this.#secret = '';
    this.#found = this.#partBytes = this.#attempt = 0;
    this.#parts = [];
    this.#tile = { attempt: 0, stage: 0, x: 0, y: 0 };
    return true;
  }

  // Submits the job, or attaches to it if it was submitted over an earlier connection.
  start(connection: Connection, number: number): void {
    this.number = number;
    this.#connections++;
    this.#credit = 0;
    this.#sent = 0;
    if (this.#secret) {
      connection.send({
        type: 'attach',
        job: number,
        secret: this.#secret,
        upload: true,
        found: this.#found,
        offset: this.#partBytes,
        tile: this.#tile,
      });
      return;
    }
    this.#secret = this.options.secret ?? newSecret();
    this.listener.uploaded?.(0, this.file.size);
    connection.send({
      type: 'submit',
      job: number,
      durable: true,
      secret: this.#secret,
      size: this.file.size,
      name: this.name.slice(0, 200),
      pipeline: this.options.pipeline,
      want: this.options.want,
      preview: this.options.preview,
      format: this.options.format,
      quality: this.options.quality,
    });
  }

  // The server need not store the job any longer; cancels one that has not ended.
  release(connection: Connection): void {
    if (this.#secret) connection.send({ type: 'release', secret: this.#secret });
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
      case 'attached':
        this.#sent = message.offset;
        break;
      case 'credit':
        this.#credit = message.offset;
        void this.#upload(connection);
        break;
      case 'picture':
        if (message.attempt === this.#attempt) break; // again, as the page has attached to the job
        this.#attempt = message.attempt;
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
        this.#found++;
        this.listener.code?.({
          type: message.code_type,
          text: message.text,
          bytes: message.bytes ? Uint8Array.from(atob(message.bytes), (c) => c.charCodeAt(0)) : null,
          method: message.how,
          points: message.points,
        });
        break;
      case 'lines':
        this.#found++;
        this.listener.lines?.(message);
        break;
      case 'done': {
        const { width, height, channels, ms, warning } = message;
        this.release(connection);
        const file = message.bytes > 0 ? new Blob(this.#parts, { type: `image/${message.format}` }) : null;
        this.end((listener) => listener.done({ width, height, channels, file, ms, warning }));
        break;
      }
      case 'failed':
        this.release(connection);
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
    if (frame.type === TILE) {
      this.#tile = { attempt: this.#attempt, stage, x, y };
      this.listener.tile?.({ stage, x, y, width, height, channels, pixels, worker });
    } else if (frame.type === FILE) {
      // One Blob per part: the browser may store it outside the page's heap.
      this.#parts.push(new Blob([pixels as BlobPart]));
      this.#partBytes += pixels.length;
    }
  }

  async #upload(connection: Connection): Promise<void> {
    const own = this.#connections;
    if (this.#uploading === own) return;
    this.#uploading = own;
    const current = () => !this.over && this.#connections === own && connection.limits !== null;
    try {
      while (current() && this.#sent < Math.min(this.#credit, this.file.size)) {
        const limit = connection.limits?.chunk_bytes ?? 0;
        const end = Math.min(this.#sent + limit, this.#credit, this.file.size);
        const bytes = new Uint8Array(await this.file.slice(this.#sent, end).arrayBuffer());
        while (current() && connection.backlog > MAX_BACKLOG)
          await new Promise((resolve) => setTimeout(resolve, 20));
        if (!current()) return;
        connection.send(writeUpload(this.number, this.#sent, bytes));
        this.#sent = end;
        this.listener.uploaded?.(end, this.file.size);
      }
    } catch {
      this.release(connection);
      this.end((listener) => listener.failed(`${this.name} can no longer be read from this device.`));
    } finally {
      if (this.#uploading === own) this.#uploading = 0;
    }
  }
}
