// Sixty pictures of many formats, three of them broken: 57 results, three clear errors, bounded memory, one ZIP.
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  assertSamePicture,
  byId,
  cli,
  data,
  folder,
  largePicture,
  readPng,
  reference,
  saved,
  jobsEnded,
  shots,
  useSite,
} from './harness.mjs';

// Bytes by which the page's renderer may grow; less than the results' pixels, 12 × 18 MB and the small ones.
const MAX_GROWTH = 220 << 20;
const LARGE = 12;
const site = useSite();

function makeFiles() {
  const files = [];
  const large = largePicture();
  const add = (from, name) => {
    const path = join(folder, name);
    copyFileSync(from, path);
    files.push(path);
  };
  for (let i = 0; i < LARGE; i++) add(large, `large-${i}.jpg`);
  const pictures = join(data, 'pictures');
  const good = readdirSync(pictures).filter(
    (name) => /\.(png|jpg|gif|bmp|tga|ppm|pgm|psd)$/.test(name) && name !== 'no_clear_code.gif',
  );
  for (let i = 0; files.length < 57; i++) {
    const name = good[i % good.length];
    add(join(pictures, name), `p${i}-${name}`);
  }
  const broken = {
    'text.png': 'This is no picture.\n',
    'empty.jpg': '',
    'cut.png': readFileSync(join(data, 'coffee_301x203.png')).subarray(0, 2000),
  };
  for (const [name, bytes] of Object.entries(broken)) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    files.splice(20, 0, path);
  }
  return files;
}

// Resident memory of the largest renderer process of this browser, in bytes.
async function rendererMemory(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const sizes = processInfo
    .filter((one) => one.type === 'renderer')
    .map(
      (one) =>
        Number(readFileSync(`/proc/${one.id}/status`, 'latin1').match(/VmRSS:\s+(\d+)/)?.[1] ?? 0) * 1024,
    );
  return Math.max(...sizes);
}

// Names in the ZIP's directory at its end.
function namesInZip(zip) {
  const names = [];
  for (
    let at = zip.indexOf('PK\x01\x02', 0, 'latin1');
    at >= 0;
    at = zip.indexOf('PK\x01\x02', at + 4, 'latin1')
  )
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  return names;
}

for (const engine of ['remote', 'local']) {
  test(`60 pictures, ${engine}`, async () => {
    const files = makeFiles();
    await site.visit({ engine, pipeline: 'grayscale | sharpen' }, async (page) => {
      const session = await site.session();
      const start = await rendererMemory(session);
      await page.setInputFiles(byId('file-input'), files);
      let peak = start;
      const timer = setInterval(
        () =>
          rendererMemory(session)
            .then((now) => (peak = Math.max(peak, now)))
            .catch(() => {}),
        200,
      );
      await page.waitForFunction(() =>
        /\d+ done/.test(document.querySelector('[data-testid=batch-summary]').textContent),
      );
      await page.screenshot({ path: join(shots, `batch-${engine}-1280x800.png`) });
      const items = await jobsEnded(page, 150_000);
      clearInterval(timer);
      console.log(`${engine}: renderer ${start >> 20} MiB at the start, at most ${peak >> 20} MiB`);
      const failed = items.filter((item) => item.state === 'failed');
      assert.equal(items.length, 60);
      assert.deepEqual(
        failed.map((item) => item.name).sort(),
        ['cut.png', 'empty.jpg', 'text.png'],
        JSON.stringify(failed),
      );
      for (const item of failed) assert.match(item.text, /^.{10,200}$/, item.name);
      assert.equal(items.filter((item) => item.state === 'done').length, 57);
      if (engine === 'remote') assert.ok(peak - start < MAX_GROWTH, `grew by ${(peak - start) >> 20} MiB`);
      const zip = (await saved(page, 'save-all')).bytes;
      const names = namesInZip(zip);
      assert.equal(new Set(names).size, 57);
      assert.ok(
        names.every((name) => name.endsWith('-tilecast.png')),
        names.join(),
      );
      await session.detach();
    });
  });
}

test('files of a batch are those of the command line', async () => {
  const files = [join(data, 'coffee_301x203.png'), join(data, 'astronaut_200x150.png')];
  await site.visit({ pipeline: 'canny', files }, async (page) => {
    const out = join(folder, 'out.png');
    cli('run', '--pipeline', 'canny', '-o', out, files[0]);
    assert.deepEqual((await saved(page)).bytes, readFileSync(out));
  });
});

test('a result stays, and can be saved, when the next run is cancelled', async () => {
  const code = join(folder, 'large-code.png'); // each must take long enough to be cancelled
  cli('run', '--pipeline', 'resize width=3000 method=nearest', '-o', code, join(data, 'codes/one.png'));
  const files = [code, largePicture('one.jpg'), largePicture('two.jpg')];
  await site.visit({ pipeline: 'read_codes', files }, async (page) => {
    await page.fill(byId('pipeline-text'), Array(8).fill('gaussian_blur ksize=99').join(' | '));
    await page.click(byId('run'));
    await page.click(byId('cancel'));
    const items = await jobsEnded(page);
    assert.deepEqual(
      items.map(({ state, text }) => [state, text]),
      files.map(() => ['done', 'Made with earlier steps']),
    );
    assert.equal(await page.locator(byId('code')).count(), 1, 'its code as well');
    assert.equal(namesInZip((await saved(page, 'save-all')).bytes).length, files.length);
    const { bytes } = await saved(page);
    assertSamePicture(readPng(bytes), reference('read_codes', code), 'the result from before');
    // A picture without a result is cancelled. Both kinds are processed when the user starts them again.
    await page.setInputFiles(byId('add-input'), [largePicture('three.jpg')]);
    await page.click(byId('cancel'));
    assert.equal((await jobsEnded(page)).at(-1).state, 'cancelled');
    await page.fill(byId('pipeline-text'), 'invert');
    await page.click(byId('run'));
    assert.deepEqual(new Set((await jobsEnded(page)).map(({ state }) => state)), new Set(['done']));
  });
});
