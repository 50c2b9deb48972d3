// The page of bench/wasm/codes: has the engine read a picture, and collects its events.
import { localEngine } from '/index.js';

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

const OPTIONS = { pipeline: 'read_codes draw=no', want: 'tiles', preview: false, format: 'png', quality: 90 };

window.readCodes = async (index) => {
  const file = await (await fetch(`/picture/${index}`)).blob();
  const events = [];
  await new Promise((resolve) => {
    const start = performance.now();
    const ms = () => performance.now() - start;
    const end = (event) => {
      events.push(event);
      resolve();
    };
    const listener = {
      code: ({ bytes, method, ...code }) =>
        events.push({ event: 'code', ...code, how: method, ...(bytes && { bytes: base64(bytes) }), ms: ms() }),
      done: () => end({ event: 'done', ms: ms() }),
      failed: (error) => end({ event: 'failed', error }),
      cancelled: () => end({ event: 'failed', error: 'cancelled' }),
    };
    localEngine.submit(file, 'picture', OPTIONS, listener, new AbortController().signal);
  });
  return events;
};
