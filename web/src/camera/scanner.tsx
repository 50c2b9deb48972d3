// Scanning codes with the camera: a button, and a dialog that fills the page while it is open.
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from '../ui/icons';
import { Toast } from '../ui/toast';
import './camera.css';
import { mayHaveCamera, watchCameras } from './device';
import { Finds } from './list';
import { camera, open, switchCamera, takePicture, toggleTorch, torch } from './state';
import { View } from './view';

const offered = signal(false);

async function look(): Promise<void> {
  offered.value = await mayHaveCamera();
}
void look();
watchCameras(() => void look());

export function ScanButton({ small }: { small?: boolean }) {
  if (!offered.value) return null;
  return (
    <button
      type="button"
      class={small ? 'bare' : 'button scan'}
      aria-haspopup="dialog"
      aria-label="Scan with the camera"
      title="Scan codes with the camera"
      onClick={() => (open.value = true)}
      data-testid={small ? 'scan-more' : 'scan'}
    >
      <Icon name="scan" />
      {!small && 'Scan with the camera'}
    </button>
  );
}

interface RoundProps {
  icon: IconName;
  label: string;
  pressed?: boolean;
  act(): void;
  testid: string;
}

function Round({ icon, label, pressed, act, testid }: RoundProps) {
  return (
    <button
      type="button"
      class={pressed ? 'round on' : 'round'}
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      onClick={act}
      data-testid={testid}
    >
      <Icon name={icon} />
    </button>
  );
}

function Controls({ close }: { close(): void }) {
  const take = async () => {
    if (await takePicture()) close();
  };
  if (!camera.value) return null;
  return (
    <div class="camera-controls">
      {camera.value.hasTorch && (
        <Round
          icon="auto"
          label="Light"
          pressed={torch.value}
          act={() => void toggleTorch()}
          testid="camera-torch"
        />
      )}
      <button type="button" class="button primary" onClick={() => void take()} data-testid="camera-take">
        <Icon name="image" />
        Use this picture
      </button>
      {camera.value.others.length > 0 && (
        <Round icon="turn" label="Switch camera" act={switchCamera} testid="camera-switch" />
      )}
    </div>
  );
}

// An entry of the browser's history stands for the open dialog, so that going back closes it.
function useBack(back: () => void): void {
  useEffect(() => {
    history.pushState({ camera: true }, '');
    addEventListener('popstate', back);
    return () => {
      removeEventListener('popstate', back);
      if ((history.state as { camera?: boolean } | null)?.camera) history.back();
    };
  }, []);
}

function Inside({ close }: { close(): void }) {
  useBack(close);
  return (
    <>
      <div class="camera-stage">
        <View />
        <Round icon="close" label="Close" act={close} testid="camera-close" />
        <Controls close={close} />
      </div>
      <Finds />
      <Toast />
    </>
  );
}

export function Scanner() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = open.value;
  useLayoutEffect(() => {
    if (shown && !dialog.current?.open) dialog.current?.showModal();
  }, [shown]);
  return (
    <dialog
      class="camera"
      ref={dialog}
      aria-label="Scan with the camera"
      data-testid="camera"
      onClose={() => (open.value = false)}
    >
      {shown && <Inside close={() => dialog.current?.close()} />}
    </dialog>
  );
}
