// Searches operations by words.
import type { Operation } from './catalogue';

const words = (text: string) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

// The rank of an operation for a word: 0 for no match. Titles rank higher than summaries.
function rank(operation: Operation, word: string): number {
  const title = words(`${operation.title} ${operation.name}`);
  if (title.some((one) => one.startsWith(word))) return title[0].startsWith(word) ? 4 : 3;
  if (title.some((one) => one.includes(word))) return 2;
  const summary = words(`${operation.summary} ${operation.params.flatMap((one) => one.choices).join(' ')}`);
  return summary.some((one) => one.startsWith(word)) ? 1 : 0;
}

// The operations that match every word, the best first.
export function search(operations: Operation[], text: string): Operation[] {
  const query = words(text);
  const ranked = operations.map((operation) => {
    const ranks = query.map((word) => rank(operation, word));
    return { operation, sum: ranks.includes(0) ? 0 : ranks.reduce((a, b) => a + b, 0) };
  });
  return ranked
    .filter(({ sum }) => sum > 0)
    .sort((a, b) => b.sum - a.sum)
    .map(({ operation }) => operation);
}
