// Straight lines: counted and listed, the same from either engine as on the command line; saved as JSON and as CSV.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { byId, cli, data, folder, processAll, saved, shots, useSite } from './harness.mjs';

const site = useSite();

const pipeline = 'lines threshold=20 min_length=20';
const file = join(data, 'coffee_301x203.png');
const expected = () =>
  cli('run', '--json', '-p', pipeline, '-o', join(folder, 'lines.png'), file)
    .split('\n')
    .filter((line) => line.includes('"lines"'))
    .flatMap((line) => JSON.parse(line).lines);

for (const engine of ['remote', 'local']) {
  test(`the list, ${engine}`, async () => {
    await site.visit({ engine, pipeline }, async (page) => {
      assert.equal(await page.$(byId('line-count')), null);
      await processAll(page, file);
      const lines = expected();
      assert.ok(lines.length > 5);
      assert.equal(await page.textContent(byId('line-count')), `${lines.length} lines`);
      const rows = await page.$$eval(byId('line'), (items) => items.map((item) => item.textContent));
      assert.equal(rows.length, 5);
      const [x1, y1, x2, y2] = lines[0];
      assert.ok(rows[0].includes(`${x1}, ${y1} – ${x2}, ${y2}`), rows[0]);
      const json = await saved(page, 'lines-json');
      assert.equal(json.name, 'coffee_301x203-lines.json');
      assert.deepEqual(JSON.parse(json.bytes), lines);
      const csv = await saved(page, 'lines-csv');
      assert.equal(csv.name, 'coffee_301x203-lines.csv');
      assert.deepEqual(csv.bytes.toString().trimEnd().split('\n'), [
        'x1,y1,x2,y2',
        ...lines.map((line) => line.join()),
      ]);
      await page.screenshot({ path: join(shots, `lines-${engine}.png`) });
    });
  });
}

test('a picture without lines', async () => {
  await site.visit({ pipeline: 'lines threshold=10000', files: file }, async (page) => {
    assert.equal(await page.textContent(byId('line-count')), '0 lines');
    assert.equal(await page.$(byId('lines')), null);
  });
});
