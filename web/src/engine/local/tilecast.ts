// tilecast.wasm as objects: pictures, plans, runs. Each is ended with `destroy`, a run before its plan.
import type { Code, Line, Shape, StageInfo } from '../engine';
import { type CommonExports, Module, type Shared } from './module';

// wasm/page.h describes each function.
interface TilecastExports extends CommonExports {
  tc_page_probe(bytes: number, size: number, shape: number): number;
  tc_page_picture_decode(bytes: number, size: number): number;
  tc_page_picture_new(width: number, height: number, channels: number): number;
  tc_page_picture_destroy(picture: number): void;
  tc_page_picture_shape(picture: number, shape: number): void;
  tc_page_picture_pixels(picture: number): number;
  tc_page_picture_format(picture: number): number;
  tc_page_picture_warning(picture: number): number;
  tc_page_picture_encode(picture: number, format: number, quality: number): number;
  tc_page_picture_filter(picture: number, y: number, rows: number, to: number): number;
  tc_page_pipeline_check(text: number): number;
  tc_page_plan_new(pipeline: number, width: number, height: number, channels: number): number;
  tc_page_plan_destroy(plan: number): void;
  tc_page_plan_stage_count(plan: number): number;
  tc_page_plan_stage(plan: number, index: number, tile: number, stage: number): void;
  tc_page_plan_steps(plan: number, index: number): number;
  tc_page_plan_bands(plan: number, workers: number): number;
  tc_page_default_tile(width: number, height: number): number;
  tc_page_tile(
    plan: number,
    stage: number,
    rects: number,
    input: number,
    output: number,
    merged: number,
    mergedSize: number,
  ): number;
  tc_page_run_new(plan: number, picture: number, tile: number, slots: number): number;
  tc_page_run_destroy(run: number): void;
  tc_page_run_next(run: number, slot: number, task: number): number;
  tc_page_run_merged(run: number): number;
  tc_page_run_merged_size(run: number): number;
  tc_page_run_part(run: number, slot: number): number;
  tc_page_run_symbologies(run: number, slot: number): number;
  tc_page_run_finish_tile(run: number, slot: number, partial: number, size: number): number;
  tc_page_run_compute(run: number, slot: number): number;
  tc_page_run_finish(run: number, slot: number): number;
  tc_page_run_found_codes(run: number, slot: number, codes: number, size: number): number;
  tc_page_run_finish_codes(run: number, slot: number): number;
  tc_page_run_take_lines(run: number): number;
  tc_page_run_lines(run: number, to: number): void;
  tc_page_run_done(run: number): number;
  tc_page_run_total(run: number): number;
  tc_page_run_take_result(run: number, picture: number): number;
  tc_page_code(codes: number, size: number, index: number, points: number): number;
  tc_page_code_type(): number;
  tc_page_code_how(): number;
  tc_page_code_bytes(): number;
  tc_page_code_bytes_size(): number;
  tc_page_code_text(): number;
  tc_page_code_text_size(): number;
  // Of the module whose memory is shared.
  tc_page_crew_lock(): void;
  tc_page_crew_unlock(): void;
  tc_page_crew_begin(job: number, run: number): void;
  tc_page_crew_turn(job: number, slot: number, first: number, task: number): number;
  tc_page_crew_leave(told: number): void;
  tc_page_crew_stop(crashed: number): void;
  tc_page_crew_end(): number;
}

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
  inputAt: Place;
  outputAt: Place;
}

// Where a rectangle's rows stand in the module's memory.
interface Place {
  address: number;
  stride: number;
}

export interface Stage extends StageInfo {
  allChannels: number; // of which `channels` are a picture to look at
  empty: boolean; // computes nothing
  cost: number; // expected ns for a pixel, in one worker
}

export class Picture {
  constructor(
    private readonly tilecast: Tilecast,
    readonly address: number,
  ) {}

  get shape(): Shape {
    const { module } = this.tilecast;
    const [width, height, channels] = module.numbers(3, (to) =>
      module.exports.tc_page_picture_shape(this.address, to),
    );
    return { width, height, channels };
  }

  // Where its pixels stand in the module's memory.
  get at(): number {
    return this.tilecast.module.exports.tc_page_picture_pixels(this.address) >>> 0;
  }

  get format(): string {
    return this.tilecast.text((e) => e.tc_page_picture_format(this.address));
  }

  get warning(): string {
    return this.tilecast.text((e) => e.tc_page_picture_warning(this.address));
  }

  pixels(): Uint8Array<ArrayBuffer> {
    const { width, height, channels } = this.shape;
    return this.tilecast.module.copy(this.at, width * height * channels);
  }

