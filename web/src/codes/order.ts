// Reading order of codes, as in core/codes.c: lines from top to bottom, each from left to right. A line consists of the
// codes that begin above the center of its first one.
import type { Code } from '../engine/engine';

interface Box {
  code: Code;
  left: number;
  top: number;
  bottom: number;
}

function boxOf(code: Code): Box {
  const xs = code.points.map(([x]) => x);
  const ys = code.points.map(([, y]) => y);
  return { code, left: Math.min(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

export function inReadingOrder(codes: Code[]): Code[] {
  const all = codes.map(boxOf).sort((a, b) => a.top - b.top || a.left - b.left);
  const sorted: Box[] = [];
  for (let first = 0, end = 0; first < all.length; first = end) {
    const middle = all[first].top + Math.floor((all[first].bottom - all[first].top) / 2);
    while (end < all.length && all[end].top <= middle) end++;
    sorted.push(...all.slice(first, end).sort((a, b) => a.left - b.left || a.top - b.top));
  }
  return sorted.map(({ code }) => code);
}
