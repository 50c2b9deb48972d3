// Zoom and pan of the viewer. `k` is 1 when the picture fits; x and y are the offset from the center, in pixels of the
// screen.

export interface View {
  k: number;
  x: number;
  y: number;
}

export interface Box {
  width: number;
  height: number;
}

export const FIT_VIEW: View = { k: 1, x: 0, y: 0 };

// The picture's size at zoom 1.
export function fit(picture: Box, viewport: Box): Box {
  const scale = Math.min(viewport.width / picture.width, viewport.height / picture.height);
  // A tiny picture is enlarged 8 times at most.
  const limited = Math.min(scale, 8);
  return { width: picture.width * limited, height: picture.height * limited };
}

// The nearest view in which the picture covers the viewport or is centered.
export function clampView(view: View, frame: Box, viewport: Box): View {
  const slackX = Math.max(0, (frame.width * view.k - viewport.width) / 2);
  const slackY = Math.max(0, (frame.height * view.k - viewport.height) / 2);
  return {
    k: view.k,
    x: Math.max(-slackX, Math.min(slackX, view.x)),
    y: Math.max(-slackY, Math.min(slackY, view.y)),
  };
}

// Zooms by a factor about a point relative to the viewport's center.
export function zoomAt(view: View, factor: number, x: number, y: number, maxZoom: number): View {
  const k = Math.max(1, Math.min(maxZoom, view.k * factor));
  const ratio = k / view.k;
  return { k, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}