  // The pixels of one rectangle, tightly packed.
  cut(rect: Rect): Uint8Array<ArrayBuffer> {
    const { width, channels } = this.shape;
    const pixels = new Uint8Array(bytesOf(rect, channels));
    const from = this.at;
    const all = this.tilecast.module.bytes;
    const row = rect.width * channels;
    for (let y = 0; y < rect.height; y++) {
      const start = from + ((rect.y + y) * width + rect.x) * channels;
      pixels.set(all.subarray(start, start + row), y * row);
    }
    return pixels;
  }

  // Rows as PNG wants them.
  filter(y: number, rows: number): Uint8Array<ArrayBuffer> {
    const { module } = this.tilecast;
    const { width, channels } = this.shape;
    return module.packed((width * channels + 1) * rows, (to) =>
      module.check(module.exports.tc_page_picture_filter(this.address, y, rows, to)),
    );
  }

  encode(format: string, quality: number): Uint8Array<ArrayBuffer> {
    const { module } = this.tilecast;
    const blob = module.withText(format, (text) =>
      module.exports.tc_page_picture_encode(this.address, text, quality),
    );
    return module.takeBlob(module.check(blob));
  }

  destroy(): void {
    this.tilecast.module.exports.tc_page_picture_destroy(this.address);
  }
}

export class Plan {
  constructor(
    private readonly tilecast: Tilecast,
    readonly address: number,
    readonly source: Shape,
  ) {}

  // Bands as wide as the picture, for tiles that nobody watches: below 0, as `stages` and a run take them.
  bands(workers: number): number {
    return this.tilecast.module.exports.tc_page_plan_bands(this.address, workers);
  }

  // The stages, with tiles of side `tile`.
  stages(tile: number): Stage[] {
    const { exports } = this.tilecast.module;
    const count = exports.tc_page_plan_stage_count(this.address);
    return Array.from({ length: count }, (_, index) => this.stage(index, tile, index === count - 1));
  }

  private stage(index: number, tile: number, last: boolean): Stage {
    const { module } = this.tilecast;
    const [width, height, allChannels, view, tiles, empty, picoseconds] = module.numbers(7, (to) =>
      module.exports.tc_page_plan_stage(this.address, index, tile, to),
    );
    return {
      width,
      height,
      channels: last ? allChannels : view,
      tiles: empty && !last ? 0 : tiles,
      steps: this.tilecast.text((e) => e.tc_page_plan_steps(this.address, index)),
      allChannels,
      empty: empty !== 0,
      cost: picoseconds / 1000,
    };
  }

  destroy(): void {
    this.tilecast.module.exports.tc_page_plan_destroy(this.address);
  }
}

// Computes tiles of a plan that some other instance hands out.
export class Tiler {
  private merged = 0;
  private mergedSize = 0;
  private readonly rects: number;
  private room = { address: 0, size: 0 };

  constructor(
    private readonly tilecast: Tilecast,
    private readonly plan: Plan,
  ) {
    this.rects = tilecast.module.alloc(4 * 8);
  }

  // What the tiles of the following stage begin with.
  begin(merged: Uint8Array): void {
    const { module } = this.tilecast;
    module.free(this.merged);
    this.merged = 0;
    this.merged = module.alloc(merged.length);
    this.mergedSize = merged.length;
    module.bytes.set(merged, this.merged);
  }

  // The result may stand where the input has stood.
  compute(
    task: Task,
    input: Uint8Array<ArrayBuffer>,
  ): { pixels: Uint8Array<ArrayBuffer>; partial: Uint8Array<ArrayBuffer> } {
    const { module } = this.tilecast;
    const { input: i, output: o } = task;
    const outputSize = bytesOf(o, task.outputChannels);
    this.reserve(input.length + outputSize);
    const { address } = this.room;
    const output = address + input.length;
    const bytes = module.bytes;
    bytes.set(input, address);
    const rects = Int32Array.of(i.x, i.y, i.width, i.height, o.x, o.y, o.width, o.height);
    bytes.set(new Uint8Array(rects.buffer), this.rects);
    const partial = module.exports.tc_page_tile(
      this.plan.address,
      task.stage,
      this.rects,
      address,
      output,
      this.merged,
      this.mergedSize,
    );
    module.check(partial);
    const pixels = room(outputSize, input.buffer);
    pixels.set(module.bytes.subarray(output, output + outputSize));
    return { partial: module.takeBlob(partial), pixels };
  }

  destroy(): void {
    for (const address of [this.merged, this.rects, this.room.address]) this.tilecast.module.free(address);
    this.plan.destroy();
  }

  private reserve(size: number): void {
    if (this.room.size >= size) return;
    const { module } = this.tilecast;
    module.free(this.room.address);
    this.room = { address: 0, size: 0 };
    this.room = { address: module.alloc(size), size };
  }
}

