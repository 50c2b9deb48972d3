// Saves results: one as a file, all as a ZIP.
import { downloadZip } from 'client-zip';
import type { Item } from '../jobs/item';
import { items } from '../jobs/queue';
import { resultFile } from '../jobs/result';
import { format } from '../settings';
import { showToast } from './toast';

export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has opened the Blob by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const extension = () => (format.peek() === 'jpeg' ? 'jpg' : 'png');

export const resultName = (item: Item) =>
  `${item.name.replace(/\.[^.]*$/, '') || 'picture'}-tilecast.${extension()}`;

export async function saveOne(item: Item): Promise<void> {
  try {
    download(await resultFile(item), resultName(item));
  } catch (reason) {
    showToast(reason instanceof Error ? reason.message : String(reason));
  }
}

// "a.png" twice becomes "a.png" and "a (2).png".
function uniqueNames(list: Item[]): string[] {
  const uses = new Map<string, number>();
  return list.map((item) => {
    const name = resultName(item);
    const count = (uses.get(name) ?? 0) + 1;
    uses.set(name, count);
    return count === 1 ? name : name.replace(/(\.[^.]*)$/, ` (${count})$1`);
  });
}

export async function saveAll(): Promise<void> {
  const list = items.peek().filter((item) => item.state.peek() === 'done');
  const names = uniqueNames(list);
  async function* entries() {
    for (const [index, item] of list.entries()) yield { name: names[index], input: await resultFile(item) };
  }
  try {
    download(await downloadZip(entries()).blob(), 'tilecast.zip');
  } catch (reason) {
    showToast(reason instanceof Error ? reason.message : String(reason));
  }
}
