// Codes: listed with type and text, outlined on the picture, copied; displayed before the job is done when steps follow.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  byId,
  cli,
  data,
  folder,
  followed,
  processAll,
  readPng,
  saved,
  jobsEnded,
  shots,
  useSite,
} from './harness.mjs';
import { compose } from './picture.mjs';

const site = useSite();

const codesOf = (page) =>
  page.$$eval(byId('code'), (rows) =>
    rows.map((row) => [
      row.querySelector('[data-testid=code-type]').textContent,
      row.querySelector('[data-testid=code-text]').textContent,
    ]),
  );

// The output of `tilecast codes`: FILE, TYPE and TEXT, separated by tabs.
const code = (name) => join(data, 'codes', name);
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
        const file = code(name);
        await processAll(page, file);
        assert.deepEqual(await codesOf(page), expected(file), name);
        assert.equal((await page.$$(byId('outline'))).length, expected(file).length, `${name}: outlines`);
        await page.click(byId('clear'));
      }
    });
  });
}

test('an outline lies on its code, also after steps that move pixels', async () => {
  await site.visit({ pipeline: 'read_codes', files: code('one.png') }, async (page) => {
    const box = () =>
      page.$eval(byId('outline'), (outline) => {
        const { viewBox } = outline.ownerSVGElement;
        const { x, y, width, height } = outline.getBBox();
        const [w, h] = [viewBox.baseVal.width, viewBox.baseVal.height];
        return [x / w, y / h, (x + width) / w, (y + height) / h];
      });
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
      files: code('one.png'),
    },
    async (page) => {
      await page.click(byId('copy'));
      await page.waitForSelector(`${byId('toast')}.visible`);
      assert.equal(
        await page.evaluate(() => navigator.clipboard.readText()),
        expected(code('one.png'))[0][1],
      );
      await page.screenshot({ path: join(shots, 'codes-1280x800.png') });
    },
  );
});

test('a code is shown before the job is done when steps follow', async () => {
  const file = join(folder, 'large-code.png');
  cli('run', '--pipeline', 'resize width=3000 method=nearest', '-o', file, code('one.png'));
  await site.visit(
    {
      pipeline: 'read_codes | gaussian_blur ksize=31 | gaussian_blur ksize=31 | canny',
    },
    async (page) => {
      await page.evaluate(() => {
        const observer = new MutationObserver(() => {
          if (!document.querySelector('[data-testid=code]')) return;
          window.stateAtCode = document.querySelector('[data-testid=item]').dataset.state;
          observer.disconnect();
        });
        observer.observe(document.body, { childList: true, subtree: true });
      });
      await page.setInputFiles(byId('file-input'), file);
      await jobsEnded(page);
      assert.equal(await page.evaluate(() => window.stateAtCode), 'running');
    },
  );
});

// The codes in a picture by the command line.
const eventsOf = (file) =>
  cli('codes', '--json', file)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'code');

// A picture of 20 megapixels with codes of many sizes, two of them across borders of regions.
function crowd() {
  const plain = join(folder, 'crowd-background.png');
  cli(
    'run',
    '-p',
    'resize width=5000 height=4000 method=linear | grayscale',
    '-o',
    plain,
    join(data, 'coffee_600x400.jpg'),
  );
  const places = [
    ['one.png', 100, 100, 1],
    ['kanji.png', 1900, 1850, 2],
    ['latin1.png', 700, 300, 3],
    ['eci_greek.png', 3500, 150, 12],
    ['utf8.png', 1500, 2900, 6],
    ['binary.png', 400, 1500, 4],
    ['code128.png', 2600, 600, 1],
    ['ean13.png', 3450, 1950, 2],
    ['one.png', 4500, 3300, 2],
    ['turned.png', 2700, 3300, 1],
    ['inverted.png', 120, 2500, 2],
    ['shift_jis.png', 2800, 1700, 4],
  ];
  const parts = places.map(([name, x, y, scale]) => ({
    picture: readPng(onlyEightBits(name)),
    x,
    y,
    scale,
    name,
  }));
  const file = join(folder, 'crowd.pgm');
  compose(file, readPng(readFileSync(plain)), parts);
  const codes = parts.flatMap(({ name, x, y, scale }) =>
    eventsOf(code(name)).map(({ type, text, points }) => ({
      type,
      text,
      points: points.map(([px, py]) => [x + px * scale, y + py * scale]),
    })),
  );
  return { file, codes };
}

function onlyEightBits(name) {
  const file = join(folder, `eight-${name}`);
  cli('run', '-p', 'grayscale', '-o', file, code(name));
  return readFileSync(file);
}

const distance = (a, b) => Math.max(...a.flat().map((value, i) => Math.abs(value - b.flat()[i])));

const pointsOf = (page) =>
  page.$$eval(byId('outline'), (all) =>
    all.map((one) =>
      one
        .getAttribute('points')
        .split(' ')
        .map((point) => point.split(',').map(Number)),
    ),
  );

// The distance of a quadrangle from the nearest one of a code with this text.
function distanceTo(codes, { type, text }, points) {
  const same = codes.filter((one) => one.type === type && one.text === text);
  return Math.min(...same.map((one) => distance(one.points, points)));
}

