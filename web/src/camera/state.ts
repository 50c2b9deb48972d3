// The scanner's state: opening and closing the camera, pausing while the page is hidden, the codes found.
import { batch, signal } from '@preact/signals';
import { add } from '../jobs/queue';
import { Camera } from './device';
import { ScanSession } from './scan_session';
import { CodeTracker, type Detection, type FoundCode, OUTLINE_MS } from './tracker';

export const open = signal(false);
export const camera = signal<Camera | null>(null);
export const error = signal(''); // a sentence, shown in place of the video
export const torch = signal(false);
export const frameSize = signal({ width: 0, height: 0 }); // of the frames, in whose pixels outlines are
export const outlines = signal<Detection[]>([]);
export const foundCodes = signal<FoundCode[]>([]); // the newest first

const MAX_CODES = 500;

let tracker = new CodeTracker();
let session: ScanSession | null = null;
let video: HTMLVideoElement | null = null;
let attempts = 0; // to open a camera; one that opens after a later attempt is closed again
let deviceId: string | null = null; // once the user has switched cameras
let expiry: ReturnType<typeof setTimeout> | undefined;

// Removes the outlines of codes that are no longer read, even if no frame comes.
function updateOutlines(): void {
  clearTimeout(expiry);
  outlines.value = tracker.visible(performance.now());
  if (outlines.value.length > 0) expiry = setTimeout(updateOutlines, OUTLINE_MS / 3);
}

function addCodes(added: FoundCode[]): void {
  if (added.length === 0) return;
  foundCodes.value = [...added.toReversed(), ...foundCodes.value].slice(0, MAX_CODES);
  navigator.vibrate?.(60);
}

function begin(opened: Camera, element: HTMLVideoElement): void {
  tracker.clearVisible();
  element.srcObject = opened.stream;
  element.play().catch(() => undefined); // rejected when the scanner is closed at once
  session = new ScanSession(opened, element, {
    found: ({ width, height, codes }) =>
      batch(() => {
        frameSize.value = { width, height };
        addCodes(tracker.update(codes, performance.now()));
        updateOutlines();
      }),
    failed: (message) => {
      stop();
      error.value = message;
    },
  });
  camera.value = opened;
}

async function start(): Promise<void> {
  stop();
  const attempt = ++attempts;
  error.value = '';
  try {
    const opened = await Camera.open(deviceId);
    if (attempt === attempts && video) begin(opened, video);
    else opened.close();
  } catch (thrown) {
    if (attempt !== attempts) return;
    deviceId = null;
    error.value = (thrown as Error).message;
  }
}

function stop(): void {
  attempts++;
  session?.end();
  session = null;
  clearTimeout(expiry);
  if (video) video.srcObject = null;
  batch(() => {
    camera.value = null;
    torch.value = false;
    outlines.value = [];
  });
}

function followVisibility(): void {
  if (document.hidden) stop();
  else if (!session) void start();
}

// Plays the camera's video in `element` until the returned function is called.
export function show(element: HTMLVideoElement): () => void {
  video = element;
  document.addEventListener('visibilitychange', followVisibility);
  followVisibility();
  return () => {
    document.removeEventListener('visibilitychange', followVisibility);
    stop();
    video = null;
    error.value = '';
  };
}

export const retry = start;

export function switchCamera(): void {
  deviceId = camera.value?.others[0] ?? null;
  void start();
}

export async function toggleTorch(): Promise<void> {
  const used = camera.value;
  if (!used) return;
  const on = !torch.value;
  const isOn = await used.setTorch(on).then(
    () => on,
    () => false,
  );
  if (camera.value === used) torch.value = isOn; // else it was closed meanwhile
}

export function clearCodes(): void {
  tracker = new CodeTracker();
  foundCodes.value = [];
}

// Adds the present frame to the pictures, like an opened file. False when there is no frame yet.
export async function capturePicture(): Promise<boolean> {
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
