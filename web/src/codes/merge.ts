// Merges codes that are found early, before the picture is decoded, with the same codes at their exact positions.
import type { Code } from '../engine/engine';

function bounds({ points }: Code) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

function containsCenter(outer: Code, inner: Code): boolean {
  const [o, i] = [bounds(outer), bounds(inner)];
  const [x, y] = [(i.left + i.right) / 2, (i.top + i.bottom) / 2];
  return x >= o.left && x <= o.right && y >= o.top && y <= o.bottom;
}

// As tc_codes_same.
const isSame = (a: Code, b: Code) =>
  a.type === b.type && a.text === b.text && (containsCenter(a, b) || containsCenter(b, a));

// Whether `part` is one of several codes that hold the message `whole`.
const isPart = (part: Code, whole: Code) =>
  part.type === whole.type && whole.text.includes(part.text) && containsCenter(whole, part);

// The list with one more code. Each code is in it once; its exact position replaces the early one.
export function mergeCode(codes: Code[], code: Code): Code[] {
  if (code.early) return codes.some((one) => isSame(one, code)) ? codes : [...codes, code];
  const at = codes.findIndex((one) => one.early && isSame(one, code));
  if (at >= 0) return codes.map((one, index) => (index === at ? code : one));
  return [...codes.filter((one) => !one.early || !isPart(one, code)), code];
}
