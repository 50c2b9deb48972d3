// After one visit the page works without a server: it loads, processes in WebAssembly and saves, with the same pixels. The
// size of the first load is bounded.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  assertSamePicture,
  byId,
  chooseEngine,
  data,
  processAll,
  readPng,
  reference,
  saved,
  serverAbsent,
  serverReady,
  storedForOffline,
  jobsEnded,
  useSite,
} from './harness.mjs';

const PIPELINES = [
  'gaussian_blur ksize=9 | canny',
  'equalize',
  'resize width=333 | sharpen | flip axis=vertical',
  '',
];
const picture = join(data, 'coffee_301x203.png');
const site = useSite();

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
  await site.visit({}, async (page, { wrong }) => {
    assert.ok(await page.evaluate(() => crossOriginIsolated), 'its workers may share memory');
    const remote = await results(page);
    PIPELINES.forEach((pipeline, index) =>
      assertSamePicture(remote[index], reference(pipeline, picture), pipeline),
    );
    assert.deepEqual(wrong, []);

    await site.goOffline(page);
    await page.reload();
    await serverAbsent(page);
    assert.ok(await page.evaluate(() => crossOriginIsolated), 'without the server, too');
    assert.match(await page.textContent(byId('where')), /stay on this device/);
    const local = await results(page);
    PIPELINES.forEach((pipeline, index) =>
      assertSamePicture(local[index], remote[index], `offline: ${pipeline}`),
    );
    await page.click(byId('sample-codes.png'));
    const [sample] = await jobsEnded(page);
    assert.equal(sample.state, 'done', 'a sample, offline');

    // The server is back: the page connects, and processes there again.
    await site.startServer();
    await page.click(byId('server-state'));
    await serverReady(page);
    assert.match(await page.textContent(byId('where')), /sent to/);
  });
});

test('when the server stops during a job, the job is done on this device', async () => {
  const pipeline = Array(12).fill('gaussian_blur ksize=99').join(' | ');
  await site.visit({ pipeline }, async (page) => {
    await storedForOffline(page);
    await page.setInputFiles(byId('file-input'), join(data, 'coffee_600x400.jpg'));
    await page.waitForFunction(
      () => document.querySelector('[data-testid=item]').dataset.state === 'running',
    );
    await site.stopServer(page);
    const [item] = await jobsEnded(page, 120_000);
    assert.equal(item.state, 'done', item.text);
    assert.match(await page.textContent(byId('warning')), /^Processed on this device, since the server was lost/);
  });
});

test('with the server as preference, a picture waits for it', async () => {
  await site.visit({ engine: 'remote' }, async (page) => {
    await site.stopServer(page);
    await page.setInputFiles(byId('file-input'), picture);
    await page.waitForFunction(
      () => document.querySelector('[data-testid=progress-step]').textContent === 'Waiting for the server',
    );
    await site.startServer();
    const [item] = await jobsEnded(page);
    assert.equal(item.state, 'done', item.text);
  });
});

test('choosing this device moves waiting jobs here', async () => {
  await site.visit({ engine: 'remote' }, async (page) => {
    await site.stopServer(page);
    assert.match(await page.textContent(byId('where')), /wait for/);
    await page.setInputFiles(byId('file-input'), picture);
    await page.waitForFunction(
      () => document.querySelector('[data-testid=progress-step]').textContent === 'Waiting for the server',
    );
    await chooseEngine(page, 'local');
    const [item] = await jobsEnded(page);
    assert.equal(item.state, 'done', item.text);
    assert.equal(await page.textContent(byId('progress-left')), 'on this device');
  });
});

test('the first load is below 500 kB', () => {
  const web = join(process.env.TILECAST_BUILD, 'web');
  const files = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(web, file)).isFile(),
  );
  let bytes = 0;
  for (const file of files) {
    // The second code reader is loaded when codes are read, or in the background for working offline. A picture needs one
    // of the two forms of tilecast.wasm, which have the same size.
    if (/\.(gz|br)$|^samples\/|^assets\/(zxing|tilecast_shared)/.test(file)) continue;
    bytes += statSync(join(web, files.includes(`${file}.gz`) ? `${file}.gz` : file)).size;
  }
  console.log(`first load: ${bytes} bytes`);
  assert.ok(bytes < 500_000);
  const worker = readFileSync(join(web, 'sw.js'), 'utf8');
  for (const file of files)
    if (/\.(wasm|js|css)$/.test(file) && file !== 'sw.js')
      assert.ok(worker.includes(file), `${file} is cached`);
});
