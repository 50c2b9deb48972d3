// Small pictures for the list, made one after the other, so that hundreds of pictures cost the memory of one.
import { glanced } from '../engine/local/glance';
import { readerOf } from '../input/decode';

const SIDE = 96;
let last: Promise<unknown> = Promise.resolve();

async function make(file: Blob): Promise<string> {
  if ((await readerOf(file)) === 'engine') return '';
  await glanced();
  const bitmap = await createImageBitmap(file);
  const scale = SIDE / Math.min(bitmap.width, bitmap.height);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext('2d');
  if (context) context.imageSmoothingQuality = 'high';
  const width = bitmap.width * scale;
  const height = bitmap.height * scale;
  context?.drawImage(bitmap, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
  bitmap.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.7));
  canvas.width = canvas.height = 0;
  return blob ? URL.createObjectURL(blob) : '';
}

const made = new WeakMap<Blob, Promise<string>>();

// The address of the thumbnail, or '' for what the browser cannot show.
export function thumbnail(file: Blob): Promise<string> {
  let promise = made.get(file);
  if (!promise) {
    promise = last.then(() => make(file)).catch(() => '');
    last = promise;
    made.set(file, promise);
  }
  return promise;
}

export function forgetThumbnail(file: Blob): void {
  void made.get(file)?.then((url) => url && URL.revokeObjectURL(url));
  made.delete(file);
}
