// Codes that are found early and then exactly: the page's list has each once, at its exact position.
import assert from 'node:assert/strict';
import { engine } from './support.mjs';

const square = (x, y, side) => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];
const code = (text, x, early = undefined, type = 'QR-Code') => ({
  type,
  text,
  bytes: null,
  method: 'zxing',
  points: square(x, 10, 100),
  early,
});
const list = (...codes) => codes.reduce(engine.mergeCode, []);

const exact = code('a', 12);
assert.deepEqual(list(code('a', 10, true), exact), [exact]);
assert.deepEqual(list(exact, code('a', 10, true)), [exact]);

// Other codes stay, in their order.
const [other, far, bars] = [code('b', 12), code('a', 400), code('a', 12, undefined, 'CODE-128')];
const known = code('c', 500, true);
assert.deepEqual(list(code('a', 10, true), known, other, far, bars, exact), [exact, known, other, far, bars]);

// The whole message replaces parts that were found early inside its outline.
const whole = { ...code('one two', 0), points: square(0, 0, 300) };
const [part, outside, exactPart] = [code('two', 150, true), code('two', 600, true), code('one', 20)];
assert.deepEqual(list(part, outside, exactPart, whole), [outside, exactPart, whole]);
