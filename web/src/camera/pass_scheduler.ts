// Schedules the strategy's passes over frames. Each frame is read by the first pass and by as many others, round-robin, as
// the time budget allows, but at least one. Every other frame is read by the passes that have found something lately, so
// that an outline follows its code whichever pass reads it.
import type { Picture, Reader } from '../engine/local/reader';

const BUDGET_MS = 40;
const ACTIVE_MS = 5000; // a pass is active for this time after it has found something
const ALL_PASSES = 2 ** 53 - 1; // as bits

const bits = (passes: Iterable<number>) => [...passes].reduce((sum, pass) => sum + 2 ** pass, 0);

export class PassScheduler {
  readonly #completed = new Set<number>(); // in this round
  readonly #active = new Map<number, number>(); // passes, and when they found something last
  #following = false; // this frame is for the active passes

  constructor(private readonly now: () => number = () => performance.now()) {}

  // `found` gets blobs of codes as soon as they are read. Throws what the reader throws.
  async read(
    reader: Pick<Reader, 'readRecovering'>,
    picture: Picture,
    symbologies: number,
    found: (codes: Uint8Array) => void,
  ): Promise<void> {
    const start = this.now();
    const following = this.#beginFrame(start);
    let [current, others, stopped] = [0, 0, false];
    await reader.readRecovering(picture, symbologies, {
      skip: following ? ALL_PASSES - bits(new Set([0, ...this.#active.keys()])) : bits(this.#completed),
      pass: (pass) => {
        current = pass;
        if (pass === 0) return;
        others++;
        if (!following) this.#completed.add(pass);
      },
      found: (codes) => {
        this.#active.set(current, this.now());
        found(codes);
      },
      stop: () => (stopped = others > 0 && this.now() - start >= BUDGET_MS),
    });
    if (!following && !stopped) this.#completed.clear(); // the round is over
  }

  #beginFrame(now: number): boolean {
    for (const [pass, at] of this.#active) if (now - at > ACTIVE_MS) this.#active.delete(pass);
    this.#following = this.#active.size > 0 && !this.#following;
    return this.#following;
  }
}