// `size` bytes, in `buffer` if it is large enough.
function room(size: number, buffer?: ArrayBuffer): Uint8Array<ArrayBuffer> {
  return buffer && buffer.byteLength >= size ? new Uint8Array(buffer, 0, size) : new Uint8Array(size);
}

export class Run {
  private readonly record: number;
  private readonly tasks: Task[] = []; // by slot

  constructor(
    private readonly tilecast: Tilecast,
    readonly address: number,
  ) {
    this.record = tilecast.module.alloc(4 * 16);
  }

  next(slot: number): Task {
    return this.task(slot, (exports) => exports.tc_page_run_next(this.address, slot, this.record));
  }

  // The same among instances that share the run. `first`: this one has begun it.
  turn(job: number, slot: number, first: boolean): Task {
    return this.task(slot, (exports) => exports.tc_page_crew_turn(job, slot, Number(first), this.record));
  }

  private task(slot: number, take: (exports: TilecastExports) => number): Task {
    const { module } = this.tilecast;
    const kind = take(module.exports);
    const n = new Int32Array(module.exports.memory.buffer, this.record, 16);
    const rect = (at: number): Rect => ({ x: n[at], y: n[at + 1], width: n[at + 2], height: n[at + 3] });
    const place = (at: number): Place => ({ address: n[at] >>> 0, stride: n[at + 1] });
    return (this.tasks[slot] = {
      kind,
      stage: n[0],
      input: rect(1),
      output: rect(5),
      tile: n[9],
      inputChannels: n[10],
      outputChannels: n[11],
      inputAt: place(12),
      outputAt: place(14),
    });
  }

  // The tile's pixels, tightly packed, in `buffer` if it is large enough.
  input(_slot: number, task: Task, buffer?: ArrayBuffer): Uint8Array<ArrayBuffer> {
    const pixels = room(bytesOf(task.input, task.inputChannels), buffer);
    this.copyRows(task.inputAt, pixels, task.input.height, true);
    return pixels;
  }

  // What `compute` has given, before it is finished.
  output(_slot: number, task: Task): Uint8Array<ArrayBuffer> {
    const pixels = room(bytesOf(task.output, task.outputChannels));
    this.copyRows(task.outputAt, pixels, task.output.height, true);
    return pixels;
  }

  // Copies packed rows out of the picture or into it.
  private copyRows({ address, stride }: Place, pixels: Uint8Array, rows: number, out: boolean): void {
    const { bytes } = this.tilecast.module;
    const whole = pixels.length === stride * rows; // rows one behind the other
    const row = whole ? pixels.length : pixels.length / rows;
    for (let at = 0, from = address; at < pixels.length; at += row, from += stride) {
      if (out) pixels.set(bytes.subarray(from, from + row), at);
      else bytes.set(pixels.subarray(at, at + row), from);
    }
  }

  merged(): Uint8Array<ArrayBuffer> {
    const { module } = this.tilecast;
    const { tc_page_run_merged, tc_page_run_merged_size } = module.exports;
    return module.copy(tc_page_run_merged(this.address), tc_page_run_merged_size(this.address) >>> 0);
  }

  // True when a task for codes is of a part of a picture, or of a reduced one.
  part(slot: number): boolean {
    return this.tilecast.module.exports.tc_page_run_part(this.address, slot) !== 0;
  }

  symbologies(slot: number): number {
    return this.tilecast.module.exports.tc_page_run_symbologies(this.address, slot) >>> 0;
  }

  finishTile(slot: number, pixels: Uint8Array, partial: Uint8Array): void {
    const { module } = this.tilecast;
    const { tc_page_run_finish_tile } = module.exports;
    const { outputAt, output } = this.tasks[slot];
    this.copyRows(outputAt, pixels, output.height, false);
    module.with(partial, (at) =>
      module.check(tc_page_run_finish_tile(this.address, slot, at, partial.length)),
    );
  }

  compute(slot: number): void {
    const { module } = this.tilecast;
    module.check(module.exports.tc_page_run_compute(this.address, slot));
  }

  finish(slot: number): void {
    const { module } = this.tilecast;
    module.check(module.exports.tc_page_run_finish(this.address, slot));
  }

  // Takes a blob of codes that a task has read, and gives those that are new, with corners in the picture.
  foundCodes(slot: number, codes: Uint8Array): Code[] {
    const { module } = this.tilecast;
    const { tc_page_run_found_codes } = module.exports;
    const fresh = module.with(codes, (at) =>
      module.check(tc_page_run_found_codes(this.address, slot, at, codes.length)),
    );
    return this.tilecast.codes(module.takeBlob(fresh));
  }

