// Scans the video of an open camera: sends frames to a worker, and passes on what it finds. `end` closes both.
import { ALL_SYMBOLOGIES } from '../pipeline/symbologies';
import type { MessageWorker } from '../engine/local/messages';
import type { Camera } from './device';
import { FrameSource, transferOf } from './frame_source';
import type { Found, Frame, FromScanWorker, ToScanWorker } from './messages';

const FRAME_TIMEOUT_MS = 10_000;
const MAX_FAILURES = 3; // in a row

type ScanWorker = MessageWorker<ToScanWorker, FromScanWorker>;

export interface ScanListener {
  found(found: Found): void;
  failed(error: string): void; // the session has ended
}

function spawn(): ScanWorker {
  const worker: ScanWorker = new Worker(new URL('./scan.worker.ts', import.meta.url), { type: 'module' });
  worker.postMessage({ type: 'open', symbologies: ALL_SYMBOLOGIES });
  return worker;
}

export class ScanSession {
  #worker: ScanWorker | null = null;
  readonly #frames: FrameSource;
  #loaded = false; // the worker has scanned a frame
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  // Owns `camera`.
  constructor(
    readonly camera: Camera,
    video: HTMLVideoElement,
    private readonly listener: ScanListener,
  ) {
    camera.track.onended = () => this.#fail('The camera has stopped; was it unplugged?');
    this.#worker = this.#open();
    this.#frames = new FrameSource(
      video,
      (frame) => this.#send(frame),
      () => this.#fail('This browser does not hand out the camera’s picture.'),
    );
  }

  end(): void {
    clearTimeout(this.#timer);
    this.camera.track.onended = null;
    this.#frames.end();
    this.#worker?.terminate();
    this.#worker = null;
    this.camera.close();
  }

  #open(): ScanWorker {
    const worker = spawn();
    this.#loaded = false;
    worker.onmessage = ({ data }) => this.#handle(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#handle({ type: 'failed', error: event.message || 'the worker of this page could not be loaded' });
    };
    return worker;
  }

  #send(frame: Frame): void {
    this.#worker?.postMessage({ type: 'frame', frame }, transferOf(frame));
    if (!this.#loaded) return; // no timeout while the network loads modules
    this.#timer = setTimeout(
      () => this.#handle({ type: 'failed', error: 'it takes too long' }),
      FRAME_TIMEOUT_MS,
    );
  }

  #handle(message: FromScanWorker): void {
    if (message.type === 'found') return this.listener.found(message);
    clearTimeout(this.#timer);
    if (message.type === 'scanned') {
      this.#failures = 0;
      this.#loaded = true;
    } else if (++this.#failures < MAX_FAILURES) {
      this.#worker?.terminate(); // its memory cannot be trusted after a crash
      this.#worker = this.#open();
    } else return this.#fail(`Codes cannot be read here: ${message.error}.`);
    this.#frames.next();
  }

  #fail(error: string): void {
    this.end();
    this.listener.failed(error);
  }
}
