// What the camera has seen: each code once, the newest first, and where the codes in sight are now.
import type { Code } from '../engine/engine';

export const OUTLINE_MS = 300; // an outline stays for so long after its code was last seen
const AGREE_MS = 1000; // a bar code is believed when it is read twice within this time

export interface Find {
  key: string;
  type: string;
  text: string; // a payload that is no text is spelled in hexadecimal
  binary: boolean;
}

export interface Sighting {
  key: string;
  points: [number, number][];
  at: number;
}

// Symbologies whose error correction leaves no doubt; a bar code's check digit, if it has one, lets one in ten pass.
const SURE = /^(QR-Code|SQ-Code)$/;

export const keyOf = ({ type, text, bytes }: Code) => `${type} ${bytes ? 'bytes' : 'text'} ${text}`;

const middle = (points: [number, number][]) =>
  [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);

const distance = (a: Sighting, b: Sighting) => {
  const [from, to] = [middle(a.points), middle(b.points)];
  return Math.hypot(from[0] - to[0], from[1] - to[1]);
};

export class Sightings {
  private readonly doubtful = new Map<string, number>(); // when each was first read
  private readonly believed = new Set<string>();
  private readonly known = new Set<string>();
  private current: Sighting[] = [];

  // Codes of one frame, all or some; gives those that are new.
  see(codes: Code[], now: number): Find[] {
    const seen: Sighting[] = [];
    const fresh: Find[] = [];
    for (const code of codes) {
      const key = keyOf(code);
      if (!this.believe(code, key, now)) continue;
      seen.push({ key, points: code.points, at: now });
      if (this.known.has(key)) continue;
      this.known.add(key);
      fresh.push({ key, type: code.type, text: code.text, binary: code.bytes !== null });
    }
    this.follow(seen, now);
    return fresh;
  }

  // Those to be outlined; they are taken away when they are too old.
  inSight(now: number): Sighting[] {
    this.current = this.current.filter(({ at }) => now - at <= OUTLINE_MS);
    return this.current;
  }

  // Nothing is in sight any more: another picture begins.
  lose(): void {
    this.current = [];
  }

  private believe(code: Code, key: string, now: number): boolean {
    if (SURE.test(code.type) || this.believed.has(key)) return true;
    const first = this.doubtful.get(key);
    for (const [other, at] of this.doubtful) if (now - at > AGREE_MS) this.doubtful.delete(other);
    if (first === undefined || now - first > AGREE_MS) {
      this.doubtful.set(key, now);
      return false;
    }
    this.believed.add(key);
    return true;
  }

  // Each sighting takes the place of the nearest older one of the same code. Those that remain have moved out, or were
  // not read in this frame.
  private follow(seen: Sighting[], now: number): void {
    const old = [...this.inSight(now)];
    for (const one of seen) {
      const same = old.filter(({ key }) => key === one.key);
      if (same.length === 0) continue;
      const nearest = same.reduce((a, b) => (distance(a, one) <= distance(b, one) ? a : b));
      old.splice(old.indexOf(nearest), 1);
    }
    this.current = [...old, ...seen];
  }
}
