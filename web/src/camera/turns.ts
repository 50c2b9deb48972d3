// How the passes of the strategy are spread over frames. A frame is read by the first pass, and by as many others as
// its time allows, but at least one; the next frame goes on where this one stopped. Of two frames one is for the passes
// that have found something, as long as they do, so that an outline follows its code whichever pass reads it.
import type { Reader } from '../engine/local/reader';
import type { Picture } from './grey';

const BUDGET_MS = 40;
const GOOD_MS = 5000; // for so long after it has found something a pass is a good one
const EVERY = 2 ** 53 - 1; // bits of all passes that there may be

const bits = (passes: Iterable<number>) => [...passes].reduce((sum, pass) => sum + 2 ** pass, 0);

export class Turns {
  private readonly had = new Set<number>(); // since the turn began
  private readonly good = new Map<number, number>(); // when they found something last
  private following = false;

  constructor(private readonly now: () => number = () => performance.now()) {}

  // `found` is given blobs of codes as soon as they are read. What the reader throws comes through.
  async read(
    reader: Pick<Reader, 'readAnyway'>,
    { pixels, width, height, channels }: Picture,
    symbologies: number,
    found: (codes: Uint8Array) => void,
  ): Promise<void> {
    const began = this.now();
    const following = this.takeTurn(began);
    let [pass, more, stopped] = [0, 0, false];
    await reader.readAnyway(pixels, width, height, channels, symbologies, {
      skip: following ? EVERY - bits(new Set([0, ...this.good.keys()])) : bits(this.had),
      pass: (number) => {
        pass = number;
        if (pass === 0) return;
        more++;
        if (!following) this.had.add(pass);
      },
      found: (codes) => {
        this.good.set(pass, this.now());
        found(codes);
      },
      stop: () => (stopped = more > 0 && this.now() - began >= BUDGET_MS),
    });
    if (!following && !stopped) this.had.clear(); // all have had their turn
  }

  private takeTurn(now: number): boolean {
    for (const [pass, at] of this.good) if (now - at > GOOD_MS) this.good.delete(pass);
    this.following = this.good.size > 0 && !this.following;
    return this.following;
  }
}
