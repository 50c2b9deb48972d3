// Thumbnails for the list, made one after the other, so that hundreds of pictures need the memory of one.
import { prescansDone } from '../engine/local/prescan';
import { decoderOf } from '../input/decode';

const SIDE = 96;
let previous: Promise<unknown> = Promise.resolve();

async function make(file: Blob): Promise<string> {
  if ((await decoderOf(file)) === 'engine') return '';
  await prescansDone();
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

const thumbnails = new WeakMap<Blob, Promise<string>>();

// The thumbnail's URL, or '' if the browser cannot decode the file.
export function thumbnail(file: Blob): Promise<string> {
  let promise = thumbnails.get(file);
  if (!promise) {
    promise = previous.then(() => make(file)).catch(() => '');
    previous = promise;
    thumbnails.set(file, promise);
  }
  return promise;
}

export function revokeThumbnail(file: Blob): void {
  void thumbnails.get(file)?.then((url) => url && URL.revokeObjectURL(url));
  thumbnails.delete(file);
}
