// Codes: the same types and texts as natively, each reported as soon as it is read, even if a reader crashes.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  data,
  engine,
  events,
  modules,
  native,
  readPicture,
  readerModules,
  runPipeline,
  temporary,
} from './support.mjs';

const NEAR = 3; // pixels between a corner and the native reader's
const tilecast = await engine.Tilecast.open(modules.tilecast);
const reader = await engine.Reader.open(readerModules);
const files = readdirSync(join(data, 'codes'))
  .filter((name) => name.endsWith('.png'))
  .map((name) => join(data, 'codes', name));

const all = 2 ** 32 - 1;
const readAll = (one, picture, options) => tilecast.codes(one.read(picture, all, options));
const textOf = ({ type, text }) => `${type} ${text}`;
const textsOf = (codes) => codes.map(textOf).sort();
const distance = (a, b) => Math.max(...a.flat().map((value, i) => Math.abs(value - b.flat()[i])));

let total = 0;
for (const pipeline of [
  'read_codes',
  'resize scale=2 method=linear | read_codes symbologies=qr draw=no | invert',
]) {
  const { code, out, err } = native('run', '--json', '-p', pipeline, '--out-dir', temporary(), ...files);
  assert.equal(code, 0, err);
  const expected = new Map(files.map((file) => [file, []]));
  for (const event of events(out)) if (event.event === 'code') expected.get(event.file).push(event);
  for (const file of files) {
    const found = runPipeline(tilecast, reader, pipeline, readPicture(tilecast, file), 64).codes;
    const wanted = expected.get(file);
    assert.deepEqual(textsOf(found), textsOf(wanted), `${pipeline} on ${file}`);
    for (const one of found)
      assert(
        wanted.some((other) => textOf(other) === textOf(one) && distance(other.points, one.points) <= NEAR),
        `${pipeline} on ${file}: ${textOf(one)} at ${one.points}`,
      );
    total += found.length;
  }
}
assert(total > 0);

// The codes reported on the way are those of the result.
const three = readPicture(tilecast, join(data, 'codes', 'three.png'));
const reported = [];
const whole = readAll(reader, three, { found: (blob) => reported.push(...tilecast.codes(blob)) });
assert.equal(whole.length, 3);
assert.deepEqual(textsOf(reported), textsOf(whole));

// `stop` ends the reading with what has been found.
let polls = 0;
const nothing = readPicture(tilecast, join(data, 'codes', 'none.png'));
assert.deepEqual(readAll(reader, nothing, { stop: () => ++polls > 0 }), []);

// The first reader works without the second one.
const zbarOnly = await engine.Reader.open({ ...readerModules, zxing: null });
assert.deepEqual(textsOf(readAll(zbarOnly, three)), textsOf(whole));

// A crash in either module skips that pass for the picture; what other passes read stays. The next picture is read with
// all passes again.
const { read } = engine.Zxing.prototype;
const crash = () => {
  throw new WebAssembly.RuntimeError('crashed for the test');
};
const passes = async (options = {}) => {
  const begun = [];
  const codes = tilecast.codes(
    await reader.readRecovering(three, all, {
      ...options,
      pass: (pass) => begun.push(pass),
    }),
  );
  return { begun, codes };
};
const intact = await passes();
assert.deepEqual(textsOf(intact.codes), textsOf(whole));
for (const thrown of [
  crash,
  () => {
    throw 5263;
  },
]) {
  let crashes = 0;
  engine.Zxing.prototype.read = function (...args) {
    return crashes++ === 0 ? thrown() : read.apply(this, args);
  };
  const { begun, codes } = await passes();
  engine.Zxing.prototype.read = read;
  assert.deepEqual(textsOf(codes), textsOf(whole));
  const [crashed] = begun;
  assert(crashes > 0 && begun.lastIndexOf(crashed) === 0, `pass ${crashed} again: ${begun}`);
}
engine.Zxing.prototype.read = crash;
const bare = await passes();
engine.Zxing.prototype.read = read;
assert.deepEqual(textsOf(bare.codes), textsOf(whole), 'every pass of the second reader crashes');
let stops = 0;
const stopped = await passes({ stop: () => (stops++ === 0 ? crash() : false) });
assert.deepEqual(textsOf(stopped.codes), textsOf(whole), 'a crash in the module itself');
assert.deepEqual((await passes()).begun, intact.begun, 'no pass is skipped for the next picture');

console.log(`${total} codes equal to native ones in ${files.length} pictures`);
