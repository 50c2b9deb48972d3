// Decides whether tiles are sent to workers. Copying a tile out and its result back costs the coordinator time, so it
// computes tiles itself that take hardly longer than their copies.
import { bytesOf, type Task } from './task';

const COPIED_BYTES_PER_MS = 4e6; // of a tile and its result, with the messages
const SAFETY = 8; // expected costs are rough: by them, computing must take this many times longer than copying

export class Offload {
  worthwhile = false;
  #ms = 0;
  #bytes = 0;

  // A stage's first tile. Until a tile has been measured, `cost` decides: the expected ns per pixel.
  begin(task: Task, cost: number): void {
    this.#ms = this.#bytes = 0;
    this.worthwhile = (bytesOf(task.output, cost) / 1e6) * COPIED_BYTES_PER_MS >= SAFETY * bytesOfTask(task);
  }

  // A tile has been computed here in `ms`.
  measure(task: Task, ms: number): void {
    this.#ms += ms;
    this.#bytes += bytesOfTask(task);
    this.worthwhile = this.#ms * COPIED_BYTES_PER_MS >= this.#bytes;
  }
}

function bytesOfTask({ input, inputChannels, output, outputChannels }: Task): number {
  return bytesOf(input, inputChannels) + bytesOf(output, outputChannels);
}
