// An open camera that is being looked at: its frames go to a worker, and what that finds comes back. Ended, both are
// gone.
import { findOperation } from '../pipeline/catalogue';
import type { Camera } from './device';
import { Frames, transferOf } from './frames';
import type { Found, Frame, FromLooker, ToLooker } from './messages';

const PATIENCE_MS = 10_000; // for one frame
const MAX_FAULTS = 3; // in a row

interface LookerWorker {
  onmessage: ((event: MessageEvent<FromLooker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToLooker, transfer?: Transferable[]): void;
  terminate(): void;
}

export interface WatchListener {
  found(found: Found): void;
  failed(error: string): void; // nothing more comes
}

const kinds = findOperation('read_codes')?.params.find(({ name }) => name === 'symbologies')?.choices.length;
const ALL = 2 ** (kinds ?? 0) - 1;

function spawn(): LookerWorker {
  const worker: LookerWorker = new Worker(new URL('./looker.worker.ts', import.meta.url), { type: 'module' });
  worker.postMessage({ type: 'open', symbologies: ALL });
  return worker;
}

export class Watch {
  private worker: LookerWorker | null = null;
  private readonly frames: Frames;
  private ready = false; // the worker has loaded all that it needs
  private faults = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly camera: Camera,
    video: HTMLVideoElement,
    private readonly listener: WatchListener,
  ) {
    camera.track.onended = () => this.fail('The camera has stopped; was it unplugged?');
    this.worker = this.open();
    this.frames = new Frames(
      video,
      (frame) => this.give(frame),
      () => this.fail('This browser does not hand out the camera’s picture.'),
    );
  }

  end(): void {
    clearTimeout(this.timer);
    this.camera.track.onended = null;
    this.frames.end();
    this.worker?.terminate();
    this.worker = null;
    this.camera.close();
  }

  private open(): LookerWorker {
    const worker = spawn();
    this.ready = false;
    worker.onmessage = ({ data }) => this.hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.hear({ type: 'failed', error: event.message || 'the worker of this page could not be loaded' });
    };
    return worker;
  }

  private give(frame: Frame): void {
    this.worker?.postMessage({ type: 'frame', frame }, transferOf(frame));
    if (!this.ready) return; // how long loading takes is up to the network
    this.timer = setTimeout(() => this.hear({ type: 'failed', error: 'it takes too long' }), PATIENCE_MS);
  }

  private hear(answer: FromLooker): void {
    if (answer.type === 'found') return this.listener.found(answer);
    clearTimeout(this.timer);
    if (answer.type === 'looked') {
      this.faults = 0;
      this.ready = true;
    } else if (++this.faults < MAX_FAULTS) {
      // A crash leaves its memory in doubt.
      this.worker?.terminate();
      this.worker = this.open();
    } else return this.fail(`Codes cannot be read here: ${answer.error}.`);
    this.frames.next();
  }

  private fail(error: string): void {
    this.end();
    this.listener.failed(error);
  }
}
