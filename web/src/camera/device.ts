// Cameras: whether there are any, opening one, and one sentence for the user when that fails.

// What browsers have beyond TypeScript's description.
interface Abilities extends MediaTrackCapabilities {
  torch?: boolean;
}
type TorchConstraint = MediaTrackConstraintSet & { torch: boolean };
type VideoConstraints = MediaTrackConstraints & { resizeMode: string };

const media: MediaDevices | undefined = navigator.mediaDevices;

export const INSECURE =
  'Browsers let a page use the camera only over https, or from this device itself: open this page that way.';

// Whether to offer scanning: not where there is surely no camera. An insecure page cannot know.
export async function mayHaveCamera(): Promise<boolean> {
  if (!isSecureContext) return true;
  return (await cameras()).length > 0;
}

// Calls back when a camera is plugged in or out; gives what ends this.
export function watchCameras(changed: () => void): () => void {
  media?.addEventListener('devicechange', changed);
  return () => media?.removeEventListener('devicechange', changed);
}

async function cameras(): Promise<MediaDeviceInfo[]> {
  const devices = (await media?.enumerateDevices?.().catch(() => [])) ?? [];
  return devices.filter(({ kind }) => kind === 'videoinput');
}

const SENTENCES: Record<string, string> = {
  NotAllowedError: 'This page may not use the camera: allow it in the browser’s settings for this page.',
  NotFoundError: 'There is no camera on this device.',
  OverconstrainedError: 'The camera is gone.',
  NotReadableError: 'The camera cannot be used now; perhaps another program has it.',
  AbortError: 'The camera cannot be used now; perhaps another program has it.',
};

function sentence(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.name : '';
  return SENTENCES[name] ?? `The camera could not be started (${name || String(thrown)}).`;
}

function faces(track: MediaStreamTrack): boolean {
  const { facingMode } = track.getSettings();
  return facingMode ? facingMode === 'user' : /\b(front|facetime)\b/i.test(track.label);
}

export class Camera {
  readonly track: MediaStreamTrack;
  readonly mirrored: boolean; // it looks at the user, who expects a mirror
  readonly hasTorch: boolean;
  readonly others: string[]; // the device ids of the other cameras, the next one first

  private constructor(
    readonly stream: MediaStream,
    devices: MediaDeviceInfo[],
  ) {
    [this.track] = stream.getVideoTracks();
    this.mirrored = faces(this.track);
    this.hasTorch = (this.track.getCapabilities?.() as Abilities | undefined)?.torch === true;
    const ids = devices.map(({ deviceId }) => deviceId);
    const own = ids.indexOf(this.track.getSettings().deviceId ?? '');
    this.others = [...ids.slice(own + 1), ...ids.slice(0, Math.max(own, 0))];
  }

  // Rejects with an Error whose message is one sentence. `deviceId` null: the one that looks away from the user.
  static async open(deviceId: string | null): Promise<Camera> {
    if (!isSecureContext) throw new Error(INSECURE);
    if (!media?.getUserMedia) throw new Error('This browser gives pages no camera.');
    const which = deviceId === null ? { facingMode: 'environment' } : { deviceId: { exact: deviceId } };
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    // The whole of what the camera sees, rather than a part that is cut to this size.
    const video: VideoConstraints = { ...which, ...size, resizeMode: 'none' };
    try {
      const stream = await media.getUserMedia({ video, audio: false });
      return new Camera(stream, await cameras()); // devices have names and ids only once one is allowed
    } catch (thrown) {
      throw new Error(sentence(thrown));
    }
  }

  async light(on: boolean): Promise<void> {
    await this.track.applyConstraints({ advanced: [{ torch: on } as TorchConstraint] });
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }
}
