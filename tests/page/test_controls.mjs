// Every operation as a user sets it up: found in the chooser, each of its controls used by keys and pointer. The text
// follows each control, and the result is the command line's, on this device and on the server.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seeded } from '../random.mjs';
import {
  addStep,
  assertSamePicture,
  byId,
  chooseEngine,
  data,
  folder,
  followed,
  operations,
  processAll,
  readPng,
  reference,
  saved,
  jobsEnded,
  shots,
  useSite,
} from './harness.mjs';

const rng = seeded();
const picture = join(data, 'coffee_301x203.png');
const site = useSite();

const field = (param) => byId(`param-${param.name}`);
const text = (page) => page.inputValue(byId('pipeline-text'));

// A value that the field accepts, in the order of the picture's size.
function numberFor({ kind, min, max }) {
  const low = Math.max(min, -100);
  const value = low + rng.next() * (Math.min(max, 100) - low);
  if (kind === 'real') return value.toFixed(1);
  return String(kind === 'odd' ? Math.floor(value / 2) * 2 + 1 : Math.round(value));
}

// Waits until the value of a field has changed, which it does when the page is rendered next, and returns it.
async function changed(page, selector, before) {
  await page.waitForFunction(([at, old]) => document.querySelector(at).value !== old, [selector, before]);
  return page.inputValue(selector);
}

const rendered = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

// Sets the parameter by its field and, if there is one, by its slider. Returns the field's value.
async function useNumber(page, param) {
  const typed = numberFor(param);
  await page.fill(field(param), typed);
  assert.ok((await text(page)).includes(typed === String(param.default) ? '' : `${param.name}=${typed}`));
  const slider = byId(`slide-${param.name}`);
  if (await page.$(slider)) {
    await rendered(page); // the slider has the value that was typed
    const before = await page.inputValue(field(param));
    await page.press(slider, Number(before) < (param.min + param.max) / 2 ? 'ArrowRight' : 'ArrowLeft');
    const after = Number(await changed(page, field(param), before));
    assert.ok(after >= param.min && after <= param.max, `${param.name}=${after}`);
  }
  if (param.unit === '°') {
    const before = await page.inputValue(field(param));
    let value = before;
    for (const by of [90, 90, -90]) {
      await page.click(byId(`turn-${param.name}${by}`));
      value = await changed(page, field(param), value);
    }
    const turned = (Number(value) - Number(before) - 90) % 360;
    assert.ok(Math.abs(turned) < 1e-9, `${param.name} by a quarter turn`);
  }
  return await page.inputValue(field(param));
}

async function useChoice(page, param) {
  if (param.choices.includes('yes')) {
    const before = await page.isChecked(field(param));
    await page.click(field(param));
    assert.notEqual(await page.isChecked(field(param)), before);
    return before ? 'no' : 'yes';
  }
  for (const choice of param.choices) {
    await page.click(`${field(param)} label:has([value=${choice}])`);
    assert.ok(await page.isChecked(`${field(param)} [value=${choice}]`), choice);
  }
  const last = param.choices.at(-1);
  await page.press(`${field(param)} [value=${last}]`, 'ArrowLeft');
  return param.choices.at(-2);
}

async function useSet(page, param) {
  const chip = (name) => page.click(`${field(param)} button:text-is("${name}")`);
  const [first, second, third] = param.choices;
  for (const name of [third, first, second]) await chip(name);
  assert.ok(
    (await text(page)).includes(`${param.name}=${first},${second},${third}`),
    'in the order of the table',
  );
  await chip('all');
  assert.ok(!(await text(page)).includes(param.name));
  await chip(second);
  await chip(first);
  return `${first},${second}`;
}

async function useList(page, param) {
  const numbers = async () => (await text(page)).match(new RegExp(`${param.name}=(\\S+)`))[1].split(',');
  const cells = page.locator(`${field(param)} input`);
  for (const size of [7, 5]) {
    await page.click(`${byId(`size-${param.name}`)} label:has([value="${size}"])`);
    assert.equal(await cells.count(), size * size);
    assert.equal((await numbers()).length, size * size);
    assert.equal(await page.isVisible('.kernel-presets'), true);
    for (const preset of await page.$$('.kernel-presets button')) await preset.click();
  }
  await page.click('.kernel-presets button:text-is("Box")');
  assert.equal((await numbers()).join(), Array(25).fill('0.04').join());
  // Weights are typed; Enter moves to the field below.
  await cells.nth(7).click();
  await page.keyboard.type('-0.24');
  await page.keyboard.press('Enter');
  await page.keyboard.type('x');
  assert.match(await page.textContent('.field-error'), /^convolve: number 13 of kernel=.* is not allowed/);
  await page.keyboard.press('Backspace');
  await page.keyboard.type('1');
  await cells.nth(0).click();
  const typed = await numbers();
  assert.deepEqual([typed[7], typed[12]], ['-0.24', '1']);
  await page.click(byId(`normalize-${param.name}`));
  const whole = await numbers();
  assert.ok(Math.abs(whole.reduce((sum, one) => sum + Number(one), 0) - 1) < 1e-4, whole.join());
  return whole.join();
}

const CONTROLS = { choice: useChoice, set: useSet, list: useList };

