// Codes: the same types and texts as natively, each told as soon as it is read, whatever else goes wrong.
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

const NEAR = 3; // pixels that a corner may be from where the native reader sees it
const tilecast = await engine.Tilecast.open(modules.tilecast);
const reader = await engine.Reader.open(readerModules);
const files = readdirSync(join(data, 'codes'))
  .filter((name) => name.endsWith('.png'))
  .map((name) => join(data, 'codes', name));

const all = 2 ** 32 - 1;
const readAll = (one, { width, height, channels, pixels }, look) =>
  tilecast.codes(one.read(pixels, width, height, channels, all, look));
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

// What is told on the way is what comes at the end.
const three = readPicture(tilecast, join(data, 'codes', 'three.png'));
const told = [];
const whole = readAll(reader, three, { found: (blob) => told.push(...tilecast.codes(blob)) });
assert.equal(whole.length, 3);
assert.deepEqual(textsOf(told), textsOf(whole));

// Asked to stop, it ends with what it has.
let asked = 0;
const nothing = readPicture(tilecast, join(data, 'codes', 'none.png'));
assert.deepEqual(readAll(reader, nothing, { stop: () => ++asked > 0 }), []);

// Without the second reader the first one reads.
const alone = await engine.Reader.open({ ...readerModules, zxing: null });
assert.deepEqual(textsOf(readAll(alone, three)), textsOf(whole));

// A crash costs the pass in which it comes, whichever module it is in; what other passes read stays. After it the
// reader is as good as new, with nothing left out.
const { read } = engine.Zxing.prototype;
const crash = () => {
  throw new WebAssembly.RuntimeError('crashed for the test');
};
const passes = async (look = {}) => {
  const begun = [];
  const { width, height, channels, pixels } = three;
  const codes = tilecast.codes(
    await reader.readAnyway(pixels, width, height, channels, all, {
      ...look,
      pass: (pass) => begun.push(pass),
    }),
  );
  return { begun, codes };
};
const well = await passes();
assert.deepEqual(textsOf(well.codes), textsOf(whole));
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
assert.deepEqual((await passes()).begun, well.begun, 'nothing is left out for good');

console.log(`${total} codes equal to native ones in ${files.length} pictures`);
