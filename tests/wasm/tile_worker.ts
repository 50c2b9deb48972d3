// A tile worker in a thread of node's. It crashes with the first tile of job number `crashJob`, or when it joins that job;
// 0 stands for every job.
import { workerData } from 'node:worker_threads';
import { forwardMessages, installScope } from './thread_scope';

installScope();
await import('../../web/src/engine/local/tile.worker');
forwardMessages(({ type, job }) => {
  const { crashJob } = workerData;
  const starts = type === 'tile' || type === 'work';
  if (starts && (job === crashJob || crashJob === 0)) throw new Error('crashed for the test');
});
