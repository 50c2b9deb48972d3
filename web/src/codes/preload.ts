// Starts the prescan's worker in advance, while the next picture's codes are to be read on this device.
import { effect } from '@preact/signals';
import { engineKind, preference, server } from '../engine/choice';
import { preparePrescan, releasePrescan } from '../engine/local/prescan';
import { steps } from '../pipeline/state';

export function preloadPrescan(): void {
  effect(() => {
    const decided = preference.value === 'local' || server.value.kind !== 'connecting';
    const readsCodes = steps.value[0]?.operation.name === 'read_codes';
    if (decided && engineKind.value === 'local' && readsCodes) preparePrescan();
    else releasePrescan();
  });
}
