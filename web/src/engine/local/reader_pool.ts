// The workers that read codes for one coordinator, which stays free to receive their findings and a cancellation. Each is
// started when first needed.
import { Cancelled } from './event_loop';
import { type CodesPicture, type CodesWorker, type FromCodesWorker, workerError } from './messages';
import type { ReaderModules } from './reader';

const MAX_BYTES = 160 << 20; // a worker with more memory is replaced

type Found = (codes: Uint8Array) => void;

class Member {
  size = 0; // bytes of memory
  readonly opened: Promise<void>; // its modules have been sent
  #failure: Error | null = null; // of the worker itself
  #found: Found = () => {};
  #end: (failure: Error | null) => void = () => {};

  constructor(
    readonly worker: CodesWorker,
    modules: Promise<ReaderModules>,
  ) {
    this.opened = modules.then((all) => worker.postMessage({ type: 'open', modules: all }));
    worker.onmessage = ({ data }) => this.#handle(data);
    worker.onerror = (event) => this.#end((this.#failure = new Error(workerError(event))));
  }

  async read(picture: CodesPicture, found: Found, signal: AbortSignal): Promise<void> {
    let abort = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(new Cancelled());
        if (this.#failure) return reject(this.#failure);
        abort = () => reject(new Cancelled());
        signal.addEventListener('abort', abort);
        this.#found = found;
        this.#end = (failure) => (failure ? reject(failure) : resolve());
        this.worker.postMessage({ type: 'read', ...picture }, [picture.pixels.buffer]);
      });
    } finally {
      signal.removeEventListener('abort', abort);
      this.#found = () => {};
    }
  }

  #handle(message: FromCodesWorker): void {
    if (message.type === 'failed') this.#end(new Error(message.error));
    else if (message.type === 'read') {
      this.size = message.size;
      this.#end(null);
    } else {
      try {
        this.#found(message.codes);
      } catch (thrown) {
        this.#end(thrown as Error);
      }
    }
  }
}

export class ReaderPool {
  readonly #members: (Member | null)[];
  #modules: Promise<ReaderModules> | null = null;

  // `size`: workers. `load` is called with the first of them.
  constructor(
    private readonly load: () => Promise<ReaderModules>,
    size: number,
    private readonly spawn: () => CodesWorker,
  ) {
    this.#members = Array.from({ length: size }, () => null);
  }

  get size(): number {
    return this.#members.length;
  }

  // Bytes of memory of all workers.
  get memory(): number {
    return this.#members.reduce((sum, member) => sum + (member?.size ?? 0), 0);
  }

  // Starts the first worker before its first picture.
  prepare(): void {
    this.#member(0).catch(() => {}); // reported by `read`
  }

  // Has the idle worker `index` read a picture; `found` gets each blob of codes at once. An abort terminates the worker
  // and throws Cancelled.
  async read(index: number, picture: CodesPicture, found: Found, signal: AbortSignal): Promise<void> {
    const member = await this.#member(index);
    let reusable = false;
    try {
      await member.read(picture, found, signal);
      reusable = member.size <= MAX_BYTES;
    } finally {
      if (!reusable) this.#terminate(index, member);
    }
  }

  async #member(index: number): Promise<Member> {
    const member = (this.#members[index] ??= new Member(this.spawn(), (this.#modules ??= this.load())));
    try {
      await member.opened;
    } catch (thrown) {
      this.#modules = null; // loaded again with the next job
      this.#terminate(index, member);
      throw thrown;
    }
    return member;
  }

  #terminate(index: number, member: Member): void {
    member.worker.terminate();
    if (this.#members[index] === member) this.#members[index] = null;
  }
}
