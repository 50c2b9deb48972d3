// Every operation of the table in the browser's own WebAssembly, with random parameters, on grey, colour and
// alpha, in one instance and spread over several: the pixels, or the sentence, of the command line.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { randomStep, seeded } from '../random.mjs';
import {
  assertSamePicture,
  byId,
  cli,
  data,
  folder,
  operations,
  processAll,
  readPng,
  reference,
  saved,
  useSite,
} from './harness.mjs';

const rng = seeded();
const large = join(folder, 'large.png'); // more than 0.3 megapixels, so that tiles are distributed to workers
const pictures = [large, join(data, 'pictures/alpha.png'), join(data, 'pictures/grey.pgm')];
const site = useSite();
before(() => {
  cli('run', '--pipeline', 'resize width=801 method=linear', '-o', large, join(data, 'coffee_301x203.png'));
});

function expected(pipeline, picture) {
  try {
    return { pixels: reference(pipeline, picture) };
  } catch (error) {
    return { sentence: error.stderr.trim().replace(/^tilecast: [^:]*: /, '') };
  }
}

test('each operation gives the pixels of the command line', async () => {
  await site.visit({ engine: 'local' }, async (page) => {
    for (const op of operations)
      for (const picture of pictures) {
        const pipeline = randomStep(rng, op);
        const what = `${pipeline} on ${picture}`;
        const { pixels, sentence } = expected(pipeline, picture);
        await page.fill(byId('pipeline-text'), pipeline);
        const [item] = await processAll(page, picture);
        assert.equal(item.state, pixels ? 'done' : 'failed', `${what}: ${item.text}`);
        if (pixels) assertSamePicture(readPng((await saved(page)).bytes), pixels, what);
        else assert.equal(await page.textContent(byId('error')), sentence, what);
        await page.click(byId('clear'));
      }
  });
});
