// Every operation of the table, with default and random parameters, on odd and ordinary pictures: the same pixels and
// sentences as natively, whatever the tile size, in one instance as in two. A few parameter sets meet every picture and
// tile size, 200 of each operation one of them.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  drawing,
  engine,
  events,
  modules,
  native,
  operations,
  readerModules,
  readPicture,
  Reference,
  runPipeline,
} from './support.mjs';
import { seeded, sum, temporary, writePng } from './support.mjs';
import { randomStep } from '../random.mjs';

const FULL_TRIES = 3;
const TRIES = 200;
const TILES = [16, 64, 256, 0];

const rng = seeded();
const folder = temporary();
const tilecast = await engine.Tilecast.open(modules.tilecast);
const other = await engine.Tilecast.open(modules.tilecast);
const reader = await engine.Reader.open(readerModules);

const sources = new Map();
for (const [width, height] of [
  [1, 1],
  [1, 37],
  [37, 1],
  [3, 2],
  [64, 64],
  [257, 129],
])
  for (const channels of width === 257 ? [1, 2, 3, 4] : [rng.pick([1, 2]), rng.pick([3, 4])]) {
    const name = `${width}x${height}x${channels}.png`;
    const shape = { width, height, channels };
    const pixels = drawing(rng, width, height, channels);
    writePng(tilecast, join(folder, name), shape, pixels);
    sources.set(name, { ...shape, pixels });
  }

const pipelines = [''];
for (const op of operations) {
  pipelines.push(op.name);
  for (let i = 0; op.params.length > 0 && i < FULL_TRIES; i++) pipelines.push(randomStep(rng, op));
}
for (let i = 0; i < 6; i++)
  pipelines.push([1, 2, 3].map(() => randomStep(rng, rng.pick(operations))).join(' | '));

// By picture: what the command line gave, a checksum or a sentence.
function nativeOutcomes(pipeline, names) {
  const out = join(folder, 'out');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const files = names.map((name) => join(folder, name));
  const { code, out: text, err } = native('run', '--json', '-p', pipeline, '--out-dir', out, ...files);
  assert(code === 0 || code === 1, `${pipeline}: exit ${code}: ${err}`);
  const written = new Set(readdirSync(out));
  const outcomes = new Map();
  for (const event of events(text)) {
    const name = event.file.split('/').pop();
    if (event.event === 'failed') outcomes.set(name, event.error);
    if (event.event !== 'done') continue;
    assert(written.has(name), `${pipeline}: ${name} was not written`);
    outcomes.set(name, described(readPicture(tilecast, join(out, name))));
  }
  return outcomes;
}

const described = ({ width, height, channels, pixels }) => `${width}x${height}x${channels} ${sum(pixels)}`;

function outcome(pipeline, source, tile, helper) {
  try {
    return described(runPipeline(tilecast, reader, pipeline, source, tile, helper, rng));
  } catch (thrown) {
    if (thrown.name !== 'Fault') throw thrown;
    return thrown.message;
  }
}

let checks = 0;
for (const pipeline of pipelines) {
  const expected = nativeOutcomes(pipeline, [...sources.keys()]);
  for (const [name, source] of sources)
    for (const tile of TILES) {
      if (tile === 16 && source.width * source.height > 5000 && rng.below(2)) continue;
      for (const helper of [null, other]) {
        assert.equal(
          outcome(pipeline, source, tile, helper),
          expected.get(name),
          `'${pipeline}' on ${name} with tiles of ${tile || 'one'}, ${helper ? 'two instances' : 'one instance'}`,
        );
        checks++;
      }
    }
}
let sets = 0;
const reference = new Reference();
for (const op of operations)
  for (let i = FULL_TRIES; op.params.length > 0 && i < TRIES; i++) {
    const pipeline = randomStep(rng, op);
    const name = rng.pick([...sources.keys()]);
    const tile = rng.pick(TILES);
    const expected = await reference.compute(join(folder, name), pipeline);
    const got = outcome(pipeline, sources.get(name), tile, rng.pick([null, other]));
    assert.equal(
      got,
      expected.error ?? described(expected),
      `'${pipeline}' on ${name} with tiles of ${tile || 'one'}`,
    );
    sets++;
  }
reference.end();
console.log(
  `${sets} more parameter sets; ${pipelines.length} pipelines, ${sources.size} pictures, ${checks} results equal to native ones`,
);
