// The page's end of a coordinator, with a fake worker: events, ends, cancellation, crashes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { engine } from './support.mjs';

const workers = [];
let releases = 0;

function spawn() {
  const worker = {
    sent: [],
    terminated: false,
    postMessage: (m) => worker.sent.push(m),
    terminate: () => (worker.terminated = true),
  };
  worker.answer = (message) => worker.onmessage({ data: message });
  workers.push(worker);
  return worker;
}

const proxy = new engine.CoordinatorProxy(spawn, () => releases++);

function start(signal) {
  const events = [];
  proxy.start(
    (job) => ({ type: 'run', job }),
    { event: (e) => events.push(e.type), end: (e) => events.push(e.type) },
    signal,
  );
  const worker = workers.at(-1);
  return { events, worker, job: worker.sent.at(-1).job };
}

// A worker is reused for the next job, unless it asks to be replaced.
let first = start();
assert(proxy.busy);
first.worker.answer({ job: first.job, type: 'progress' });
first.worker.answer({ job: first.job, type: 'done', replace: false });
assert.deepEqual(first.events, ['progress', 'done']);
assert(!proxy.busy);
let second = start();
assert.equal(second.worker, first.worker);
second.worker.answer({ job: first.job, type: 'tile' }); // late, of the job before
second.worker.answer({ job: second.job, type: 'failed', replace: true });
assert.deepEqual(second.events, ['failed']);
assert(second.worker.terminated);

// Cancelled: reported at once, and no event follows. The proxy is released when the worker has stopped.
let controller = new AbortController();
const third = start(controller.signal);
assert.notEqual(third.worker, first.worker);
controller.abort();
assert.deepEqual(third.events, ['cancelled']);
assert.equal(third.worker.sent.at(-1).type, 'cancel');
assert(proxy.busy);
third.worker.answer({ job: third.job, type: 'tile' });
third.worker.answer({ job: third.job, type: 'cancelled', replace: false });
assert.deepEqual(third.events, ['cancelled']);
assert(!proxy.busy && !third.worker.terminated);

// A worker that does not stop is terminated.
controller = new AbortController();
const fourth = start(controller.signal);
controller.abort();
const deadline = AbortSignal.timeout(10_000);
while (proxy.busy && !deadline.aborted)
  await Promise.race([once(deadline, 'abort'), new Promise((next) => setTimeout(next, 20))]);
assert(fourth.worker.terminated, 'the worker was not terminated');

// After a crash only the current job fails.
const fifth = start();
fifth.worker.onerror({ message: 'out of memory' });
assert.deepEqual(fifth.events, ['failed']);
assert(fifth.worker.terminated && !proxy.busy);
const sixth = start();
assert.notEqual(sixth.worker, fifth.worker);
sixth.worker.answer({ job: sixth.job, type: 'done', replace: true });
await Promise.resolve();
assert.equal(releases, 6, 'each job releases the proxy once');
assert.equal(workers.length, 4);
process.exit(0); // an idle proxy would wait to terminate its worker
