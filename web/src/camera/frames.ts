// Frames of a playing video, for a worker that looks at one at a time: it never has more than one, and gets the newest.
import type { Frame } from './messages';

// What browsers have beyond TypeScript's description.
type Turned = VideoFrame & { rotation?: number; flip?: boolean };

// The frame as the camera gave it, if it stands as it is shown: its brightness needs no conversion. Else null.
function asCaptured(video: HTMLVideoElement): VideoFrame | null {
  if (typeof VideoFrame !== 'function') return null;
  let frame: Turned;
  try {
    frame = new VideoFrame(video);
  } catch {
    return null; // there is none just now, or not in a form that this browser hands out
  }
  const { visibleRect, rotation, flip } = frame;
  const whole = visibleRect?.width === video.videoWidth && visibleRect.height === video.videoHeight;
  // An older browser does not say how the frame is turned.
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

export class Frames {
  private request = 0;
  private busy = false; // a frame is out
  private fresh = false; // the video has moved on since the last one
  private shown = -1;
  private ended = false;
  private readonly byVideo: boolean;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly give: (frame: Frame) => void,
    private readonly failed: () => void,
  ) {
    this.byVideo = typeof video.requestVideoFrameCallback === 'function';
    this.wait();
  }

  // The frame that was given is done with.
  next(): void {
    this.busy = false;
    this.offer();
  }

  end(): void {
    this.ended = true;
    if (this.byVideo) this.video.cancelVideoFrameCallback(this.request);
    else cancelAnimationFrame(this.request);
  }

  private wait(): void {
    const come = () => this.come();
    this.request = this.byVideo ? this.video.requestVideoFrameCallback(come) : requestAnimationFrame(come);
  }

  private come(): void {
    if (this.ended) return;
    this.wait();
    const { currentTime, readyState, videoWidth } = this.video;
    if (videoWidth === 0 || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    if (!this.byVideo && currentTime === this.shown) return;
    this.shown = currentTime;
    this.fresh = true;
    this.offer();
  }

  private offer(): void {
    if (this.busy || !this.fresh || this.ended) return;
    this.busy = true;
    this.fresh = false;
    capture(this.video).then(
      (frame) => {
        if (!this.ended) this.give(frame);
        else if ('close' in frame) frame.close();
      },
      () => this.failed(),
    );
  }
}
