// The visible part of a large result, drawn at a finer scale over its reduced canvas when the viewer zooms in.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Surface } from './surface';
import type { Box, View } from './zoom';

const DRAW_DELAY_MS = 60; // after the last change of the view

interface Props {
  surface: Surface;
  view: View;
  frame: Box;
  viewport: Box;
}

// The visible range of the picture along one axis: start and length, aligned to multiples of `scale`.
function range(
  length: number,
  frame: number,
  viewport: number,
  k: number,
  shift: number,
  scale: number,
): [number, number] {
  const factor = length / (frame * k);
  const start = ((frame * k - viewport) / 2 - shift) * factor;
  const from = Math.max(0, Math.floor(start / scale) * scale);
  const to = Math.min(length, Math.ceil((start + viewport * factor) / scale) * scale);
  return [from, Math.max(0, to - from)];
}

export function Detail({ surface, view, frame, viewport }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = surface.shape;
  const perPixel = width / Math.max(1, frame.width * view.k * devicePixelRatio); // pixels of the picture per pixel of the screen
  let scale = 1;
  while (scale * 2 <= perPixel) scale *= 2;
  const needed = surface.pixels !== null && scale < surface.scale;
  useLayoutEffect(() => {
    const target = canvas.current;
    if (!target || !needed) return;
    // Drawn after the gesture; during it the reduced canvas is good enough.
    const timer = setTimeout(() => {
      const [x, w] = range(width, frame.width, viewport.width, view.k, view.x, scale);
      const [y, h] = range(height, frame.height, viewport.height, view.k, view.y, scale);
      if (w === 0 || h === 0) return;
      surface.drawDetail(target, x, y, w, h, scale);
      target.style.left = `${(x / width) * 100}%`;
      target.style.top = `${(y / height) * 100}%`;
      target.style.width = `${(w / width) * 100}%`;
      target.style.height = `${(h / height) * 100}%`;
    }, DRAW_DELAY_MS);
    return () => clearTimeout(timer);
  }, [surface, view, frame.width, frame.height, viewport.width, viewport.height, scale, needed]);
  return needed ? <canvas class="detail" ref={canvas} data-testid="detail-canvas" /> : null;
}
