// The picture as it came, for the browser to show.
import { useEffect, useState } from 'preact/hooks';
import { codec } from '../engine/local';
import { glanced } from '../engine/local/glance';
import { readerOf } from '../input/decode';
import type { Item } from '../jobs/item';
import { toImageData } from './surface';

const SHOWN_PIXELS = 4 << 20;

async function decoded(file: Blob): Promise<Blob | null> {
  const picture = await codec.decode(file);
  let scale = 1;
  while ((picture.width / scale) * (picture.height / scale) > SHOWN_PIXELS) scale *= 2;
  const image = toImageData(picture, scale);
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return await new Promise((done) => canvas.toBlob(done, 'image/png'));
}

export interface Before {
  url: string;
  width: number;
  height: number;
}

// The picture's address and its upright size; null while it is not known, or cannot be shown.
export function useBefore(item: Item | null): Before | null {
  const [before, setBefore] = useState<Before | null>(null);
  useEffect(() => {
    setBefore(null);
    if (!item) return;
    let url = '';
    let here = true;
    const show = async () => {
      const blob = (await readerOf(item.file)) === 'engine' ? await decoded(item.file) : item.file;
      await glanced();
      if (!blob || !here) return;
      url = URL.createObjectURL(blob);
      const image = new Image();
      image.src = url;
      await image.decode();
      if (here) setBefore({ url, width: image.naturalWidth, height: image.naturalHeight });
    };
    // What cannot be shown is refused by the engine with a sentence.
    show().catch(() => undefined);
    return () => {
      here = false;
      if (url) URL.revokeObjectURL(url);
    };
  }, [item]);
  return before;
}

export function useBlobUrl(blob: Blob | null): string {
  const [url, setUrl] = useState('');
  useEffect(() => {
    if (!blob) {
      setUrl('');
      return;
    }
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
