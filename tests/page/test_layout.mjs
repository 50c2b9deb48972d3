// The layout: narrow screens do not scroll sideways, nothing moves, before and after lie on each other; and screenshots.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { byId, data, largePicture, readPng, jobsEnded, shots, useSite } from './harness.mjs';

const site = useSite();
const picture = join(data, 'coffee_301x203.png');

async function assertNoSideways(page, what) {
  const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(scroll <= width, `${what}: ${scroll} px wide on a screen of ${width} px`);
}

for (const [width, height] of [
  [390, 844],
  [360, 740],
]) {
  test(`${width} px wide, by touch`, async () => {
    await site.visit(
      {
        viewport: { width, height },
        hasTouch: true,
        isMobile: true,
        pipeline: 'gaussian_blur | canny low=30 high=80 | read_codes symbologies=qr | crop',
        colorScheme: width === 390 ? 'dark' : 'light',
      },
      async (page) => {
        await assertNoSideways(page, 'welcome');
        await page.screenshot({ path: join(shots, `welcome-${width}x${height}.png`) });
        await page.evaluate(
          () => (location.hash = '#p=gaussian_blur+%7C+canny+low%3D80+high%3D170+%7C+invert'),
        );
        await page.tap(byId('sample-mountains.jpg'));
        await jobsEnded(page);
        await page.tap(byId('compare'));
        await assertNoSideways(page, 'result');
        await page.screenshot({ path: join(shots, `result-${width}x${height}.png`) });
        await page.screenshot({ path: join(shots, `result-${width}-whole.png`), fullPage: true });
        await page.tap(byId('add-step'));
        await assertNoSideways(page, 'chooser');
        await page.screenshot({ path: join(shots, `chooser-${width}x${height}.png`) });
        // A phone's keyboard does not appear before the field is touched.
        assert.equal(await page.evaluate(() => document.activeElement.tagName), 'DIALOG');
        await page.tap('.chooser-groups button:text-is("Geometry")');
        await page.tap(`${byId('operation')}[data-op=rotate]`);
        assert.match(await page.inputValue(byId('pipeline-text')), /\| rotate$/);
        await page.locator(`${byId('step')}[data-op=rotate] ${byId('remove-step')}`).tap();
        await page.setInputFiles(byId('add-input'), [join(data, 'codes/three.png'), picture]);
        await jobsEnded(page);
        await page.fill(
          byId('pipeline-text'),
          'an_operation_with_a_very_long_name_that_does_not_exist_anywhere_at_all',
        );
        await assertNoSideways(page, 'batch and error');
        await page.screenshot({ path: join(shots, `batch-${width}-whole.png`), fullPage: true });
      },
    );
  });
}

test('desktop', async () => {
  for (const colorScheme of ['dark', 'light']) {
    await site.visit({ colorScheme }, async (page) => {
      await page.screenshot({ path: join(shots, `welcome-${colorScheme}-1280x800.png`) });
      await page.click(byId('sample-mountains.jpg'));
      await jobsEnded(page);
      await page.click(byId('compare'));
      await page.screenshot({ path: join(shots, `result-${colorScheme}-1280x800.png`) });
      await page.click(byId('clear'));
      await page.click(byId('sample-codes.png'));
      await jobsEnded(page);
      await page.screenshot({ path: join(shots, `codes-${colorScheme}-1280x800.png`) });
    });
  }
});

test('nothing moves when a picture comes and goes', async () => {
  await site.visit({ pipeline: 'canny' }, async (page) => {
    const boxes = () =>
      page.$$eval('.app-steps, .app-main, .app-lists, .actions, .app-header', (parts) =>
        parts.map((part) => {
          const { x, y, width, height } = part.getBoundingClientRect();
          return [x, y, width, height].map(Math.round).join(' ');
        }),
      );
    const empty = await boxes();
    await page.setInputFiles(byId('file-input'), largePicture());
    assert.deepEqual(await boxes(), empty);
    await jobsEnded(page);
    assert.deepEqual(await boxes(), empty);
  });
});

test('by keyboard alone', async () => {
  await site.visit({ pipeline: 'canny', files: picture }, async (page) => {
    await page.focus(byId('compare'));
    await page.keyboard.press('Enter');
    await page.focus(byId('compare-handle'));
    await page.keyboard.press('Home');
    assert.equal(await page.getAttribute(byId('compare-handle'), 'aria-valuenow'), '0');
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getAttribute(byId('compare-handle'), 'aria-valuenow'), '2');
    await page.focus(byId('viewer'));
    await page.keyboard.press('+');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('0');
    const nameless = await page.$$eval('button, a, input, select, textarea', (parts) =>
      parts
        .filter((part) => part.offsetParent !== null)
        .filter((part) => !part.textContent.trim() && !part.ariaLabel && !part.labels?.length && !part.title)
        .map((part) => part.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(nameless, []);
  });
});

// The pixels of the picture on the screen.
async function frameOf(page) {
  const shot = await page.locator('.frame').screenshot({ scale: 'css' });
  return readPng(shot);
}

for (const [pipeline, before] of [
  ['crop x=60 y=30 width=160 height=120 | invert', 'beside'],
  ['rotate angle=30 | invert', 'beside'],
  ['rotate angle=-75 expand=yes | resize width=240 | flip axis=both | invert', 'beside'],
  ['resize width=300 height=90 method=linear | flip | invert', 'beside'],
  ['crop width=100 | flip', 'whole'],
])
  test(`before and after lie on each other: ${pipeline}`, async () => {
    await site.visit({ pipeline, files: picture }, async (page) => {
      await page.click(byId('compare'));
      await page.focus(byId('compare-handle'));
      await page.keyboard.press('Home');
      const after = await frameOf(page);
      await page.keyboard.press('End');
      const under = await frameOf(page);
      assert.deepEqual([after.width, after.height], [under.width, under.height]);
      if (before === 'whole') {
        assert.match(await page.getAttribute(byId('before'), 'class'), /contain/);
        return;
      }
      // Where the result is the inverse of what lies under it, their sum is white.
      let near = 0;
      let all = 0;
      for (let i = 0; i < after.pixels.length; i += after.channels) {
        const black = [0, 1, 2].every((c) => after.pixels[i + c] > 250); // beyond the turned picture, inverted
        if (black) continue;
        const off = [0, 1, 2].map((c) => Math.abs(after.pixels[i + c] + under.pixels[i + c] - 255));
        all++;
        if (Math.max(...off) < 24) near++;
      }
      assert.ok(all > 10_000, `${all} pixels`);
      assert.ok(near / all > 0.93, `${near} of ${all} pixels lie on each other`);
    });
  });
