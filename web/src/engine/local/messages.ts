// The messages between the page, its coordinators and their workers. Every buffer is transferred, not copied.
import type {
  Code,
  Format,
  JobOptions,
  Line,
  Lines,
  PictureInfo,
  Pixels,
  Progress,
  Result,
  Shape,
  Tile,
} from '../engine';
import type { Shared } from './module';
import type { ReaderModules } from './reader';
import type { Task } from './task';

// A Web Worker that receives In and sends Out. Tests put a thread of node's in its place.
export interface MessageWorker<In, Out> {
  onmessage: ((event: MessageEvent<Out>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: In, transfer?: Transferable[]): void;
  terminate(): void;
}

// Page to coordinator. One job at a time; `job` distinguishes late answers of an earlier one.
export type ToCoordinator =
  | { type: 'run'; job: number; file: Blob; options: JobOptions }
  | { type: 'cancel'; job: number }
  | { type: 'decode'; job: number; file: Blob }
  | { type: 'encode'; job: number; picture: Shape & { pixels: Uint8Array }; format: Format; quality: number };

// What a job reports on the way, and its end.
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

// Coordinator to page. `replace`: the coordinator has crashed, or has grown large (WebAssembly returns no memory), and
// must not be used again.
export type FromCoordinator = ({ job: number } & JobEvent) | ({ job: number; replace: boolean } & JobEnd);
export type CoordinatorWorker = MessageWorker<ToCoordinator, FromCoordinator>;

// Coordinator to tile worker.
export type ToTileWorker =
  | { type: 'open'; module: WebAssembly.Module }
  | { type: 'plan'; job: number; pipeline: string; source: Shape }
  | { type: 'begin'; job: number; merged: Uint8Array } // the merged result that the next stage's tiles read
  | { type: 'tile'; job: number; slot: number; task: Task; input: Uint8Array<ArrayBuffer> }
  // For shared memory: `run` is an address in it; `shown` says for each stage whether its tiles are sent back.
  | { type: 'join'; module: WebAssembly.Module; shared: Shared }
  | { type: 'work'; job: number; run: number; slot: number; shown: boolean[] };

// A tile computed for a run in another memory.
export interface ComputedTile {
  pixels: Uint8Array<ArrayBuffer>;
  partial: Uint8Array<ArrayBuffer>;
}

// What a finished tile of a run in shared memory has to be reported of.
export interface TileReport {
  pixels: Uint8Array<ArrayBuffer> | null; // of a tile that is shown
  lines: Line[] | null; // found by the merge after it
}

// Tile worker to coordinator. `crashed`: the worker's module must not be used again.
export type FromTileWorker =
  | ({ type: 'tile'; job: number; slot: number } & ComputedTile)
  | ({ type: 'done'; job: number; task: Task } & TileReport)
  | { type: 'failed'; job: number; error: string; crashed: boolean };
export type TileWorker = MessageWorker<ToTileWorker, FromTileWorker>;

// Coordinator to a worker that reads codes: one picture at a time.
export interface CodesPicture extends Shape {
  pixels: Uint8Array<ArrayBuffer>;
  symbologies: number;
  part: boolean; // of a larger picture, or a reduced one
}
export type ToCodesWorker = { type: 'open'; modules: ReaderModules } | ({ type: 'read' } & CodesPicture);

// And back: blobs of codes as they are read, then the end with the worker's bytes of memory.
export type FromCodesWorker =
  | { type: 'found'; codes: Uint8Array<ArrayBuffer> }
  | { type: 'read'; size: number }
  | { type: 'failed'; error: string };
export type CodesWorker = MessageWorker<ToCodesWorker, FromCodesWorker>;

// A crash in memory that the coordinator shares.
export class SharedCrash extends Error {}

// The sentence for anything thrown, and whether the module has crashed, so that its memory cannot be trusted.
export function describe(thrown: unknown): { error: string; crashed: boolean } {
  if (thrown instanceof RangeError)
    return { error: 'not enough memory in this browser for the picture', crashed: true };
  if (thrown instanceof WebAssembly.RuntimeError)
    return { error: `this browser's engine crashed on the picture (${thrown.message})`, crashed: true };
  return {
    error: thrown instanceof Error ? thrown.message : String(thrown),
    crashed: thrown instanceof SharedCrash,
  };
}

// The sentence for a worker's error event, which is thereby handled.
export function workerError(event: ErrorEvent): string {
  event.preventDefault?.();
  return `a worker of this page stopped (${event.message || 'it could not be loaded'})`;
}
