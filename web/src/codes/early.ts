// Codes that are told early, before the picture is decoded, and then again with their exact places.
import type { Code } from '../engine/engine';

function bounds({ points }: Code) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

function holdsMiddle(outer: Code, inner: Code): boolean {
  const [o, i] = [bounds(outer), bounds(inner)];
  const [x, y] = [(i.left + i.right) / 2, (i.top + i.bottom) / 2];
  return x >= o.left && x <= o.right && y >= o.top && y <= o.bottom;
}

// As tc_codes_same.
const isSame = (a: Code, b: Code) =>
  a.type === b.type && a.text === b.text && (holdsMiddle(a, b) || holdsMiddle(b, a));

// One of several codes of which `whole` is the message.
const isPart = (part: Code, whole: Code) =>
  part.type === whole.type && whole.text.includes(part.text) && holdsMiddle(whole, part);

// The list with one more code: each is in it once, at its exact place as soon as that is known.
export function withCode(codes: Code[], code: Code): Code[] {
  if (code.early) return codes.some((one) => isSame(one, code)) ? codes : [...codes, code];
  const at = codes.findIndex((one) => one.early && isSame(one, code));
  if (at >= 0) return codes.map((one, index) => (index === at ? code : one));
  return [...codes.filter((one) => !one.early || !isPart(one, code)), code];
}
