// The interface of both engines: the local one (WebAssembly in Web Workers) and the remote one (a gateway, over a
// WebSocket). The rest of the page does not depend on which one is used.

export type Format = 'png' | 'jpeg';

export interface Shape {
  width: number;
  height: number;
  channels: number; // 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA
}

export interface StageInfo extends Shape {
  tiles: number;
  steps: string; // e.g. "gaussian_blur, canny"
}

export interface PictureInfo extends Shape {
  format: string;
  stages: StageInfo[]; // the last one's shape is the result's
}

export interface Tile {
  stage: number; // the last stage's tiles are the result, earlier ones a preview
  x: number;
  y: number;
  width: number;
  height: number;
  channels: number;
  pixels: Uint8Array; // width × height × channels, tightly packed; owned by the receiver
  worker: number; // from 1
}

export interface Code {
  type: string; // "QR-Code", "EAN-13", …
  text: string;
  bytes: Uint8Array | null; // the payload if it is not text; `text` then has it in hexadecimal
  method: string; // the pass that read it, to be displayed
  points: [number, number][];
  early?: boolean; // found before the picture was decoded: it is reported again, with its exact position
}

export type Line = [x1: number, y1: number, x2: number, y2: number]; // both ends included

// A part of a list of straight lines, the longest first.
export interface Lines {
  from: number; // index of the part's first line; 0 begins a new list
  total: number; // lines in the list
  lines: Line[];
}

export interface Progress {
  done: number;
  total: number;
  step: string;
  etaMs: number; // -1 when unknown
}

export interface Result extends Shape {
  file: Blob | null; // the encoded result, if it was requested
  ms: number;
  warning: string;
}

export interface JobOptions {
  pipeline: string; // the text form
  want: 'tiles' | 'file' | 'both';
  preview: boolean; // also report tiles of intermediate stages
  format: Format;
  quality: number; // 1-100
  // The job's secret on the server, 32 hexadecimal digits. `resume`: it may have been submitted before.
  secret?: string;
  resume?: boolean;
}

// Called in the order of events. `done`, `failed` or `cancelled` is the last call.
export interface JobListener {
  uploaded?(bytes: number, total: number): void;
  picture?(info: PictureInfo): void;
  progress?(progress: Progress): void;
  tile?(tile: Tile): void;
  code?(code: Code): void;
  lines?(part: Lines): void;
  done(result: Result): void;
  failed(error: string): void;
  cancelled(): void;
}

export interface Engine {
  readonly kind: 'local' | 'remote';
  // Queues a job. The signal cancels it.
  submit(file: Blob, name: string, options: JobOptions, listener: JobListener, signal: AbortSignal): void;
}

// The codec in a Web Worker, which the page uses for previews and saving with either engine.
export interface Pixels extends Shape {
  pixels: Uint8Array;
  format: string;
  warning: string;
}

export interface Codec {
  // Rejects with an Error whose message is one sentence for the user.
  decode(file: Blob): Promise<Pixels>;
  encode(picture: Shape & { pixels: Uint8Array }, format: Format, quality: number): Promise<Blob>;
}
