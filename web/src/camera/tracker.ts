// Tracks the codes in the camera's frames: which are new, and where the visible ones are.
import type { Code } from '../engine/engine';

export const OUTLINE_MS = 300; // a code counts as visible for this time after it was last read
const CONFIRM_MS = 1000; // a bar code is confirmed when it is read twice within this time

export interface FoundCode {
  key: string;
  type: string;
  text: string; // hexadecimal for a payload that is not text
  binary: boolean;
}

export interface Detection {
  key: string;
  points: [number, number][];
  at: number; // ms
}

// Symbologies with error correction, which need no confirmation. A bar code has at most a check digit, which one misreading
// in ten passes.
const ERROR_CORRECTED = /^(QR-Code|SQ-Code)$/;

const keyOf = ({ type, text, bytes }: Code) => `${type} ${bytes ? 'bytes' : 'text'} ${text}`;

const center = (points: [number, number][]) =>
  [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);

const distance = (a: Detection, b: Detection) => {
  const [from, to] = [center(a.points), center(b.points)];
  return Math.hypot(from[0] - to[0], from[1] - to[1]);
};

export class CodeTracker {
  readonly #unconfirmed = new Map<string, number>(); // keys, and when each was first read
  readonly #confirmed = new Set<string>();
  readonly #known = new Set<string>();
  #current: Detection[] = [];

  // Adds all or some codes of one frame. Returns those that are new.
  update(codes: Code[], now: number): FoundCode[] {
    const detections: Detection[] = [];
    const added: FoundCode[] = [];
    for (const code of codes) {
      const key = keyOf(code);
      if (!this.#confirm(code, key, now)) continue;
      detections.push({ key, points: code.points, at: now });
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      added.push({ key, type: code.type, text: code.text, binary: code.bytes !== null });
    }
    this.#match(detections, now);
    return added;
  }

  // The codes to outline.
  visible(now: number): Detection[] {
    this.#current = this.#current.filter(({ at }) => now - at <= OUTLINE_MS);
    return this.#current;
  }

  // Another video begins: nothing is visible.
  clearVisible(): void {
    this.#current = [];
  }

  #confirm(code: Code, key: string, now: number): boolean {
    if (ERROR_CORRECTED.test(code.type) || this.#confirmed.has(key)) return true;
    const first = this.#unconfirmed.get(key);
    for (const [other, at] of this.#unconfirmed) if (now - at > CONFIRM_MS) this.#unconfirmed.delete(other);
    if (first === undefined || now - first > CONFIRM_MS) {
      this.#unconfirmed.set(key, now);
      return false;
    }
    this.#confirmed.add(key);
    return true;
  }

  // Each detection replaces the nearest older one of the same code. Older ones that remain have moved out, or were not
  // read in this frame.
  #match(detections: Detection[], now: number): void {
    const old = [...this.visible(now)];
    for (const one of detections) {
      const same = old.filter(({ key }) => key === one.key);
      if (same.length === 0) continue;
      const nearest = same.reduce((a, b) => (distance(a, one) <= distance(b, one) ? a : b));
      old.splice(old.indexOf(nearest), 1);
    }
    this.#current = [...old, ...detections];
  }
}
