// The part of a large result that is in sight, drawn sharp over its reduced canvas when the viewer zooms in.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Surface } from './surface';
import type { Box, View } from './zoom';

interface Props {
  surface: Surface;
  view: View;
  frame: Box;
  room: Box;
}

// From a position on the screen to one in the picture, kept inside of it and on a multiple of `scale`.
function range(
  length: number,
  frame: number,
  room: number,
  k: number,
  shift: number,
  scale: number,
): [number, number] {
  const factor = length / (frame * k);
  const start = ((frame * k - room) / 2 - shift) * factor;
  const from = Math.max(0, Math.floor(start / scale) * scale);
  const to = Math.min(length, Math.ceil((start + room * factor) / scale) * scale);
  return [from, Math.max(0, to - from)];
}

export function Detail({ surface, view, frame, room }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = surface.shape;
  const perPixel = width / Math.max(1, frame.width * view.k * devicePixelRatio); // of the picture to one of the screen
  let scale = 1;
  while (scale * 2 <= perPixel) scale *= 2;
  const needed = surface.pixels !== null && scale < surface.scale;
  useLayoutEffect(() => {
    const target = canvas.current;
    if (!target || !needed) return;
    // After the gesture: while it lasts, the reduced canvas is good enough.
    const timer = setTimeout(() => {
      const [x, w] = range(width, frame.width, room.width, view.k, view.x, scale);
      const [y, h] = range(height, frame.height, room.height, view.k, view.y, scale);
      if (w === 0 || h === 0) return;
      surface.drawDetail(target, x, y, w, h, scale);
      target.style.left = `${(x / width) * 100}%`;
      target.style.top = `${(y / height) * 100}%`;
      target.style.width = `${(w / width) * 100}%`;
      target.style.height = `${(h / height) * 100}%`;
    }, 60);
    return () => clearTimeout(timer);
  }, [surface, view, frame.width, frame.height, room.width, room.height, scale, needed]);
  return needed ? <canvas class="detail" ref={canvas} data-testid="detail-canvas" /> : null;
}
