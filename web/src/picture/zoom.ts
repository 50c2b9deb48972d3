// Zooming and panning: `k` is 1 when the picture fits; x and y move it from the middle, in pixels of the screen.

export interface View {
  k: number;
  x: number;
  y: number;
}

export interface Box {
  width: number;
  height: number;
}

export const FITTED: View = { k: 1, x: 0, y: 0 };

export function fit(picture: Box, room: Box): Box {
  const scale = Math.min(room.width / picture.width, room.height / picture.height);
  // A tiny picture is enlarged, but not to a few giant pixels.
  const bounded = Math.min(scale, 8);
  return { width: picture.width * bounded, height: picture.height * bounded };
}

// Keeps the picture from being pushed out of sight.
export function bound(view: View, frame: Box, room: Box): View {
  const slackX = Math.max(0, (frame.width * view.k - room.width) / 2);
  const slackY = Math.max(0, (frame.height * view.k - room.height) / 2);
  return {
    k: view.k,
    x: Math.max(-slackX, Math.min(slackX, view.x)),
    y: Math.max(-slackY, Math.min(slackY, view.y)),
  };
}

// Zooms by a factor about a point, given from the middle of the room.
export function zoomAt(view: View, factor: number, x: number, y: number, most: number): View {
  const k = Math.max(1, Math.min(most, view.k * factor));
  const ratio = k / view.k;
  return { k, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}
