// What the camera's side of the page and its worker say to each other.
import type { Code } from '../engine/engine';

// One picture of the video, as cheap as this browser has it. What is handed over is the worker's to close.
export type Frame = VideoFrame | ImageBitmap | ImageData;

export type ToLooker = { type: 'open'; symbologies: number } | { type: 'frame'; frame: Frame };

// Codes as soon as they are read, with corners in pixels of the frame; then each frame has one of the other answers.
export interface Found {
  type: 'found';
  width: number; // of the frame
  height: number;
  codes: Code[];
}
export type FromLooker = Found | { type: 'looked' } | { type: 'failed'; error: string };
