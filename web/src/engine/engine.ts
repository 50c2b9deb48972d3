// What the page asks of whoever computes: the local engine (WebAssembly in Web Workers) and the remote one (a gateway
// over a WebSocket) have this one interface, so the rest of the page does not know which is at work.

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
  pixels: Uint8Array; // width × height × channels, tightly packed; the receiver may keep it
  worker: number;     // from 1
}

export interface Code {
  type: string; // "QR-Code", "EAN-13", …
  text: string;
  bytes: Uint8Array | null; // the payload of a code that is no text; `text` then spells it in hexadecimal
  how: string; // the pass that read it, for people
  points: [number, number][];
  early?: boolean; // seen before the picture was decoded: it is told again, with its exact place
}

export type Line = [x1: number, y1: number, x2: number, y2: number]; // both ends belong to it

// A part of a list of straight lines, the longest first.
export interface Lines {
  from: number; // number of the part's first line; 0: a new list begins
  total: number; // of the list
  lines: Line[];
}

export interface Progress {
  done: number;
  total: number;
  step: string;
  etaMs: number; // -1 when unknown
}

export interface Result extends Shape {
  file: Blob | null; // the encoded result, when it was asked for
  ms: number;
  warning: string;
}

export interface JobOptions {
  pipeline: string; // the text form
  want: 'tiles' | 'file' | 'both';
  preview: boolean; // also give tiles of intermediate stages
  format: Format;
  quality: number; // 1-100
}

// Called in the order of events; after `done`, `failed` or `cancelled` nothing more comes.
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
  // Starts a job; it may wait its turn. The signal gives it up.
  submit(file: Blob, name: string, options: JobOptions, listener: JobListener, signal: AbortSignal): void;
}

// The codec in a Web Worker, used by the page for previews and saving, whichever engine computes.
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
