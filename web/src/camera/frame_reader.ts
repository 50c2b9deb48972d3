// Reads the pixels of frames for code readers: the luminance plane alone where the camera provides one, else RGBA.
import type { Picture } from '../engine/local/reader';
import type { Frame } from './messages';

// Formats whose first plane is the luminance, one byte per pixel.
const PLANAR = /^(I420|I422|I444|NV12)A?$/;

export class FrameReader {
  #planes = new Uint8Array(0);
  #canvas: OffscreenCanvas | null = null;

  // Closes the frame. The pixels are valid until the next call.
  async read(frame: Frame): Promise<Picture> {
    if ('data' in frame) return rgba(frame);
    try {
      return (frame instanceof ImageBitmap ? null : await this.#luminance(frame)) ?? rgba(this.#draw(frame));
    } finally {
      frame.close();
    }
  }

  async #luminance(frame: VideoFrame): Promise<Picture | null> {
    if (!frame.visibleRect || !PLANAR.test(frame.format ?? '')) return null;
    const { width, height } = frame.visibleRect;
    const size = frame.allocationSize();
    if (this.#planes.length < size) this.#planes = new Uint8Array(size);
    const planes = await frame.copyTo(this.#planes).catch(() => null);
    if (!planes || planes[0].stride !== width) return null;
    const { offset } = planes[0];
    return { width, height, channels: 1, pixels: this.#planes.subarray(offset, offset + width * height) };
  }

  #draw(frame: ImageBitmap | VideoFrame): ImageData {
    const [width, height] =
      frame instanceof ImageBitmap ? [frame.width, frame.height] : [frame.displayWidth, frame.displayHeight];
    if (this.#canvas?.width !== width || this.#canvas.height !== height)
      this.#canvas = new OffscreenCanvas(width, height);
    const context = this.#canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('not enough memory in this browser for the camera’s picture');
    context.drawImage(frame, 0, 0);
    return context.getImageData(0, 0, width, height);
  }
}

function rgba({ width, height, data }: ImageData): Picture {
  return { width, height, channels: 4, pixels: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}
