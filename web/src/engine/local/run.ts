// The execution of a plan on one picture: hands out tasks, and takes their results back in any order (core/run.h).
import type { Code, Line } from '../engine';
import { readCodeBlob } from './code_blob';
import type { TilecastExports, TilecastModule } from './exports';
import type { Picture } from './picture';
import { allocate, bytesOf, readTask, type Rows, type Task } from './task';

const TASK_NUMBERS = 16;

export class Run {
  readonly #taskAddress: number; // where the module writes a task
  readonly #tasks: Task[] = []; // by slot

  // `address`: a run of the module's, which `destroy` frees.
  constructor(
    private readonly module: TilecastModule,
    readonly address: number,
  ) {
    this.#taskAddress = module.alloc(4 * TASK_NUMBERS);
  }

  next(slot: number): Task {
    return this.#readTask(slot, (exports) => exports.tc_page_run_next(this.address, slot, this.#taskAddress));
  }

  // The next task where several instances work on the run in shared memory; blocks until there is one. `first`: this
  // instance owns the run.
  nextShared(job: number, slot: number, first: boolean): Task {
    return this.#readTask(slot, (exports) =>
      exports.tc_page_threads_next(job, slot, Number(first), this.#taskAddress),
    );
  }

  #readTask(slot: number, next: (exports: TilecastExports) => number): Task {
    const { module } = this;
    const kind = next(module.exports);
    const numbers = new Int32Array(module.exports.memory.buffer, this.#taskAddress, TASK_NUMBERS);
    return (this.#tasks[slot] = readTask(kind, numbers));
  }

  // The task's input pixels, tightly packed, in `buffer` if it is large enough.
  input(_slot: number, task: Task, buffer?: ArrayBuffer): Uint8Array<ArrayBuffer> {
    const pixels = allocate(bytesOf(task.input, task.inputChannels), buffer);
    this.#copyRows(task.inputRows, pixels, task.input.height, true);
    return pixels;
  }

  // The pixels that `compute` has written, until the task is finished.
  output(_slot: number, task: Task): Uint8Array<ArrayBuffer> {
    const pixels = allocate(bytesOf(task.output, task.outputChannels));
    this.#copyRows(task.outputRows, pixels, task.output.height, true);
    return pixels;
  }

  // Copies packed rows out of the picture or into it.
  #copyRows({ address, stride }: Rows, pixels: Uint8Array, rows: number, out: boolean): void {
    const { bytes } = this.module;
    const contiguous = pixels.length === stride * rows;
    const row = contiguous ? pixels.length : pixels.length / rows;
    for (let at = 0, from = address; at < pixels.length; at += row, from += stride) {
      if (out) pixels.set(bytes.subarray(from, from + row), at);
      else bytes.set(pixels.subarray(at, at + row), from);
    }
  }

  // The merged result of the stage before, which the tiles of this one read.
  merged(): Uint8Array<ArrayBuffer> {
    const { module } = this;
    const { tc_page_run_merged, tc_page_run_merged_size } = module.exports;
    return module.copy(tc_page_run_merged(this.address), tc_page_run_merged_size(this.address) >>> 0);
  }

  // Whether a codes task is about a part of a picture, or a reduced one.
  isPart(slot: number): boolean {
    return this.module.exports.tc_page_run_part(this.address, slot) !== 0;
  }

  symbologies(slot: number): number {
    return this.module.exports.tc_page_run_symbologies(this.address, slot) >>> 0;
  }

  finishTile(slot: number, pixels: Uint8Array, partial: Uint8Array): void {
    const { module } = this;
    const { tc_page_run_finish_tile } = module.exports;
    const { outputRows, output } = this.#tasks[slot];
    this.#copyRows(outputRows, pixels, output.height, false);
    module.with(partial, (at) =>
      module.check(tc_page_run_finish_tile(this.address, slot, at, partial.length)),
    );
  }

  compute(slot: number): void {
    this.module.check(this.module.exports.tc_page_run_compute(this.address, slot));
  }

  finish(slot: number): void {
    this.module.check(this.module.exports.tc_page_run_finish(this.address, slot));
  }

  // Adds a blob of codes that a task has read. Returns the new ones, with corners in the picture.
  addCodes(slot: number, codes: Uint8Array): Code[] {
    const { module } = this;
    const { tc_page_run_add_codes } = module.exports;
    const added = module.with(codes, (at) =>
      module.check(tc_page_run_add_codes(this.address, slot, at, codes.length)),
    );
    return readCodeBlob(module, module.readBlob(added));
  }

  finishCodes(slot: number): void {
    this.module.check(this.module.exports.tc_page_run_finish_codes(this.address, slot));
  }

  // The straight lines of a merge that has ended since the last call; else null.
  pollLines(): Line[] | null {
    const { module } = this;
    const count = module.exports.tc_page_run_pop_lines(this.address);
    if (count < 0) return null;
    const n = module.numbers(4 * count, (to) => module.exports.tc_page_run_lines(this.address, to));
    return Array.from({ length: count }, (_, i) => [...n.subarray(4 * i, 4 * i + 4)] as Line);
  }

  get done(): number {
    return this.module.exports.tc_page_run_done(this.address);
  }

  get total(): number {
    return this.module.exports.tc_page_run_total(this.address);
  }

  // Moves the result into `picture`.
  moveResult(picture: Picture): void {
    this.module.check(this.module.exports.tc_page_run_move_result(this.address, picture.address));
  }

  destroy(): void {
    this.module.exports.tc_page_run_destroy(this.address);
    this.detach();
  }

  // Frees what belongs to this object alone, for a run that another instance destroys.
  detach(): void {
    this.module.free(this.#taskAddress);
  }
}
