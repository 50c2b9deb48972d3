// The local engine: WebAssembly in Web Workers. A few lanes work on one picture each, the others wait their turn, so
// that however many pictures are given, memory is bounded.
import type { Codec, Engine, Format, JobListener, JobOptions, Pixels, Shape } from '../engine';
import { type CoordinatorWorker, Lane, type LaneListener } from './lane';
import type { JobEnd, ToCoordinator } from './messages';

interface Waiting {
  make: (job: number) => ToCoordinator;
  listener: LaneListener;
  signal?: AbortSignal;
}

function spawn(): CoordinatorWorker {
  return new Worker(new URL('./coordinator.worker.ts', import.meta.url), {
    type: 'module',
  }) as CoordinatorWorker;
}

class Lanes {
  private waiting: Waiting[] = [];
  private readonly lanes: Lane[];

  constructor(count: number) {
    this.lanes = Array.from({ length: count }, () => new Lane(spawn, () => this.pump()));
  }

  add(one: Waiting): void {
    if (one.signal?.aborted) return one.listener.end({ type: 'cancelled' });
    one.signal?.addEventListener('abort', () => this.giveUp(one), { once: true });
    this.waiting.push(one);
    this.pump();
  }

  private giveUp(one: Waiting): void {
    const index = this.waiting.indexOf(one);
    if (index < 0) return; // a lane has it
    this.waiting.splice(index, 1);
    one.listener.end({ type: 'cancelled' });
  }

  private pump(): void {
    for (;;) {
      const lane = this.lanes.find((candidate) => !candidate.busy);
      const next = lane && this.waiting.shift();
      if (!lane || !next) return;
      lane.start(next.make, next.listener, next.signal);
    }
  }
}

class LocalEngine implements Engine {
  readonly kind = 'local';
  // Two pictures at once keep the cores busy while one is being decoded or encoded.
  private readonly lanes = new Lanes((navigator.hardwareConcurrency || 1) > 2 ? 2 : 1);

  submit(file: Blob, _name: string, options: JobOptions, listener: JobListener, signal: AbortSignal): void {
    this.lanes.add({
      make: (job) => ({ type: 'run', job, file, options }),
      listener: {
        event: (event) => {
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
        },
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

class WorkerCodec implements Codec {
  private readonly lanes = new Lanes(1);

  async decode(file: Blob): Promise<Pixels> {
    const end = await this.ask((job) => ({ type: 'decode', job, file }));
    if (end.type !== 'decoded') throw refusal(end);
    return end.pixels;
  }

  async encode(picture: Shape & { pixels: Uint8Array }, format: Format, quality: number): Promise<Blob> {
    const end = await this.ask((job) => ({ type: 'encode', job, picture, format, quality }));
    if (end.type !== 'encoded') throw refusal(end);
    return end.file;
  }

  private ask(make: (job: number) => ToCoordinator): Promise<JobEnd> {
    return new Promise((resolve) => this.lanes.add({ make, listener: { end: resolve } }));
  }
}

function refusal(end: JobEnd): Error {
  return new Error(end.type === 'failed' ? end.error : 'the picture was given up');
}

export const localEngine: Engine = new LocalEngine();
export const codec: Codec = new WorkerCodec();
