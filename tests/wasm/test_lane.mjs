// A lane and the coordinator worker behind it, played by hand: events, ends, giving up, crashes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { engine } from './support.mjs';

const workers = [];
let freed = 0;

function spawn() {
  const worker = {
    sent: [],
    ended: false,
    postMessage: (m) => worker.sent.push(m),
    terminate: () => (worker.ended = true),
  };
  worker.say = (message) => worker.onmessage({ data: message });
  workers.push(worker);
  return worker;
}

const lane = new engine.Lane(spawn, () => freed++);

function start(signal) {
  const told = [];
  lane.start(
    (job) => ({ type: 'run', job }),
    { event: (e) => told.push(e.type), end: (e) => told.push(e.type) },
    signal,
  );
  const worker = workers.at(-1);
  return { told, worker, job: worker.sent.at(-1).job };
}

// A worker is kept from one job to the next, unless it says that it is spent.
let first = start();
assert(lane.busy);
first.worker.say({ job: first.job, type: 'progress' });
first.worker.say({ job: first.job, type: 'done', spent: false });
assert.deepEqual(first.told, ['progress', 'done']);
assert(!lane.busy);
let second = start();
assert.equal(second.worker, first.worker);
second.worker.say({ job: first.job, type: 'tile' }); // late, of the job before
second.worker.say({ job: second.job, type: 'failed', spent: true });
assert.deepEqual(second.told, ['failed']);
assert(second.worker.ended);

// Given up: told at once and nothing afterwards; the lane is free when the worker has let go.
let controller = new AbortController();
const third = start(controller.signal);
assert.notEqual(third.worker, first.worker);
controller.abort();
assert.deepEqual(third.told, ['cancelled']);
assert.equal(third.worker.sent.at(-1).type, 'cancel');
assert(lane.busy);
third.worker.say({ job: third.job, type: 'tile' });
third.worker.say({ job: third.job, type: 'cancelled', spent: false });
assert.deepEqual(third.told, ['cancelled']);
assert(!lane.busy && !third.worker.ended);

// A worker that does not let go is ended.
controller = new AbortController();
const fourth = start(controller.signal);
controller.abort();
const deadline = AbortSignal.timeout(10_000);
while (lane.busy && !deadline.aborted)
  await Promise.race([once(deadline, 'abort'), new Promise((next) => setTimeout(next, 20))]);
assert(fourth.worker.ended, 'the worker was not ended');

// A crash is that job's failure.
const fifth = start();
fifth.worker.onerror({ message: 'out of memory' });
assert.deepEqual(fifth.told, ['failed']);
assert(fifth.worker.ended && !lane.busy);
const sixth = start();
assert.notEqual(sixth.worker, fifth.worker);
sixth.worker.say({ job: sixth.job, type: 'done', spent: true });
await Promise.resolve();
assert.equal(freed, 6, 'each job frees the lane once');
assert.equal(workers.length, 4);
process.exit(0); // an idle lane would wait to end its worker
