// A tile worker in a thread of node's, which stands in for a Web Worker. A tile of the job that CRASH_JOB counts to, or
// to take part in it, makes it crash; 0 is every job.
import { parentPort, workerData } from 'node:worker_threads';

const port = parentPort as NonNullable<typeof parentPort>;
const scope = {
  postMessage: (message: unknown, transfer?: ArrayBuffer[]) => port.postMessage(message, transfer),
  onmessage: (_event: { data: unknown }) => {},
};
(globalThis as unknown as { self: typeof scope }).self = scope;
await import('../../web/src/engine/local/tile.worker');
port.on('message', (data: { type: string; job?: number }) => {
  const { crashJob } = workerData;
  const asked = data.type === 'tile' || data.type === 'work';
  if (asked && (data.job === crashJob || crashJob === 0)) throw new Error('crashed for the test');
  scope.onmessage({ data });
});
