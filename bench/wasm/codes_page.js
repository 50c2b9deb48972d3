// What the page of bench/wasm/codes does: gives a picture to the engine and keeps what it tells.
import { localEngine } from '/index.js';

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

const OPTIONS = { pipeline: 'read_codes draw=no', want: 'tiles', preview: false, format: 'png', quality: 90 };

window.readCodes = async (index) => {
  const file = await (await fetch(`/picture/${index}`)).blob();
  const events = [];
  await new Promise((resolve) => {
    const began = performance.now();
    const ms = () => performance.now() - began;
    const end = (event) => {
      events.push(event);
      resolve();
    };
    const listener = {
      code: ({ bytes, ...code }) =>
        events.push({ event: 'code', ...code, ...(bytes && { bytes: base64(bytes) }), ms: ms() }),
      done: () => end({ event: 'done', ms: ms() }),
      failed: (error) => end({ event: 'failed', error }),
      cancelled: () => end({ event: 'failed', error: 'given up' }),
    };
    localEngine.submit(file, 'picture', OPTIONS, listener, new AbortController().signal);
  });
  return events;
};
