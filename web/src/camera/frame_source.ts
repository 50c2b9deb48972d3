// Frames of a playing video for a consumer that handles one at a time, and always gets the newest.
import type { Frame } from './messages';

// What browsers have beyond TypeScript's description.
type OrientedFrame = VideoFrame & { rotation?: number; flip?: boolean };

// The frame as the camera captured it, if it is shown in that orientation: its luminance needs no conversion. Else null.
function asCaptured(video: HTMLVideoElement): VideoFrame | null {
  if (typeof VideoFrame !== 'function') return null;
  let frame: OrientedFrame;
  try {
    frame = new VideoFrame(video);
  } catch {
    return null; // there is no frame now, or not in a form that this browser hands out
  }
  const { visibleRect, rotation, flip } = frame;
  const whole = visibleRect?.width === video.videoWidth && visibleRect.height === video.videoHeight;
  // Older browsers have no rotation.
  if (whole && rotation === 0 && !flip) return frame;
  frame.close();
  return null;
}

function asPixels(video: HTMLVideoElement): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no memory');
  context.drawImage(video, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

async function capture(video: HTMLVideoElement): Promise<Frame> {
  const frame = asCaptured(video);
  if (frame) return frame;
  return typeof OffscreenCanvas === 'function' ? await createImageBitmap(video) : asPixels(video);
}

export const transferOf = (frame: Frame): Transferable[] =>
  'data' in frame ? [frame.data.buffer as ArrayBuffer] : [frame];

export class FrameSource {
  #request = 0;
  #busy = false; // the consumer has a frame
  #fresh = false; // there is a newer frame than the last one sent
  #lastTime = -1; // of the video
  #ended = false;
  readonly #hasFrameCallback: boolean;

  // `send` gets a frame, which it owns.
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly send: (frame: Frame) => void,
    private readonly failed: () => void,
  ) {
    this.#hasFrameCallback = typeof video.requestVideoFrameCallback === 'function';
    this.#requestFrame();
  }

  // The consumer is ready for another frame.
  next(): void {
    this.#busy = false;
    this.#sendIfFresh();
  }

  end(): void {
    this.#ended = true;
    if (this.#hasFrameCallback) this.video.cancelVideoFrameCallback(this.#request);
    else cancelAnimationFrame(this.#request);
  }

  #requestFrame(): void {
    const onFrame = () => this.#onFrame();
    this.#request = this.#hasFrameCallback
      ? this.video.requestVideoFrameCallback(onFrame)
      : requestAnimationFrame(onFrame);
  }

  #onFrame(): void {
    if (this.#ended) return;
    this.#requestFrame();
    const { currentTime, readyState, videoWidth } = this.video;
    if (videoWidth === 0 || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    if (!this.#hasFrameCallback && currentTime === this.#lastTime) return;
    this.#lastTime = currentTime;
    this.#fresh = true;
    this.#sendIfFresh();
  }

  #sendIfFresh(): void {
    if (this.#busy || !this.#fresh || this.#ended) return;
    this.#busy = true;
    this.#fresh = false;
    capture(this.video).then(
      (frame) => {
        if (!this.#ended) this.send(frame);
        else if ('close' in frame) frame.close();
      },
      () => this.failed(),
    );
  }
}
