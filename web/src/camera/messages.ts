// The messages between the page and its scan worker.
import type { Code } from '../engine/engine';

// One frame of the video, as the browser provides it at the least cost. The receiver of a transferred frame closes it.
export type Frame = VideoFrame | ImageBitmap | ImageData;

export type ToScanWorker = { type: 'open'; symbologies: number } | { type: 'frame'; frame: Frame };

// Codes as soon as they are read, with corners in pixels of the frame. Each frame is then answered by one of the others.
export interface Found {
  type: 'found';
  width: number; // of the frame
  height: number;
  codes: Code[];
}
export type FromScanWorker = Found | { type: 'scanned' } | { type: 'failed'; error: string };