  finishCodes(slot: number): void {
    const { module } = this.tilecast;
    module.check(module.exports.tc_page_run_finish_codes(this.address, slot));
  }

  // The straight lines that have just been found, told once; else null.
  takeLines(): Line[] | null {
    const { module } = this.tilecast;
    const count = module.exports.tc_page_run_take_lines(this.address);
    if (count < 0) return null;
    const n = module.numbers(4 * count, (to) => module.exports.tc_page_run_lines(this.address, to));
    return Array.from({ length: count }, (_, i) => [...n.subarray(4 * i, 4 * i + 4)] as Line);
  }

  get done(): number {
    return this.tilecast.module.exports.tc_page_run_done(this.address);
  }

  get total(): number {
    return this.tilecast.module.exports.tc_page_run_total(this.address);
  }

  // Moves the result into `picture`.
  takeResult(picture: Picture): void {
    const { module } = this.tilecast;
    module.check(module.exports.tc_page_run_take_result(this.address, picture.address));
  }

  destroy(): void {
    this.tilecast.module.exports.tc_page_run_destroy(this.address);
    this.leave();
  }

  // For an instance that did not make it.
  leave(): void {
    this.tilecast.module.free(this.record);
  }
}

export class Tilecast {
  private constructor(readonly module: Module<TilecastExports>) {}

  // `shared`: for tilecast_shared.wasm.
  static async open(module: WebAssembly.Module, shared: Shared | null = null): Promise<Tilecast> {
    return new Tilecast(await Module.open<TilecastExports>(module, {}, shared));
  }

  text(get: (exports: TilecastExports) => number): string {
    return this.module.text(get(this.module.exports));
  }

  // The shape that the file's header promises.
  probe(bytes: Uint8Array): Shape {
    const { module } = this;
    return module.with(bytes, (at) => {
      const [width, height, channels] = module.numbers(3, (to) =>
        module.check(module.exports.tc_page_probe(at, bytes.length, to)),
      );
      return { width, height, channels };
    });
  }

  decode(bytes: Uint8Array): Picture {
    const { module } = this;
    const decode = (at: number) => module.exports.tc_page_picture_decode(at, bytes.length);
    return new Picture(this, module.check(module.with(bytes, decode)));
  }

  picture(shape: Shape, pixels?: Uint8Array): Picture {
    const { module } = this;
    const address = module.exports.tc_page_picture_new(shape.width, shape.height, shape.channels);
    const picture = new Picture(this, module.check(address));
    if (pixels) module.bytes.set(pixels.subarray(0, bytesOf(shape, shape.channels)), picture.at);
    return picture;
  }

  checkPipeline(text: string): void {
    this.module.withText(text, (at) => this.module.check(this.module.exports.tc_page_pipeline_check(at)));
  }

  plan(pipeline: string, source: Shape): Plan {
    const { module } = this;
    const address = module.withText(pipeline, (at) =>
      module.exports.tc_page_plan_new(at, source.width, source.height, source.channels),
    );
    return new Plan(this, module.check(address), source);
  }

  tiler(pipeline: string, source: Shape): Tiler {
    return new Tiler(this, this.plan(pipeline, source));
  }

  // Takes over the picture's pixels. `slots`: tasks that may be out at once.
  run(plan: Plan, picture: Picture, tile: number, slots: number): Run {
    const { module } = this;
    const address = module.exports.tc_page_run_new(plan.address, picture.address, tile, slots);
    return new Run(this, module.check(address));
  }

  // A run that another instance has made in the same memory.
  runAt(address: number): Run {
    return new Run(this, address);
  }

  defaultTile(shape: Shape): number {
    return this.module.exports.tc_page_default_tile(shape.width, shape.height);
  }

  codes(blob: Uint8Array): Code[] {
    const { module } = this;
    const codes: Code[] = [];
    module.with(blob, (at) => {
      for (let found = true; found;) {
        const n = module.numbers(8, (to) => {
          found = module.exports.tc_page_code(at, blob.length, codes.length, to) !== 0;
        });
        if (found) codes.push(this.code(n));
      }
    });
    return codes;
  }

  private code(n: Int32Array): Code {
    const { exports } = this.module;
    const bytes = exports.tc_page_code_bytes_size();
    return {
      type: this.text((e) => e.tc_page_code_type()),
      text: this.module.text(exports.tc_page_code_text(), exports.tc_page_code_text_size()),
      bytes: bytes > 0 ? this.module.copy(exports.tc_page_code_bytes(), bytes) : null,
      how: this.text((e) => e.tc_page_code_how()),
      points: [0, 2, 4, 6].map((at) => [n[at], n[at + 1]]),
    };
  }
}
