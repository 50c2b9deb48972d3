// A coordinator's rests between tiles.
import assert from 'node:assert/strict';
import { engine } from './support.mjs';

const never = new AbortController();
const rest = new engine.Rest(never.signal);

// What has come in meanwhile does not end a rest for messages, so that no message to itself is left for the next one.
for (let round = 0; round < 20; round++) {
  let rested = false;
  const done = rest.forMessages().then(() => (rested = true));
  for (let turn = 0; turn < 5; turn++) {
    rest.end();
    await null;
    assert(!rested, `round ${round}: a rest was ended early`);
  }
  await done;
}

// The other rest is for whoever waits for something to come.
const { port1, port2 } = new MessageChannel();
let heard = false;
port1.onmessage = () => {
  heard = true;
  rest.end();
};
port2.postMessage(null);
await rest.untilEnd();
assert(heard);
port1.close();
rest.close();

// The signal ends both, and lets none begin.
for (const way of ['forMessages', 'untilEnd']) {
  const given = new AbortController();
  const other = new engine.Rest(given.signal);
  const rejected = assert.rejects(other[way](), engine.Cancelled);
  given.abort();
  await rejected;
  await assert.rejects(other[way](), engine.Cancelled);
  other.close();
  assert.throws(() => new engine.Rest(given.signal), engine.Cancelled);
}
console.log('rests end when they should');
