// The workers that read codes for one coordinator, which itself stays free to hear what they find and to be told to give
// up. Each is started when first needed.
import type { CodesPicture, FromCodesWorker, ToCodesWorker } from './messages';
import type { ReaderModules } from './reader';
import { Cancelled } from './rest';

export interface CodesWorker {
  onmessage: ((event: MessageEvent<FromCodesWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToCodesWorker, transfer?: Transferable[]): void;
  terminate(): void;
}

const SPENT_BYTES = 160 << 20; // memory of a worker that is better ended than kept

type Found = (codes: Uint8Array) => void;

class Member {
  size = 0; // bytes of memory
  readonly opened: Promise<void>; // it has what it reads with
  private failure: Error | null = null; // of the worker itself
  private found: Found = () => {};
  private end: (failure: Error | null) => void = () => {};

  constructor(
    readonly worker: CodesWorker,
    modules: Promise<ReaderModules>,
  ) {
    this.opened = modules.then((all) => worker.postMessage({ type: 'open', modules: all }));
    worker.onmessage = ({ data }) => this.hear(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      const reason = event.message || 'it could not be loaded';
      this.end((this.failure = new Error(`a worker of this page stopped (${reason})`)));
    };
  }

  async read(picture: CodesPicture, found: Found, signal: AbortSignal): Promise<void> {
    let abort = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(new Cancelled());
        if (this.failure) return reject(this.failure);
        abort = () => reject(new Cancelled());
        signal.addEventListener('abort', abort);
        this.found = found;
        this.end = (failure) => (failure ? reject(failure) : resolve());
        this.worker.postMessage({ type: 'read', ...picture }, [picture.pixels.buffer]);
      });
    } finally {
      signal.removeEventListener('abort', abort);
      this.found = () => {};
    }
  }

  private hear(message: FromCodesWorker): void {
    if (message.type === 'failed') this.end(new Error(message.error));
    else if (message.type === 'read') {
      this.size = message.size;
      this.end(null);
    } else {
      try {
        this.found(message.codes);
      } catch (thrown) {
        this.end(thrown as Error);
      }
    }
  }
}

export class Readers {
  private readonly members: (Member | null)[];
  private modules: Promise<ReaderModules> | null = null;

  constructor(
    private readonly load: () => Promise<ReaderModules>,
    size: number,
    private readonly spawn: () => CodesWorker,
  ) {
    this.members = Array.from({ length: size }, () => null);
  }

  // How many pictures can be read at once.
  get count(): number {
    return this.members.length;
  }

  // Bytes of memory of all workers.
  get memory(): number {
    return this.members.reduce((sum, member) => sum + (member?.size ?? 0), 0);
  }

  // Has the first worker ready when its first picture comes.
  prepare(): void {
    this.member(0).catch(() => {}); // said when it is to read
  }

  // Has a worker that has nothing to do read a picture; `found` is given each blob of codes as soon as it is read. When
  // the signal comes, the worker ends and Cancelled is thrown.
  async read(index: number, picture: CodesPicture, found: Found, signal: AbortSignal): Promise<void> {
    const member = await this.member(index);
    let well = false;
    try {
      await member.read(picture, found, signal);
      well = member.size <= SPENT_BYTES;
    } finally {
      if (!well) this.dismiss(index, member);
    }
  }

  private async member(index: number): Promise<Member> {
    const member = (this.members[index] ??= new Member(this.spawn(), (this.modules ??= this.load())));
    try {
      await member.opened;
    } catch (thrown) {
      this.modules = null; // tried again with the next job
      this.dismiss(index, member);
      throw thrown;
    }
    return member;
  }

  private dismiss(index: number, member: Member): void {
    member.worker.terminate();
    if (this.members[index] === member) this.members[index] = null;
  }
}
