// When the next picture's codes are to be read on this device, what takes the first look at it is got ready meanwhile.
import { effect } from '@preact/signals';
import { place, server, wish } from '../engine/choice';
import { dismissGlancer, prepareGlancer } from '../engine/local/glance';
import { steps } from '../pipeline/state';

export function followPipeline(): void {
  effect(() => {
    const known = wish.value === 'local' || server.value.kind !== 'connecting';
    if (known && place.value === 'local' && steps.value[0]?.operation.name === 'read_codes') prepareGlancer();
    else dismissGlancer();
  });
}
