// The tile workers that help one coordinator: started when first needed, each given a few tiles ahead so that it never
// waits.
import type { Shape } from '../engine';
import type { Computed, FromTileWorker, ToTileWorker } from './messages';
import type { Task } from './tilecast';

export interface TileWorker {
  onmessage: ((event: MessageEvent<FromTileWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToTileWorker, transfer?: Transferable[]): void;
  terminate(): void;
}

const AHEAD = 3; // tiles that one worker has at once: its own, one that waits, one whose result waits

export interface TeamListener {
  finished(slot: number, worker: number, tile: Computed): void;
  failed(error: string): void;
}

interface Member {
  worker: TileWorker;
  number: number; // from 1
  job: number; // the last whose plan it has
  stage: number; // the last that it was told to begin
}

export class Team {
  private members: (Member | null)[];
  private job = 0;
  private plan: { pipeline: string; source: Shape } | null = null;
  private merged: Uint8Array = new Uint8Array();
  private mergedStage = 0;
  private listener: TeamListener | null = null;
  private buffers: ArrayBuffer[] = []; // fresh ones take longer to fill than those that are there already

  constructor(
    private readonly module: WebAssembly.Module,
    size: number,
    private readonly spawn: () => TileWorker,
  ) {
    this.members = Array.from({ length: size }, () => null);
  }

  // The slots, those of different workers first, so that all have work soon.
  get order(): number[] {
    const { size } = this;
    return Array.from({ length: this.slots }, (_, i) => (i % size) * AHEAD + Math.floor(i / size));
  }

  // Slots are numbered from 0; a worker's are neighbours.
  get slots(): number {
    return this.members.length * AHEAD;
  }

  get size(): number {
    return this.members.length;
  }

  // Begins a job; what is still out of an earlier one is forgotten.
  open(pipeline: string, source: Shape, listener: TeamListener): void {
    this.job++;
    const { width, height, channels } = source; // and nothing else that it may hold
    this.plan = { pipeline, source: { width, height, channels } };
    this.merged = new Uint8Array();
    this.mergedStage = 0;
    this.listener = listener;
  }

  close(): void {
    this.job++;
    this.listener = null;
  }

  // Tiles of stage `stage` begin with these bytes.
  begin(stage: number, merged: Uint8Array): void {
    this.merged = merged;
    this.mergedStage = stage;
  }

  send(slot: number, task: Task, input: Uint8Array<ArrayBuffer>): void {
    const member = this.member(Math.floor(slot / AHEAD));
    const { job } = this;
    if (member.job !== job && this.plan) {
      member.job = job;
      member.stage = 0;
      member.worker.postMessage({ type: 'plan', job, ...this.plan });
    }
    if (member.stage !== this.mergedStage) {
      member.stage = this.mergedStage;
      member.worker.postMessage({ type: 'begin', job, merged: this.merged });
    }
    member.worker.postMessage({ type: 'tile', job, slot, task, input }, [input.buffer]);
  }

  // Memory for a tile that is sent: of one that came back, or undefined.
  buffer(): ArrayBuffer | undefined {
    return this.buffers.pop();
  }

  reuse(buffer: ArrayBuffer): void {
    if (this.buffers.length < this.slots) this.buffers.push(buffer);
  }

  private member(index: number): Member {
    const known = this.members[index];
    if (known) return known;
    const worker = this.spawn();
    const member: Member = { worker, number: index + 1, job: 0, stage: 0 };
    worker.onmessage = ({ data }) => this.hear(member, data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.dismiss(member);
      if (member.job !== this.job) return;
      // What makes one worker stop may stop the others too, and only later: the next job gets new ones.
      for (const other of this.members) if (other?.job === this.job) this.dismiss(other);
      this.listener?.failed(`a worker of this page stopped (${event.message || 'it could not be loaded'})`);
    };
    worker.postMessage({ type: 'open', module: this.module });
    this.members[index] = member;
    return member;
  }

  private hear(member: Member, message: FromTileWorker): void {
    const broken = message.type === 'failed' && message.broken;
    if (broken) this.dismiss(member);
    if (message.job !== this.job) return;
    if (message.type === 'failed') this.listener?.failed(message.error);
    else if (message.type === 'tile') this.listener?.finished(message.slot, member.number, message);
  }

  // Ends a worker; another takes its place with the next tile.
  private dismiss(member: Member): void {
    member.worker.terminate();
    const index = this.members.indexOf(member);
    if (index >= 0) this.members[index] = null;
  }
}
