// Decoding, encoding and refusing: pixels of lossless files and sentences about bad ones as natively.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  data,
  drawing,
  engine,
  events,
  modules,
  native,
  readPicture,
  runPipeline,
  seeded,
} from './support.mjs';
import { sum, temporary } from './support.mjs';

const rng = seeded();
const folder = temporary();
const tilecast = await engine.Tilecast.open(modules.tilecast);

// What is natively decoded by libjpeg-turbo, here by stb: equal but for rounding.
const JPEG_DIFFERENCE = 6;
// The blocks where a cut file ends may look different.
const CUT_SHARE = 0.02;

function nativePictures(files) {
  const out = temporary();
  const { out: text } = native('run', '--json', '--out-dir', out, ...files);
  const outcomes = new Map();
  for (const event of events(text)) {
    if (event.event === 'failed') outcomes.set(event.file, { error: event.error });
    if (event.event === 'done')
      outcomes.set(event.file, { ...readPicture(tilecast, event.out), warning: event.warning });
  }
  return outcomes;
}

function decode(file) {
  try {
    return readPicture(tilecast, file);
  } catch (thrown) {
    assert.equal(thrown.name, 'Fault', `${file}: ${thrown.stack}`);
    return { error: thrown.message };
  }
}

function shareBeyond(a, b, allowed) {
  let beyond = 0;
  for (let i = 0; i < a.length; i++) if (Math.abs(a[i] - b[i]) > allowed) beyond++;
  return beyond / a.length;
}

function compare(files, { sentences }) {
  const expected = nativePictures(files);
  let pictures = 0;
  let refused = 0;
  for (const file of files) {
    const there = expected.get(file);
    const here = decode(file);
    assert(there, `${file}: nothing was said natively`);
    if (there.error || here.error) {
      refused++;
      if (sentences) assert.equal(here.error, there.error, file);
      else assert(!here.error === !there.error, `${file}: here ${here.error}, natively ${there.error}`);
      continue;
    }
    pictures++;
    assert.deepEqual(
      [here.width, here.height, here.channels],
      [there.width, there.height, there.channels],
      file,
    );
    if (sentences) assert.equal(here.warning, there.warning, file);
    const share = shareBeyond(here.pixels, there.pixels, here.format === 'jpeg' ? JPEG_DIFFERENCE : 0);
    assert(
      share <= (here.warning ? CUT_SHARE : 0),
      `${file}: ${(100 * share).toFixed(2)} % of the samples differ`,
    );
  }
  console.log(`${pictures} pictures decoded and ${refused} refused as natively`);
}

// Pictures of every format.
const ordinary = readdirSync(join(data, 'pictures'))
  .map((name) => join(data, 'pictures', name))
  .filter((path) => statSync(path).isFile());
compare(ordinary, { sentences: true });

// What bad input gets, in the very words.
const png = readFileSync(join(data, 'coffee_301x203.png'));
const jpeg = readFileSync(join(data, 'pictures', 'baseline.jpg'));
const huge = Buffer.from(png);
huge.writeUInt32BE(60000, 16);
huge.writeUInt32BE(60000, 20);
const bad = {
  'text.png': Buffer.from('This is no picture at all, whatever its name says.\n'),
  'empty.png': Buffer.alloc(0),
  'cut.png': png.subarray(0, png.length >> 1),
  'cut.jpg': jpeg.subarray(0, (jpeg.length * 2) / 3),
  'header_only.jpg': jpeg.subarray(0, 20),
  'huge.png': huge,
};
mkdirSync(join(folder, 'bad'));
for (const [name, bytes] of Object.entries(bad)) writeFileSync(join(folder, 'bad', name), bytes);
compare(
  Object.keys(bad).map((name) => join(folder, 'bad', name)),
  { sentences: true },
);
assert.match(decode(join(folder, 'bad', 'cut.jpg')).warning, /incomplete|cut|missing/);

// Pipelines that are refused before any work.
const one = { width: 20, height: 10, channels: 3, pixels: new Uint8Array(600) };
writeFileSync(join(folder, 'one.png'), png);
for (const pipeline of [
  'blurr',
  'gaussian_blur size=3',
  'gaussian_blur ksize=4',
  'gaussian_blur ksize=101',
  'gaussian_blur ksize=big',
  'gaussian_blur ksize',
  'grayscale |',
  'crop x=5000',
]) {
  const { code, err } = native('run', '-p', pipeline, '-o', join(folder, 'out.png'), join(folder, 'one.png'));
  assert.notEqual(code, 0, pipeline);
  assert.throws(
    () => {
      tilecast.checkPipeline(pipeline);
      runPipeline(
        tilecast,
        null,
        pipeline,
        { ...one, width: 301, height: 203, pixels: new Uint8Array(301 * 203 * 3) },
        0,
      );
    },
    (thrown) => thrown.name === 'Fault' && err.includes(thrown.message),
    `${pipeline}: natively ${err}`,
  );
}

// Encoding: lossless as PNG, by the module alone as by the browser's deflate, close as JPEG.
const coordinator = new engine.Coordinator(tilecast, null, null);
for (let i = 0; i < 24; i++) {
  const shape = {
    width: 1 + rng.below(i < 4 ? 900 : 90),
    height: 1 + rng.below(i < 4 ? 900 : 90),
    channels: 1 + (i % 4),
  };
  const pixels = drawing(rng, shape.width, shape.height, shape.channels);
  const picture = tilecast.picture(shape, pixels);
  const deflated = await coordinator.perform(() => coordinator.encode({ ...shape, pixels }, 'png', 100));
  assert.equal(deflated.type, 'encoded', deflated.error);
  for (const bytes of [picture.encode('png', 100), Buffer.from(await deflated.file.arrayBuffer())]) {
    const file = join(folder, 'round.png');
    writeFileSync(file, bytes);
    const there = nativePictures([file]).get(file); // decoded natively, encoded natively, decoded here
    for (const { width, height, channels, pixels: again } of [readPicture(tilecast, file), there])
      assert.deepEqual({ width, height, channels, sum: sum(again) }, { ...shape, sum: sum(pixels) });
  }
  const jpg = join(folder, 'round.jpg');
  writeFileSync(jpg, picture.encode('jpeg', 95));
  const lossy = readPicture(tilecast, jpg);
  assert.deepEqual([lossy.width, lossy.height], [shape.width, shape.height]);
  picture.destroy();
}

// Memory: pictures that were decoded, refused or run are freed completely.
const before = tilecast.module.size;
for (let i = 0; i < 30; i++) for (const file of [ordinary[0], join(folder, 'bad', 'cut.png')]) decode(file);
assert.equal(tilecast.module.size, before, 'memory grew by decoding the same again');