// Uses every control of the only step. The text form must have the values that differ from the defaults.
async function useAll(page, op) {
  const values = Object.fromEntries(op.params.map((param) => [param.name, String(param.default)]));
  for (const param of op.params) {
    const control = CONTROLS[param.kind] ?? useNumber;
    values[param.name] = await control(page, param);
    // The lower threshold may have moved the upper one.
    if (param.name === 'low') values.high = await page.inputValue(byId('param-high'));
    if (param.name === 'high') values.low = await page.inputValue(byId('param-low'));
    const changed = op.params.filter((one) => values[one.name] !== String(one.default));
    const expected = [op.name, ...changed.map(({ name }) => `${name}=${values[name]}`)].join(' ');
    assert.equal(await text(page), expected);
  }
}

test('every operation is found, every control works, the result is exact', async () => {
  await site.visit({ engine: 'local', pipeline: '' }, async (page) => {
    await processAll(page, picture);
    for (const op of operations) {
      await addStep(page, op);
      await useAll(page, op);
      const pipeline = await text(page);
      await followed(page);
      const expected = reference(pipeline, picture);
      assertSamePicture(readPng((await saved(page)).bytes), expected, `${pipeline}, on this device`);
      await chooseEngine(page, 'remote');
      await page.click(byId('run'));
      const [item] = await jobsEnded(page);
      assert.equal(item.state, 'done', `${pipeline}: ${item.text}`);
      assert.equal(await page.textContent(byId('progress-left')), 'on the server');
      assertSamePicture(readPng((await saved(page)).bytes), expected, `${pipeline}, on the server`);
      await chooseEngine(page, 'local');
      await page.click(byId('remove-step'));
      assert.equal(await text(page), '');
    }
  });
});

test('the chooser lists every operation, and works by keys alone', async () => {
  await site.visit({ pipeline: 'canny' }, async (page) => {
    await page.focus(byId('add-step'));
    await page.keyboard.press('Enter');
    await page.screenshot({ path: join(shots, 'chooser-1280x800.png') });
    const listed = await page.$$eval(byId('operation'), (list) => list.map((one) => one.dataset.op));
    assert.deepEqual(listed.sort(), operations.map(({ name }) => name).sort());
    await page.keyboard.press('Escape');
    assert.equal(await page.isVisible(byId('chooser')), false);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'add-step');

    await page.keyboard.press('Enter');
    await page.waitForFunction((id) => document.activeElement.matches(id), byId('search'));
    await page.keyboard.type('blur');
    const names = (list) => list.map((one) => one.dataset.op);
    await page.waitForFunction(
      (id) => [...document.querySelectorAll(id)].every((one) => /blur/.test(one.dataset.op)),
      byId('operation'),
    );
    const found = await page.$$eval(byId('operation'), names);
    assert.ok(found.length > 0 && found.every((name) => /blur/.test(name)), found.join());
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    assert.equal(await text(page), `canny | ${found[0]}`);
    assert.equal(await page.isVisible(byId('chooser')), false);
    // The new step has the focus: Tab moves to its buttons and controls.
    await page.waitForFunction(
      (op) => document.activeElement.matches(`[data-op=${op}] .drag-handle`), // once the step is on the page
      found[0],
    );

    await page.click(byId('add-step'));
    await page.fill(byId('search'), 'nothing is called that');
    assert.equal(await page.locator(byId('operation')).count(), 0);
    assert.match(await page.textContent(byId('chooser')), /No operation matches/);
    await page.mouse.click(20, 400); // outside
    assert.equal(await page.isVisible(byId('chooser')), false);
  });
});

test('thresholds with one slider: a thumb moves the other one', async () => {
  await site.visit({ pipeline: 'canny' }, async (page) => {
    const [low, high] = ['low', 'high'].map((name) => byId(`slide-${name}`));
    await page.press(low, 'End');
    assert.equal(await text(page), 'canny low=1000 high=1000');
    await page.press(high, 'Home');
    assert.equal(await text(page), 'canny low=0 high=0');
    await page.press(high, 'ArrowRight');
    assert.equal(await text(page), 'canny low=0 high=1');
    // Also by the pointer, when both are at one end.
    await page.press(low, 'End');
    const box = await page.locator('.range-slider').boundingBox();
    await page.mouse.move(box.x + box.width - 8, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    assert.match(await text(page), /^canny low=(49\d|50\d) high=1000$/);
  });
});

test('the colour ramp of each heat map is the result of the operation', async () => {
  const greys = join(folder, 'greys.pgm');
  const line = Uint8Array.from({ length: 256 }, (_, grey) => grey);
  writeFileSync(greys, Buffer.concat([Buffer.from('P5\n256 1\n255\n'), line]));
  const { choices } = operations.find(({ name }) => name === 'heatmap').params[0];
  await site.visit({ pipeline: 'heatmap' }, async (page) => {
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.colour-ramp')].every((ramp) =>
        ramp
          .getContext('2d')
          .getImageData(0, 0, 256, 1)
          .data.some((value) => value > 0),
      ),
    );
    const ramps = await page.$$eval('.colour-ramp', (list) =>
      list.map((ramp) => [...ramp.getContext('2d').getImageData(0, 0, 256, 1).data]),
    );
    assert.equal(ramps.length, choices.length);
    choices.forEach((map, index) => {
      const { pixels } = reference(`heatmap map=${map}`, greys);
      assert.deepEqual(
        ramps[index].filter((_, i) => i % 4 < 3),
        [...pixels],
        map,
      );
    });
  });
});
