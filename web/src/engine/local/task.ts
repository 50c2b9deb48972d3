// A task of a run, as the module describes it: a tile to compute, or a region in which codes are searched for.

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const bytesOf = (rect: { width: number; height: number }, channels: number) =>
  rect.width * rect.height * channels;

// tc_task_kind
export const WAIT = 0;
export const TILE = 1;
export const CODES = 2;
export const DONE = 3;
export const OVER = 4; // TC_PAGE_OVER

export interface Task {
  kind: number;
  stage: number;
  input: Rect;
  output: Rect;
  tile: number;
  inputChannels: number;
  outputChannels: number;
  inputRows: Rows;
  outputRows: Rows;
}

// The rows of a rectangle in the module's memory.
export interface Rows {
  address: number; // of the first row
  stride: number; // bytes from row to row
}

// Reads the 16 numbers that tc_page_run_next writes.
export function readTask(kind: number, n: Int32Array): Task {
  const rect = (at: number): Rect => ({ x: n[at], y: n[at + 1], width: n[at + 2], height: n[at + 3] });
  const rows = (at: number): Rows => ({ address: n[at] >>> 0, stride: n[at + 1] });
  return {
    kind,
    stage: n[0],
    input: rect(1),
    output: rect(5),
    tile: n[9],
    inputChannels: n[10],
    outputChannels: n[11],
    inputRows: rows(12),
    outputRows: rows(14),
  };
}

// A view of `size` bytes: of `buffer` if it is large enough, else of new memory.
export function allocate(size: number, buffer?: ArrayBuffer): Uint8Array<ArrayBuffer> {
  return buffer && buffer.byteLength >= size ? new Uint8Array(buffer, 0, size) : new Uint8Array(size);
}
