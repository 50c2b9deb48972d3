// The scanner's state: opening and closing, pausing while the page is hidden, what was found.
import { batch, signal } from '@preact/signals';
import { add } from '../jobs/queue';
import { Camera } from './device';
import { type Find, OUTLINE_MS, type Sighting, Sightings } from './sightings';
import { Watch } from './watch';

export const open = signal(false);
export const camera = signal<Camera | null>(null);
export const trouble = signal(''); // a sentence in place of the picture
export const torch = signal(false);
export const shape = signal({ width: 0, height: 0 }); // of the frames, which outlines are drawn on
export const outlines = signal<Sighting[]>([]);
export const finds = signal<Find[]>([]); // the newest first

const MAX_FINDS = 500;

let sightings = new Sightings();
let watch: Watch | null = null;
let video: HTMLVideoElement | null = null;
let opening = 0; // counts attempts: a camera that comes too late for its own is closed again
let chosen: string | null = null; // the camera's device id, once the user has switched
let fading: ReturnType<typeof setTimeout> | undefined;

// An outline goes when its code has not been seen for a while, even if no frame comes.
function fade(): void {
  clearTimeout(fading);
  outlines.value = sightings.inSight(performance.now());
  if (outlines.value.length > 0) fading = setTimeout(fade, OUTLINE_MS / 3);
}

function tell(fresh: Find[]): void {
  if (fresh.length === 0) return;
  finds.value = [...fresh.toReversed(), ...finds.value].slice(0, MAX_FINDS);
  navigator.vibrate?.(60);
}

function begin(opened: Camera, on: HTMLVideoElement): void {
  sightings.lose();
  on.srcObject = opened.stream;
  on.play().catch(() => undefined); // given up when it is closed at once
  watch = new Watch(opened, on, {
    found: ({ width, height, codes }) =>
      batch(() => {
        shape.value = { width, height };
        tell(sightings.see(codes, performance.now()));
        fade();
      }),
    failed: (error) => {
      stop();
      trouble.value = error;
    },
  });
  camera.value = opened;
}

async function start(): Promise<void> {
  stop();
  const attempt = ++opening;
  trouble.value = '';
  try {
    const opened = await Camera.open(chosen);
    if (attempt === opening && video) begin(opened, video);
    else opened.close();
  } catch (thrown) {
    if (attempt !== opening) return;
    chosen = null;
    trouble.value = (thrown as Error).message;
  }
}

function stop(): void {
  opening++;
  watch?.end();
  watch = null;
  clearTimeout(fading);
  if (video) video.srcObject = null;
  batch(() => {
    camera.value = null;
    torch.value = false;
    outlines.value = [];
  });
}

function follow(): void {
  if (document.hidden) stop();
  else if (!watch) void start();
}

// While it is shown, `element` plays the camera's picture. Gives what ends it.
export function show(element: HTMLVideoElement): () => void {
  video = element;
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    stop();
    video = null;
    trouble.value = '';
  };
}

export const retry = start;

export function switchCamera(): void {
  chosen = camera.value?.others[0] ?? null;
  void start();
}

export async function toggleTorch(): Promise<void> {
  const on = !torch.value;
  try {
    await camera.value?.light(on);
    torch.value = on;
  } catch {
    torch.value = false;
  }
}

export function clearFinds(): void {
  sightings = new Sightings();
  finds.value = [];
}

// The picture as it stands goes the way of an opened file. False when there is none yet.
export async function takePicture(): Promise<boolean> {
  if (!video || video.videoWidth === 0) return false;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const file = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  canvas.width = canvas.height = 0;
  if (!file) return false;
  const time = new Date().toTimeString().slice(0, 8).replaceAll(':', '.');
  add([{ file, name: `camera ${time}.png` }]);
  return true;
}
