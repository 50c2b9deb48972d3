// Codes: listed with type and text, outlined on the picture, copied; shown before the job is done when steps follow.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { byId, cli, data, folder, followed, processAll, settled, shots, useSite } from './harness.mjs';

const site = useSite();

const codesOf = (page) =>
  page.$$eval(byId('code'), (rows) =>
    rows.map((row) => [
      row.querySelector('[data-testid=code-type]').textContent,
      row.querySelector('[data-testid=code-text]').textContent,
    ]),
  );

// What `tilecast codes` says: FILE, TYPE and TEXT by tabs.
const expected = (file) =>
  cli('codes', file)
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t').slice(1));

for (const engine of ['remote', 'local']) {
  test(`texts, types and outlines, ${engine}`, async () => {
    await site.visit({ engine, pipeline: 'read_codes' }, async (page) => {
      for (const name of [
        'one.png',
        'three.png',
        'none.png',
        'utf8.png',
        'kanji.png',
        'inverted.png',
        'ean13.png',
      ]) {
        const file = join(data, 'codes', name);
        await processAll(page, file);
        assert.deepEqual(await codesOf(page), expected(file), name);
        assert.equal((await page.$$(byId('outline'))).length, expected(file).length, `${name}: outlines`);
        await page.click(byId('clear'));
      }
    });
  });
}

test('an outline lies on its code, also after steps that move it', async () => {
  await site.visit({ pipeline: 'read_codes' }, async (page) => {
    const file = join(data, 'codes/one.png');
    const box = () =>
      page.$eval(byId('outline'), (outline) => {
        const { viewBox } = outline.ownerSVGElement;
        const { x, y, width, height } = outline.getBBox();
        const [w, h] = [viewBox.baseVal.width, viewBox.baseVal.height];
        return [x / w, y / h, (x + width) / w, (y + height) / h];
      });
    await processAll(page, file);
    const plain = await box();
    await page.fill(byId('pipeline-text'), 'read_codes | flip | resize scale=0.5 method=linear');
    await followed(page);
    const moved = await box();
    const mirrored = [1 - plain[2], plain[1], 1 - plain[0], plain[3]];
    moved.forEach((value, index) =>
      assert.ok(Math.abs(value - mirrored[index]) < 0.02, `${moved} and ${mirrored}`),
    );
  });
});

test('copy puts the text on the clipboard', async () => {
  await site.visit(
    {
      pipeline: 'read_codes',
      permissions: ['clipboard-read', 'clipboard-write'],
    },
    async (page) => {
      const file = join(data, 'codes/one.png');
      await processAll(page, file);
      await page.click(byId('copy'));
      await page.waitForSelector(`${byId('toast')}.shown`);
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), expected(file)[0][1]);
      await page.screenshot({ path: join(shots, 'codes-1280x800.png') });
    },
  );
});

test('a code is shown before the job is done when steps follow', async () => {
  const file = join(folder, 'large-code.png');
  cli('run', '--pipeline', 'resize width=3000 method=nearest', '-o', file, join(data, 'codes/one.png'));
  await site.visit(
    {
      pipeline: 'read_codes | gaussian_blur ksize=31 | gaussian_blur ksize=31 | canny',
    },
    async (page) => {
      await page.evaluate(() => {
        const look = () => {
          const state = document.querySelector('[data-testid=item]')?.dataset.state;
          if (document.querySelector('[data-testid=code]')) window.stateAtCode = state;
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      });
      await page.setInputFiles(byId('file-input'), file);
      await settled(page);
      assert.equal(await page.evaluate(() => window.stateAtCode), 'running');
    },
  );
});
