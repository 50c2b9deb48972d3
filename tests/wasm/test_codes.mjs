// Codes: the same types, texts and corners as natively, in a picture as it is and after other steps.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  codeKey,
  data,
  engine,
  events,
  modules,
  native,
  readPicture,
  runPipeline,
  temporary,
} from './support.mjs';

const tilecast = await engine.Tilecast.open(modules.tilecast);
const reader = await engine.Reader.open(modules.zbar);
const files = readdirSync(join(data, 'codes'))
  .filter((name) => name.endsWith('.png'))
  .map((name) => join(data, 'codes', name));
let total = 0;

for (const pipeline of [
  'read_codes',
  'resize scale=2 method=linear | read_codes symbologies=qr draw=no | invert',
]) {
  const { code, out, err } = native('run', '--json', '-p', pipeline, '--out-dir', temporary(), ...files);
  assert.equal(code, 0, err);
  const expected = new Map(files.map((file) => [file, []]));
  for (const event of events(out)) if (event.event === 'code') expected.get(event.file).push(codeKey(event));
  for (const file of files) {
    const source = readPicture(tilecast, file);
    const found = runPipeline(tilecast, reader, pipeline, source, 64).codes.map(codeKey);
    assert.deepEqual(found, expected.get(file), `${pipeline} on ${file}`);
    total += found.length;
  }
}
assert(total > 0);
console.log(`${total} codes equal to native ones in ${files.length} pictures`);
