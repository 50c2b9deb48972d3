// Computes single tiles of a plan whose run is in another instance.
import type { TilecastModule } from './exports';
import type { ComputedTile } from './messages';
import type { Plan } from './plan';
import { allocate, bytesOf, type Task } from './task';

export class Tiler {
  #merged = 0; // address of the merged result
  #mergedSize = 0;
  readonly #rects: number; // address of the two rectangles
  #pixels = { address: 0, size: 0 }; // of the input and, behind it, the output

  // Owns `plan`.
  constructor(
    private readonly module: TilecastModule,
    private readonly plan: Plan,
  ) {
    this.#rects = module.alloc(4 * 8);
  }

  // Sets the merged result that the tiles of the next stage read.
  begin(merged: Uint8Array): void {
    const { module } = this;
    module.free(this.#merged);
    this.#merged = 0;
    this.#merged = module.alloc(merged.length);
    this.#mergedSize = merged.length;
    module.bytes.set(merged, this.#merged);
  }

  // The result may reuse the buffer of `input`.
  compute(task: Task, input: Uint8Array<ArrayBuffer>): ComputedTile {
    const { module } = this;
    const { input: i, output: o } = task;
    const outputSize = bytesOf(o, task.outputChannels);
    this.#reserve(input.length + outputSize);
    const { address } = this.#pixels;
    const output = address + input.length;
    const bytes = module.bytes;
    bytes.set(input, address);
    const rects = Int32Array.of(i.x, i.y, i.width, i.height, o.x, o.y, o.width, o.height);
    bytes.set(new Uint8Array(rects.buffer), this.#rects);
    const partial = module.exports.tc_page_tile(
      this.plan.address,
      task.stage,
      this.#rects,
      address,
      output,
      this.#merged,
      this.#mergedSize,
    );
    module.check(partial);
    const pixels = allocate(outputSize, input.buffer);
    pixels.set(module.bytes.subarray(output, output + outputSize));
    return { partial: module.readBlob(partial), pixels };
  }

  destroy(): void {
    for (const address of [this.#merged, this.#rects, this.#pixels.address]) this.module.free(address);
    this.plan.destroy();
  }

  #reserve(size: number): void {
    if (this.#pixels.size >= size) return;
    const { module } = this;
    module.free(this.#pixels.address);
    this.#pixels = { address: 0, size: 0 };
    this.#pixels = { address: module.alloc(size), size };
  }
}
