// A pool of tile workers with a memory of their own each: tiles are copied to them and back in messages. A worker has a
// few tiles queued, so that it never waits.
import type { Shape } from '../engine';
import { type ComputedTile, type FromTileWorker, type TileWorker, workerError } from './messages';
import type { Task } from './task';

const QUEUE_LENGTH = 3; // tiles of one worker: the one computed, one that waits, one whose result waits

export interface MessagePoolListener {
  finished(slot: number, worker: number, tile: ComputedTile): void; // `worker` from 1
  failed(error: string): void;
}

interface Member {
  worker: TileWorker;
  number: number; // from 1
  job: number; // the last whose plan was sent
  stage: number; // the last whose beginning was sent
}

export class MessagePool {
  #members: (Member | null)[];
  #job = 0;
  #plan: { pipeline: string; source: Shape } | null = null;
  #merged: Uint8Array = new Uint8Array();
  #mergedStage = 0;
  #listener: MessagePoolListener | null = null;
  #buffers: ArrayBuffer[] = []; // reused: the pages of new ones would have to be faulted in

  // `size`: workers, which are started when first needed.
  constructor(
    private readonly module: WebAssembly.Module,
    size: number,
    private readonly spawn: () => TileWorker,
  ) {
    this.#members = Array.from({ length: size }, () => null);
  }

  // The slots, round-robin over the workers, so that all have work soon.
  get order(): number[] {
    const { size } = this;
    return Array.from({ length: this.slots }, (_, i) => (i % size) * QUEUE_LENGTH + Math.floor(i / size));
  }

  // Slots are numbered from 0; those of one worker are contiguous.
  get slots(): number {
    return this.#members.length * QUEUE_LENGTH;
  }

  get size(): number {
    return this.#members.length;
  }

  // Begins a job; results of an earlier one are ignored from now on.
  open(pipeline: string, source: Shape, listener: MessagePoolListener): void {
    this.#job++;
    const { width, height, channels } = source; // a plain object, for the message
    this.#plan = { pipeline, source: { width, height, channels } };
    this.#merged = new Uint8Array();
    this.#mergedStage = 0;
    this.#listener = listener;
  }

  close(): void {
    this.#job++;
    this.#listener = null;
  }

  // Sets the merged result that the tiles of stage `stage` read.
  begin(stage: number, merged: Uint8Array): void {
    this.#merged = merged;
    this.#mergedStage = stage;
  }

  send(slot: number, task: Task, input: Uint8Array<ArrayBuffer>): void {
    const member = this.#member(Math.floor(slot / QUEUE_LENGTH));
    const job = this.#job;
    if (member.job !== job && this.#plan) {
      member.job = job;
      member.stage = 0;
      member.worker.postMessage({ type: 'plan', job, ...this.#plan });
    }
    if (member.stage !== this.#mergedStage) {
      member.stage = this.#mergedStage;
      member.worker.postMessage({ type: 'begin', job, merged: this.#merged });
    }
    member.worker.postMessage({ type: 'tile', job, slot, task, input }, [input.buffer]);
  }

  // A recycled buffer for a tile's input, or undefined.
  popBuffer(): ArrayBuffer | undefined {
    return this.#buffers.pop();
  }

  recycle(buffer: ArrayBuffer): void {
    if (this.#buffers.length < this.slots) this.#buffers.push(buffer);
  }

  #member(index: number): Member {
    return (this.#members[index] ??= this.#start(index));
  }

  #start(index: number): Member {
    const worker = this.spawn();
    const member: Member = { worker, number: index + 1, job: 0, stage: 0 };
    worker.onmessage = ({ data }) => this.#handle(member, data);
    worker.onerror = (event) => {
      const error = workerError(event);
      this.#terminate(member);
      if (member.job !== this.#job) return;
      // What stops one worker may stop the others too, later: the next job gets new ones.
      for (const other of this.#members) if (other?.job === this.#job) this.#terminate(other);
      this.#listener?.failed(error);
    };
    worker.postMessage({ type: 'open', module: this.module });
    return member;
  }

  #handle(member: Member, message: FromTileWorker): void {
    const crashed = message.type === 'failed' && message.crashed;
    if (crashed) this.#terminate(member);
    if (message.job !== this.#job) return;
    if (message.type === 'failed') this.#listener?.failed(message.error);
    else if (message.type === 'tile') this.#listener?.finished(message.slot, member.number, message);
  }

  // Another worker is started in its place with the next tile.
  #terminate(member: Member): void {
    member.worker.terminate();
    const index = this.#members.indexOf(member);
    if (index >= 0) this.#members[index] = null;
  }
}
