// After one visit the page works without a server: it loads, processes in WebAssembly, saves; the pixels are those of
// the server. And what the first visit fetches stays small.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  assertSamePicture,
  byId,
  data,
  processAll,
  readPng,
  reference,
  saved,
  serverReady,
  settled,
  startBrowser,
  startGateway,
} from './harness.mjs';

const PIPELINES = [
  'gaussian_blur ksize=9 | canny',
  'equalize',
  'resize width=333 | sharpen | flip axis=vertical',
  '',
];
const picture = join(data, 'coffee_301x203.png');
let gateway, browser;

before(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  await gateway?.stop();
});

async function results(page) {
  const list = [];
  for (const pipeline of PIPELINES) {
    await page.fill(byId('pipeline-text'), pipeline);
    const [item] = await processAll(page, picture);
    assert.equal(item.state, 'done', `${pipeline}: ${item.text}`);
    list.push(readPng((await saved(page)).bytes));
    await page.click(byId('clear'));
  }
  return list;
}

test('without the server the page loads, processes and saves; the pixels are the same', async () => {
  const { page, wrong, context } = await browser.open(gateway.url);
  await serverReady(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  const remote = await results(page);
  PIPELINES.forEach((pipeline, index) =>
    assertSamePicture(remote[index], reference(pipeline, picture), pipeline),
  );
  assert.deepEqual(wrong, []);

  const { port } = gateway;
  await gateway.stop();
  await page.waitForSelector(`${byId('server-state')}[data-state=absent]`);
  await page.reload();
  await page.waitForSelector(`${byId('server-state')}[data-state=absent]`);
  assert.match(await page.textContent(byId('where')), /stay on this device/);
  const local = await results(page);
  PIPELINES.forEach((pipeline, index) =>
    assertSamePicture(local[index], remote[index], `offline: ${pipeline}`),
  );

  await page.click(byId('sample-codes.png'));
  const [sample] = await settled(page);
  assert.equal(sample.state, 'done', 'a sample, offline');

  // Only the browser's own words about the missing server.
  assert.deepEqual(
    wrong.filter((line) => !/WebSocket|ERR_CONNECTION_REFUSED/.test(line)),
    [],
  );

  // The server is back: the page finds it, and processes there again.
  gateway = await startGateway({ port });
  await page.click(byId('server-state'));
  await serverReady(page);
  assert.match(await page.textContent(byId('where')), /sent to/);
  await context.close();
});

test('a server that goes away in the middle: the work goes on here', async () => {
  const { page, context } = await browser.open(gateway.url, {
    pipeline: 'gaussian_blur ksize=99 | median_blur',
  });
  await page.fill(byId('pipeline-text'), Array(12).fill('gaussian_blur ksize=99').join(' | '));
  await serverReady(page);
  await page.setInputFiles(byId('file-input'), join(data, 'coffee_600x400.jpg'));
  await page.waitForFunction(() => document.querySelector('[data-testid=item]').dataset.state === 'running');
  const { port } = gateway;
  await gateway.stop();
  const [item] = await settled(page, 120_000);
  assert.equal(item.state, 'done', item.text);
  gateway = await startGateway({ port });
  await context.close();
});

test('on the server only, a server that is not there is one sentence', async () => {
  const { page, context } = await browser.open(gateway.url);
  await serverReady(page);
  await page.click(`label:has(${byId('engine-remote')})`);
  const { port } = gateway;
  await gateway.stop();
  await page.waitForSelector(`${byId('server-state')}[data-state=absent]`);
  const [item] = await processAll(page, picture);
  assert.equal(item.state, 'failed');
  assert.equal(await page.textContent(byId('error')), `The server 127.0.0.1:${port} is not there.`);
  gateway = await startGateway({ port });
  await context.close();
});

test('who chooses this device takes the work home; nothing is sent when the server is back', async () => {
  const { page, context } = await browser.open(gateway.url);
  await serverReady(page);
  await page.click(`label:has(${byId('engine-remote')})`);
  const { port } = gateway;
  await gateway.stop();
  await page.waitForSelector(`${byId('server-state')}[data-state=absent]`);
  assert.match(await page.textContent(byId('where')), /wait for/);
  await page.setInputFiles(byId('file-input'), picture);
  await page.waitForFunction(
    () => document.querySelector('[data-testid=progress-step]').textContent === 'Waiting for the server',
  );
  await page.click(`label:has(${byId('engine-local')})`);
  const [item] = await settled(page);
  assert.equal(item.state, 'done', item.text);
  assert.equal(await page.textContent(byId('progress-left')), 'on this device');
  gateway = await startGateway({ port });
  await context.close();
});

test('the first load is below 500 kB', () => {
  const web = join(process.env.TILECAST_BUILD, 'web');
  const files = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(web, file)).isFile(),
  );
  let bytes = 0;
  for (const file of files) {
    if (/\.(gz|br)$|^samples\//.test(file)) continue;
    bytes += statSync(join(web, files.includes(`${file}.gz`) ? `${file}.gz` : file)).size;
  }
  console.log(`first load: ${bytes} bytes`);
  assert.ok(bytes < 500_000);
  const worker = readFileSync(join(web, 'sw.js'), 'utf8');
  for (const file of files)
    if (/\.(wasm|js|css)$/.test(file) && file !== 'sw.js')
      assert.ok(worker.includes(file), `${file} is kept`);
});
