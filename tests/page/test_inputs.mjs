// Bad input on the page: one clear sentence, and the page goes on working.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from './crc.mjs';
import {
  assertSamePicture,
  byId,
  data,
  processAll,
  readPng,
  reference,
  saved,
  shots,
  useSite,
} from './harness.mjs';

const site = useSite({ options: ['--solo', '--max-bytes', '200000', '--max-pixels', '2000000'] });

function hugeHeader() {
  const png = Buffer.from(readFileSync(join(data, 'coffee_301x203.png')));
  png.writeUInt32BE(60000, 16);
  png.writeUInt32BE(60000, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

const png = readFileSync(join(data, 'coffee_301x203.png'));
const BROKEN = {
  'text.png': [Buffer.from('This is a text.\n'), /not a picture|not|format/i],
  'empty.png': [Buffer.alloc(0), /empty/i],
  'cut.png': [png.subarray(0, png.length / 3), /cut|incomplete|end|short|missing/i],
  'huge.png': [hugeHeader(), /60000.*60000/],
};

for (const engine of ['remote', 'local']) {
  test(`broken files, ${engine}`, async () => {
    await site.visit({ engine, pipeline: 'canny' }, async (page) => {
      for (const [name, [buffer, expected]] of Object.entries(BROKEN)) {
        const [item] = await processAll(page, { name, mimeType: 'image/png', buffer });
        assert.equal(item.state, 'failed', name);
        const sentence = await page.textContent(byId('error'));
        console.log(`${engine}, ${name}: ${sentence}`);
        assert.match(sentence, expected, name);
        await page.click(byId('clear'));
      }
      // The page still works.
      const [item] = await processAll(page, join(data, 'coffee_301x203.png'));
      assert.equal(item.state, 'done');
    });
  });

  test(`a cut JPEG is delivered with a warning, ${engine}`, async () => {
    await site.visit({ engine, pipeline: 'grayscale' }, async (page) => {
      const jpeg = readFileSync(join(data, 'coffee_600x400.jpg'));
      const buffer = jpeg.subarray(0, jpeg.length * 0.6);
      const [item] = await processAll(page, { name: 'cut.jpg', mimeType: 'image/jpeg', buffer });
      assert.equal(item.state, 'done', item.text);
      const sentence = await page.textContent(byId('warning'));
      console.log(`${engine}, cut.jpg: ${sentence}`);
      assert.match(sentence, /incomplete|cut|missing/i);
      await page.screenshot({ path: join(shots, `warning-${engine}-1280x800.png`) });
    });
  });
}

test('the limits of the server are in its messages', async () => {
  await site.visit({ engine: 'remote', pipeline: 'invert' }, async (page) => {
    const large = Buffer.concat([png, Buffer.alloc(300_000)]);
    const [item] = await processAll(page, { name: 'large.png', mimeType: 'image/png', buffer: large });
    assert.equal(item.state, 'failed');
    const sentence = await page.textContent(byId('error'));
    console.log(sentence);
    assert.match(sentence, /200000|200 ?kB|0\.2 ?MB/);
  });
});

const PIPELINES = [
  ['sharpn', /^unknown operation "sharpn"; the operations are .*sharpen/],
  ['gaussian_blur size=3', /^gaussian_blur: unknown parameter "size"; it takes ksize, sigma$/],
  [
    'gaussian_blur ksize=101',
    /^gaussian_blur: ksize=101 is not allowed; it must be an odd number from 1 to 99$/,
  ],
  ['gaussian_blur ksize=many', /^gaussian_blur: ksize=many is not allowed/],
  ['gaussian_blur ksize=4', /^gaussian_blur: ksize=4 is not allowed; it must be an odd number/],
  [
    'flip axis=sideways',
    /^flip: axis=sideways is not allowed; it must be one of horizontal, vertical, both$/,
  ],
  ['invert |', /^the pipeline ends with \|/],
  ['| invert', /^the pipeline has an empty step/],
  ['canny low=1 low=2', /^canny: low is given twice$/],
  ['convolve kernel=1,2', /^convolve: kernel has 2 numbers; it must have 9, 25 or 49$/],
  [
    'convolve kernel=1,2,',
    /^convolve: number 3 of kernel=1,2, is not allowed; it must be 9, 25 or 49 numbers from/,
  ],
  [`convolve kernel=${'1,'.repeat(24)}0x1`, /^convolve: number 25 of kernel=(1,){20}\.\.\. is not allowed/],
  ['convolve kernel=0,-1,0,-1,1e999,-1,0,-1,0', /^convolve: number 5 of .* with commas between them$/],
  ['crop x=65536', /^crop: x=65536 is not allowed; it must be a whole number from 0 to 65535$/],
];

test('an invalid pipeline is refused while it is typed, with the sentence of the command line', async () => {
  await site.visit({}, async (page) => {
    for (const [text, expected] of PIPELINES) {
      await page.fill(byId('pipeline-text'), text);
      const sentence = await page.textContent(byId('pipeline-error'));
      assert.match(sentence, expected);
      const message = errorOf(text);
      assert.ok(message.includes(sentence), `the page: ${sentence}\nthe command line: ${message}`);
    }
    await page.fill(byId('pipeline-text'), 'invert');
    assert.equal(await page.textContent(byId('pipeline-error')), '');
  });
});

function errorOf(pipeline) {
  try {
    reference(pipeline, join(data, 'coffee_301x203.png'));
    return '';
  } catch (error) {
    return String(error.stderr);
  }
}

test('an empty pipeline delivers the picture', async () => {
  await site.visit({ pipeline: '' }, async (page) => {
    const [item] = await processAll(page, join(data, 'coffee_301x203.png'));
    assert.equal(item.state, 'done');
    const expected = reference('', join(data, 'coffee_301x203.png'));
    assertSamePicture(readPng((await saved(page)).bytes), expected, 'empty pipeline');
  });
});

test('alpha is saved exactly, and WebP is decoded by the browser', async () => {
  await site.visit({ pipeline: 'invert' }, async (page) => {
    const file = join(data, 'pictures/alpha.png');
    await processAll(page, file);
    assertSamePicture(readPng((await saved(page)).bytes), reference('invert', file), 'alpha');
    await page.click(byId('clear'));
    const webp = await page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      canvas.width = 40;
      canvas.height = 30;
      const context = canvas.getContext('2d');
      context.fillStyle = '#ff0000';
      context.fillRect(0, 0, 40, 30);
      const blob = await new Promise((done) => canvas.toBlob(done, 'image/webp', 1));
      return [...new Uint8Array(await blob.arrayBuffer())];
    });
    const [item] = await processAll(page, {
      name: 'red.webp',
      mimeType: 'image/webp',
      buffer: Buffer.from(webp),
    });
    assert.equal(item.state, 'done', item.text);
    const { width, height, channels, pixels } = readPng((await saved(page)).bytes);
    assert.deepEqual([width, height, channels], [40, 30, 3]);
    assert.ok(pixels[0] < 8 && pixels[1] > 247 && pixels[2] > 247, 'the inverse of red');
  });
});