test('a large picture without a server: every code once, outlined where it is', async () => {
  const { file, codes } = crowd();
  await site.visit({ engine: 'local', pipeline: 'read_codes draw=no' }, async (page) => {
    await site.goOffline(page);
    const [{ state }] = await processAll(page, file, 120_000);
    assert.equal(state, 'done');
    const texts = (list) => list.map(({ type, text }) => `${type} ${text}`).sort();
    const found = (await codesOf(page)).map(([type, text]) => ({ type, text }));
    assert.deepEqual(texts(found), texts(codes));
    (await pointsOf(page)).forEach((points, index) => {
      const off = distanceTo(codes, found[index], points);
      assert.ok(off <= 3, `${found[index].text} is outlined ${off} pixels off: ${points}`);
    });
    await page.screenshot({ path: join(shots, 'codes-many-1280x800.png') });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: join(shots, 'codes-many-390x844.png'), fullPage: true });
  });
});

// A JPEG with an EXIF orientation: its rows are the upright picture's columns from right to left.
function rotatedJpeg(file, name) {
  const jpeg = join(folder, `plain-${name}`);
  cli('run', '-p', 'rotate angle=90 expand=yes', '--format', 'jpeg', '--quality', '92', '-o', jpeg, file);
  const bytes = readFileSync(jpeg);
  const exif = Buffer.from(
    'ffe100224578696600004949' + '2a0008000000' + '0100' + '120103000100000006000000' + '00000000',
    'hex',
  );
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, 2), exif, bytes.subarray(2)]));
  return path;
}

test('a large JPEG: the first codes are reported before it is decoded, and each is listed once', async () => {
  const { file, codes } = crowd();
  const jpeg = rotatedJpeg(file, 'crowd.jpg');
  const options = { engine: 'local', pipeline: 'read_codes draw=no', serviceWorkers: 'block' };
  await site.visit(options, async (page) => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await page.context().route(/coordinator\.worker/, async (route) => {
      await released;
      await route.continue();
    });
    await page.setInputFiles(byId('file-input'), jpeg);
    await page.waitForSelector(byId('code'), { timeout: 60_000 });
    assert.equal(await page.$(byId('outline')), null, 'nothing has been decoded');
    const early = await codesOf(page);
    release();
    const [{ state }] = await jobsEnded(page, 120_000);
    assert.equal(state, 'done');
    const found = (await codesOf(page)).map(([type, text]) => ({ type, text }));
    const texts = (list) => list.map(({ type, text }) => `${type} ${text}`).sort();
    assert.deepEqual(texts(found), texts(codes));
    for (const [type, text] of early) assert.ok(texts(codes).includes(`${type} ${text}`), `${type} ${text}`);
    (await pointsOf(page)).forEach((points, index) => {
      const off = distanceTo(codes, found[index], points);
      assert.ok(off <= 3, `${found[index].text} is outlined ${off} pixels off: ${points}`);
    });
  });
});

test('a large JPEG is read when the prescan cannot be loaded', async () => {
  const { file, codes } = crowd();
  const jpeg = rotatedJpeg(file, 'crowd-alone.jpg');
  const options = { engine: 'local', pipeline: 'read_codes draw=no', serviceWorkers: 'block' };
  await site.visit({ ...options, tolerate: /ERR_FAILED/ }, async (page) => {
    await page.context().route(/prescan\.worker/, (route) => route.abort());
    await processAll(page, jpeg, 120_000);
    assert.equal((await codesOf(page)).length, codes.length);
  });
});

test('bytes that are not text are displayed, copied and saved', async () => {
  const file = code('binary.png');
  const [{ text, bytes }] = eventsOf(file);
  const options = { pipeline: 'read_codes', permissions: ['clipboard-read', 'clipboard-write'] };
  for (const engine of ['local', 'remote'])
    await site.visit({ engine, files: file, ...options }, async (page) => {
      assert.deepEqual(await codesOf(page), [['QR-Code', text]]);
      assert.match(text, /^([0-9a-f]{2} )+[0-9a-f]{2}$/);
      const expectedBytes = Buffer.from(bytes, 'base64');
      assert.equal(await page.textContent(byId('code-bytes')), `${expectedBytes.length} bytes, not text`);
      await page.click(byId('copy'));
      await page.waitForSelector(`${byId('toast')}.visible`);
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
      const file = await saved(page, 'save-bytes');
      assert.deepEqual(file, { name: 'binary-code-1.bin', bytes: expectedBytes });
      await page.screenshot({ path: join(shots, `codes-binary-${engine}.png`) });
    });
});

test('a long text is clipped until it is expanded, and wraps', async () => {
  const files = [code('binary.png'), code('series.png')];
  await site.visit({ pipeline: 'read_codes', files }, async (page) => {
    await page.click(`${byId('item')}[data-name="binary.png"]`);
    const height = () => page.$eval(byId('code-text'), (text) => text.clientHeight);
    const short = await height();
    await page.click(byId('code-more'));
    assert.ok((await height()) > short);
    await page.setViewportSize({ width: 390, height: 844 });
    for (const name of ['binary', 'series']) {
      await page.click(`${byId('item')}[data-name="${name}.png"]`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${name}: ${wide} pixels wide`);
      await page.screenshot({ path: join(shots, `codes-${name}-390x844.png`), fullPage: true });
    }
  });
});

test('codes are read when the second reader cannot be loaded', async () => {
  const options = { engine: 'local', pipeline: 'read_codes', serviceWorkers: 'block' };
  await site.visit({ ...options, tolerate: /ERR_FAILED/ }, async (page) => {
    await page.context().route(/zxing_reader/, (route) => route.abort());
    await processAll(page, code('one.png'));
    assert.deepEqual(await codesOf(page), expected(code('one.png')));
  });
});
