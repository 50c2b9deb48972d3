// Finding operations by what people type.
import type { Operation } from './catalogue';

const words = (text: string) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

// How well a word fits the operation: 0 not at all, more is better. Titles count more than what is told of them.
function fit(operation: Operation, word: string): number {
  const named = words(`${operation.title} ${operation.name}`);
  if (named.some((one) => one.startsWith(word))) return named[0].startsWith(word) ? 4 : 3;
  if (named.some((one) => one.includes(word))) return 2;
  const told = words(`${operation.summary} ${operation.params.flatMap((one) => one.choices).join(' ')}`);
  return told.some((one) => one.startsWith(word)) ? 1 : 0;
}

// Those that every word fits, the best first.
export function search(operations: Operation[], text: string): Operation[] {
  const asked = words(text);
  const rated = operations.map((operation) => {
    const fits = asked.map((word) => fit(operation, word));
    return { operation, rate: fits.includes(0) ? 0 : fits.reduce((a, b) => a + b, 0) };
  });
  return rated
    .filter(({ rate }) => rate > 0)
    .sort((a, b) => b.rate - a.rate)
    .map(({ operation }) => operation);
}
