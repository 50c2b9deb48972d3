// The button that opens the scanner, and its dialog, which fills the page.
import './scanner.css';
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from '../ui/icons';
import { Toast } from '../ui/toast';
import { mayHaveCamera, watchCameras } from './device';
import { CodeList } from './list';
import { camera, open, switchCamera, capturePicture, toggleTorch, torch } from './state';
import { View } from './view';

const offered = signal(false);

async function updateOffer(): Promise<void> {
  offered.value = await mayHaveCamera();
}
void updateOffer();
watchCameras(() => void updateOffer());

export function ScanButton({ small }: { small?: boolean }) {
  if (!offered.value) return null;
  return (
    <button
      type="button"
      class={small ? 'icon-button' : 'button scan'}
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

interface RoundButtonProps {
  icon: IconName;
  label: string;
  pressed?: boolean;
  act(): void;
  testid: string;
}

function RoundButton({ icon, label, pressed, act, testid }: RoundButtonProps) {
  return (
    <button
      type="button"
      class={pressed ? 'round-button selected' : 'round-button'}
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
  const capture = async () => {
    if (await capturePicture()) close();
  };
  if (!camera.value) return null;
  return (
    <div class="camera-controls">
      {camera.value.hasTorch && (
        <RoundButton
          icon="auto"
          label="Light"
          pressed={torch.value}
          act={() => void toggleTorch()}
          testid="camera-torch"
        />
      )}
      <button
        type="button"
        class="button primary"
        onClick={() => void capture()}
        data-testid="camera-capture"
      >
        <Icon name="image" />
        Use this picture
      </button>
      {camera.value.others.length > 0 && (
        <RoundButton icon="turn" label="Switch camera" act={switchCamera} testid="camera-switch" />
      )}
    </div>
  );
}

// Pushes an entry to the browser's history while the dialog is open, so that going back closes it.
function useBackButton(back: () => void): void {
  useEffect(() => {
    history.pushState({ camera: true }, '');
    addEventListener('popstate', back);
    return () => {
      removeEventListener('popstate', back);
      if ((history.state as { camera?: boolean } | null)?.camera) history.back();
    };
  }, []);
}

function Content({ close }: { close(): void }) {
  useBackButton(close);
  return (
    <>
      <div class="camera-main">
        <View />
        <RoundButton icon="close" label="Close" act={close} testid="camera-close" />
        <Controls close={close} />
      </div>
      <CodeList />
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
      {shown && <Content close={() => dialog.current?.close()} />}
    </dialog>
  );
}
