// Whether tiles are to be shared with workers. To copy a tile out and its result back takes the coordinator's time, so
// tiles that take hardly more to compute stay with it.
import { type Task, bytesOf } from './tilecast';

const COPIED_BYTES_PER_MS = 4e6; // of a tile and its result, with the messages
const SURE = 8; // expected costs are rough: to go by them, tiles must take so many times longer than their copies

export class Share {
  pays = false;
  private ms = 0;
  private bytes = 0;

  // A stage's first tile: until one has been computed, `cost` tells, the expected ns for a pixel.
  begin(task: Task, cost: number): void {
    this.ms = this.bytes = 0;
    this.pays = (bytesOf(task.output, cost) / 1e6) * COPIED_BYTES_PER_MS >= SURE * bytesOfTask(task);
  }

  // A tile has taken `ms` here.
  add(task: Task, ms: number): void {
    this.ms += ms;
    this.bytes += bytesOfTask(task);
    this.pays = this.ms * COPIED_BYTES_PER_MS >= this.bytes;
  }
}

function bytesOfTask({ input, inputChannels, output, outputChannels }: Task): number {
  return bytesOf(input, inputChannels) + bytesOf(output, outputChannels);
}
