// A coordinator's yields to the event loop.
import assert from 'node:assert/strict';
import { engine } from './support.mjs';

const never = new AbortController();
const loop = new engine.EventLoop(never.signal);

// A notification does not end a drain, whose message to itself would then end the next one.
for (let round = 0; round < 20; round++) {
  let drained = false;
  const done = loop.drain().then(() => (drained = true));
  for (let i = 0; i < 5; i++) {
    loop.notify();
    await null;
    assert(!drained, `round ${round}: a drain was ended early`);
  }
  await done;
}

// The other wait ends with a notification.
const { port1, port2 } = new MessageChannel();
let received = false;
port1.onmessage = () => {
  received = true;
  loop.notify();
};
port2.postMessage(null);
await loop.waitForNotify();
assert(received);
port1.close();
loop.close();

// An abort ends both waits, and no further one begins.
for (const wait of ['drain', 'waitForNotify']) {
  const controller = new AbortController();
  const other = new engine.EventLoop(controller.signal);
  const rejected = assert.rejects(other[wait](), engine.Cancelled);
  controller.abort();
  await rejected;
  await assert.rejects(other[wait](), engine.Cancelled);
  other.close();
  assert.throws(() => new engine.EventLoop(controller.signal), engine.Cancelled);
}
console.log('the waits end when they should');
