// The local engine and the page's codec: WebAssembly in Web Workers.
import type { Codec, Engine, Format, JobListener, JobOptions, Pixels, Shape } from '../engine';
import { CoordinatorPool } from './coordinator_pool';
import type { JobEnd, JobEvent, ToCoordinator } from './messages';

class LocalEngine implements Engine {
  readonly kind = 'local';
  // Two pictures at once keep the cores busy while one is being decoded or encoded.
  readonly #pool = new CoordinatorPool((navigator.hardwareConcurrency || 1) > 2 ? 2 : 1);

  submit(file: Blob, _name: string, options: JobOptions, listener: JobListener, signal: AbortSignal): void {
    this.#pool.push({
      make: (job) => ({ type: 'run', job, file, options }),
      listener: {
        event: (event) => forward(event, listener),
        end: (end) => {
          if (end.type === 'done') listener.done(end.result);
          else if (end.type === 'failed') listener.failed(end.error);
          else listener.cancelled();
        },
      },
      signal,
    });
  }
}

function forward(event: JobEvent, listener: JobListener): void {
  switch (event.type) {
    case 'picture':
      return listener.picture?.(event.picture);
    case 'progress':
      return listener.progress?.(event.progress);
    case 'tile':
      return listener.tile?.(event.tile);
    case 'code':
      return listener.code?.(event.code);
    case 'lines':
      return listener.lines?.(event.lines);
  }
}

class WorkerCodec implements Codec {
  readonly #pool = new CoordinatorPool(1);

  async decode(file: Blob): Promise<Pixels> {
    const end = await this.#perform((job) => ({ type: 'decode', job, file }));
    if (end.type !== 'decoded') throw errorOf(end);
    return end.pixels;
  }

  async encode(picture: Shape & { pixels: Uint8Array }, format: Format, quality: number): Promise<Blob> {
    const end = await this.#perform((job) => ({ type: 'encode', job, picture, format, quality }));
    if (end.type !== 'encoded') throw errorOf(end);
    return end.file;
  }

  #perform(make: (job: number) => ToCoordinator): Promise<JobEnd> {
    return new Promise((resolve) => this.#pool.push({ make, listener: { end: resolve } }));
  }
}

function errorOf(end: JobEnd): Error {
  return new Error(end.type === 'failed' ? end.error : 'the job was cancelled');
}

export const localEngine: Engine = new LocalEngine();
export const codec: Codec = new WorkerCodec();
