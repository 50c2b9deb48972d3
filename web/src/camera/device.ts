// Finds and opens cameras, with one sentence for the user when that fails.

// What browsers have beyond TypeScript's description.
interface Abilities extends MediaTrackCapabilities {
  torch?: boolean;
}
type TorchConstraint = MediaTrackConstraintSet & { torch: boolean };
type VideoConstraints = MediaTrackConstraints & { resizeMode: string };

const media: MediaDevices | undefined = navigator.mediaDevices;

export const INSECURE =
  'Browsers let a page use the camera only over https, or from this device itself: open this page that way.';

// Whether to offer scanning. An insecure page cannot list cameras, and offers it.
export async function mayHaveCamera(): Promise<boolean> {
  if (!isSecureContext) return true;
  return (await cameras()).length > 0;
}

// Calls `changed` when a camera is plugged in or out, until the returned function is called.
export function watchCameras(changed: () => void): () => void {
  media?.addEventListener('devicechange', changed);
  return () => media?.removeEventListener('devicechange', changed);
}

async function cameras(): Promise<MediaDeviceInfo[]> {
  const devices = (await media?.enumerateDevices?.().catch(() => [])) ?? [];
  return devices.filter(({ kind }) => kind === 'videoinput');
}

const MESSAGES: Record<string, string> = {
  NotAllowedError: 'This page may not use the camera: allow it in the browser’s settings for this page.',
  NotFoundError: 'There is no camera on this device.',
  OverconstrainedError: 'The camera is gone.',
  NotReadableError: 'The camera cannot be used now; perhaps another program is using it.',
  AbortError: 'The camera cannot be used now; perhaps another program is using it.',
};

function messageOf(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.name : '';
  return MESSAGES[name] ?? `The camera could not be started (${name || String(thrown)}).`;
}

function facesUser(track: MediaStreamTrack): boolean {
  const { facingMode } = track.getSettings();
  return facingMode ? facingMode === 'user' : /\b(front|facetime)\b/i.test(track.label);
}

export class Camera {
  readonly track: MediaStreamTrack;
  readonly mirrored: boolean; // it faces the user, who expects a mirror image
  readonly hasTorch: boolean;
  readonly others: string[]; // the device ids of the other cameras, the next one first

  private constructor(
    readonly stream: MediaStream,
    devices: MediaDeviceInfo[],
  ) {
    [this.track] = stream.getVideoTracks();
    this.mirrored = facesUser(this.track);
    this.hasTorch = (this.track.getCapabilities?.() as Abilities | undefined)?.torch === true;
    const ids = devices.map(({ deviceId }) => deviceId);
    const own = ids.indexOf(this.track.getSettings().deviceId ?? '');
    this.others = [...ids.slice(own + 1), ...ids.slice(0, Math.max(own, 0))];
  }

  // Rejects with an Error whose message is one sentence. `deviceId` null: the camera that faces away from the user.
  static async open(deviceId: string | null): Promise<Camera> {
    if (!isSecureContext) throw new Error(INSECURE);
    if (!media?.getUserMedia) throw new Error('This browser has no camera interface for pages.');
    const selector = deviceId === null ? { facingMode: 'environment' } : { deviceId: { exact: deviceId } };
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    // Without `resizeMode` browsers crop the picture to this size.
    const video: VideoConstraints = { ...selector, ...size, resizeMode: 'none' };
    try {
      const stream = await media.getUserMedia({ video, audio: false });
      return new Camera(stream, await cameras()); // devices have labels and ids only after the user has allowed one
    } catch (thrown) {
      throw new Error(messageOf(thrown));
    }
  }

  async setTorch(on: boolean): Promise<void> {
    await this.track.applyConstraints({ advanced: [{ torch: on } as TorchConstraint] });
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }
}
