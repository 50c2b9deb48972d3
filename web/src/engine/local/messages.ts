// What the page, its coordinators and their tile workers say to each other. Every buffer is handed over, not copied.
import type {
  Code,
  Format,
  JobOptions,
  Lines,
  PictureInfo,
  Pixels,
  Progress,
  Result,
  Shape,
  Tile,
} from '../engine';
import type { Done } from './crew';
import type { Shared } from './module';
import type { ReaderModules } from './reader';
import type { Task } from './tilecast';

// Page to coordinator. One job at a time; `job` tells late answers of an earlier one apart.
export type ToCoordinator =
  | { type: 'run'; job: number; file: Blob; options: JobOptions }
  | { type: 'cancel'; job: number }
  | { type: 'decode'; job: number; file: Blob }
  | { type: 'encode'; job: number; picture: Shape & { pixels: Uint8Array }; format: Format; quality: number };

// What a job tells on the way, and how it ends.
export type JobEvent =
  | { type: 'picture'; picture: PictureInfo }
  | { type: 'progress'; progress: Progress }
  | { type: 'tile'; tile: Tile }
  | { type: 'code'; code: Code }
  | { type: 'lines'; lines: Lines };
export type JobEnd =
  | { type: 'done'; result: Result }
  | { type: 'decoded'; pixels: Pixels }
  | { type: 'encoded'; file: Blob }
  | { type: 'failed'; error: string }
  | { type: 'cancelled' };

// Coordinator to page. With the end comes whether the coordinator can go on: it cannot after a crash, and it should
// not after a large picture, since WebAssembly gives no memory back.
export type FromCoordinator = ({ job: number } & JobEvent) | ({ job: number; spent: boolean } & JobEnd);

// Coordinator to tile worker.
export type ToTileWorker =
  | { type: 'open'; module: WebAssembly.Module }
  | { type: 'plan'; job: number; pipeline: string; source: Shape }
  | { type: 'begin'; job: number; merged: Uint8Array } // what the tiles of the next stage begin with
  | { type: 'tile'; job: number; slot: number; task: Task; input: Uint8Array<ArrayBuffer> }
  // To one with a memory in common: `run` is an address in it. `shows`: for each stage whether its tiles are sent back.
  | { type: 'join'; module: WebAssembly.Module; shared: Shared }
  | { type: 'work'; job: number; run: number; slot: number; shows: boolean[] };

export interface Computed {
  pixels: Uint8Array<ArrayBuffer>;
  partial: Uint8Array<ArrayBuffer>;
}

// Tile worker to coordinator. `broken`: the worker's module has crashed.
export type FromTileWorker =
  | ({ type: 'tile'; job: number; slot: number } & Computed)
  | ({ type: 'done'; job: number; task: Task } & Done)
  | { type: 'failed'; job: number; error: string; broken: boolean };

// Coordinator to a worker that reads codes: one picture at a time.
export interface CodesPicture extends Shape {
  pixels: Uint8Array<ArrayBuffer>;
  symbologies: number;
  part: boolean; // of a larger picture, or that one reduced
}
export type ToCodesWorker =
  | { type: 'open'; modules: ReaderModules }
  | ({ type: 'read' } & CodesPicture);

// Back: blobs of codes as they are read, then the end, with the worker's bytes of memory.
export type FromCodesWorker =
  | { type: 'found'; codes: Uint8Array<ArrayBuffer> }
  | { type: 'read'; size: number }
  | { type: 'failed'; error: string };

// Leaves the coordinator's memory in doubt.
export class Broken extends Error {}

// The sentence for whatever was thrown, and whether it leaves the module's memory in doubt.
export function describe(thrown: unknown): { error: string; broken: boolean } {
  if (thrown instanceof RangeError)
    return { error: 'not enough memory in this browser for the picture', broken: true };
  if (thrown instanceof WebAssembly.RuntimeError)
    return { error: `this browser's engine crashed on the picture (${thrown.message})`, broken: true };
  return { error: thrown instanceof Error ? thrown.message : String(thrown), broken: thrown instanceof Broken };
}
