// The picture before processing, as a URL for the browser.
import { useEffect, useState } from 'preact/hooks';
import { codec } from '../engine/local';
import { prescansDone } from '../engine/local/prescan';
import { decoderOf } from '../input/decode';
import type { Item } from '../jobs/item';
import { toImageData } from './surface';

const MAX_PIXELS = 4 << 20;

async function decodeAsPng(file: Blob): Promise<Blob | null> {
  const picture = await codec.decode(file);
  let scale = 1;
  while ((picture.width / scale) * (picture.height / scale) > MAX_PIXELS) scale *= 2;
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

// The picture's URL and its upright size; null until they are known, or if it cannot be displayed.
export function useBefore(item: Item | null): Before | null {
  const [before, setBefore] = useState<Before | null>(null);
  useEffect(() => {
    setBefore(null);
    if (!item) return;
    let url = '';
    let mounted = true;
    const show = async () => {
      const blob = (await decoderOf(item.file)) === 'engine' ? await decodeAsPng(item.file) : item.file;
      await prescansDone();
      if (!blob || !mounted) return;
      url = URL.createObjectURL(blob);
      const image = new Image();
      image.src = url;
      await image.decode();
      if (mounted) setBefore({ url, width: image.naturalWidth, height: image.naturalHeight });
    };
    // The engine reports what is wrong with such a file.
    show().catch(() => undefined);
    return () => {
      mounted = false;
      if (url) URL.revokeObjectURL(url);
    };
  }, [item]);
  return before;
}

// '' for null.
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
