// A worker that reads codes in a thread of node's, which stands in for a Web Worker.
import { parentPort } from 'node:worker_threads';

const port = parentPort as NonNullable<typeof parentPort>;
const scope = {
  postMessage: (message: unknown, transfer?: ArrayBuffer[]) => port.postMessage(message, transfer),
  onmessage: (_event: { data: unknown }) => {},
};
(globalThis as unknown as { self: typeof scope }).self = scope;
await import('../../web/src/engine/local/codes.worker');
port.on('message', (data: unknown) => scope.onmessage({ data }));
