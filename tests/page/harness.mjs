// Shared by the page's tests: a gateway on a free port, a browser that records errors, the native command line as the
// reference.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { readPng } from './png.mjs';

export { readPng };

const build = process.env.TILECAST_BUILD;
if (!build) throw new Error('TILECAST_BUILD must name the build folder.');
export const data = fileURLToPath(new URL('../data/', import.meta.url));
export const folder = mkdtempSync(join(tmpdir(), 'tilecast-page-'));
export const shots = join(build, 'screenshots');
mkdirSync(shots, { recursive: true });
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

// Starts tilecastd and waits for the address it prints. `port` 0 takes a free one.
async function startGateway({ port = 0, options = ['--solo'] } = {}) {
  const spool = mkdtempSync(join(folder, 'spool-'));
  const args = ['--port', String(port), '--web', join(build, 'web'), '--spool', spool, '--store', 'none', ...options];
  const child = spawn(join(build, 'bin/tilecastd'), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: mpiEnvironment(),
  });
  process.once('exit', () => child.kill('SIGTERM'));
  let output = '';
  const ended = new Promise((done) => child.once('exit', done));
  const url = await new Promise((ready, fail) => {
    const timeout = setTimeout(() => fail(new Error(`tilecastd did not start:\n${output}`)), 20_000);
    const read = (text) => {
      output += text;
      const found = output.match(/http:\/\/[\d.]+:\d+\//);
      if (found) ready(found[0]);
      if (found) clearTimeout(timeout);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then(() => fail(new Error(`tilecastd ended:\n${output}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function mpiEnvironment() {
  return { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
}

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const startBrowser = (more = []) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGUMENTS, ...more],
  });

// `wrong` collects errors, content refused by the policy, and requests to other origins.
export async function openPage(
  browser,
  url,
  { viewport = { width: 1280, height: 800 }, pipeline, ...options } = {},
) {
  const context = await browser.newContext({ viewport, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  const origin = new URL(url).origin;
  context.on('request', (request) => {
    const to = request.url();
    if (!/^(blob|data):/.test(to) && new URL(to).origin !== origin) wrong.push(`request: ${to}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await page.goto(pipeline === undefined ? url : `${url}#${new URLSearchParams({ p: pipeline })}`);
  await page.waitForSelector('[data-testid=steps]');
  return { context, page, wrong };
}

// The browser's messages about a server that has stopped.
const NO_SERVER = /WebSocket|ERR_CONNECTION_REFUSED/;

// A gateway and a browser for the tests of one file. `args`: further arguments of the browser.
export function useSite({ args = [], ...gatewayOptions } = {}) {
  let gateway, browser;
  let stopped = false;
  let outage = false; // in the visit under way
  before(async () => {
    gateway = await startGateway(gatewayOptions);
    browser = await startBrowser(args);
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });
  const start = async () => {
    if (stopped) gateway = await startGateway({ ...gatewayOptions, port: gateway.port });
    stopped = false;
  };
  return {
    // Opens the page, waits for the server, chooses `engine`, has `files` processed, and calls `use`. Afterwards nothing
    // must have gone wrong but what `tolerate` matches. A server that `use` has stopped is started again. The other options
    // are the browser's.
    async visit({ engine, files, tolerate, ...options }, use) {
      const { page, context, wrong } = await openPage(browser, gateway.url, options);
      outage = false;
      try {
        await serverReady(page);
        if (engine) await chooseEngine(page, engine);
        const items = files && (await processAll(page, files));
        await use(page, { wrong, items });
      } finally {
        await start();
      }
      const allowed = (line) => tolerate?.test(line) || (outage && NO_SERVER.test(line));
      assert.deepEqual(
        wrong.filter((line) => !allowed(line)),
        [],
      );
      await context.close();
    },
    session: () => browser.newBrowserCDPSession(),
    // Stops the server, and waits until the page has noticed.
    async stopServer(page) {
      await gateway.stop();
      stopped = outage = true;
      await serverAbsent(page);
    },
    // The same once the page works without a server.
    async goOffline(page) {
      await storedForOffline(page);
      await this.stopServer(page);
    },
    // At the same address as before.
    startServer: start,
  };
}

// Waits until the browser has stored all of the page's files.
export async function storedForOffline(page) {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
}

export const chooseEngine = (page, engine) => page.click(`label:has(${byId(`engine-${engine}`)})`);

export const byId = (id) => `[data-testid="${id}"]`;

export const serverAbsent = (page) => page.waitForSelector(`${byId('server-state')}[data-state=absent]`);

export async function serverReady(page) {
  await page.waitForSelector(`${byId('server-state')}[data-state=ready]`, { timeout: 30_000 });
}

// Adds files to the page and waits until none is under way. Returns the items, as `jobsEnded` does.
export async function processAll(page, files, timeout = 60_000) {
  await page.setInputFiles(
    (await page.$(byId('file-input'))) ? byId('file-input') : byId('add-input'),
    files,
  );
  return await jobsEnded(page, timeout);
}

// Waits until no item is under way. Returns their names, states and texts.
export async function jobsEnded(page, timeout = 60_000) {
  await page.waitForFunction(
    () => {
      const items = [...document.querySelectorAll('[data-testid=item]')];
      return items.length > 0 && items.every((item) => !['waiting', 'running'].includes(item.dataset.state));
    },
    undefined,
    { timeout },
  );
  return await page.$$eval(byId('item'), (items) =>
    items.map((item) => ({
      name: item.dataset.name,
      state: item.dataset.state,
      text: item.querySelector('[data-testid=item-state]').textContent,
    })),
  );
}

// The operation table of this build.
export const { operations } = JSON.parse(readFileSync(join(build, 'wasm/operations.json')));

// Adds a step as a user does: opens the chooser, types a title and clicks on the operation.
export async function addStep(page, { name, title }) {
  await page.click(byId('add-step'));
  await page.fill(byId('search'), title);
  await page.click(`${byId('operation')}[data-op=${name}]`);
}

// Waits until the result is that of the present pipeline.
export async function followed(page) {
  await page.waitForFunction(() => {
    const { state, pipeline } = document.querySelector('[data-testid=item]').dataset;
    return state === 'done' && pipeline === document.querySelector('[data-testid=pipeline-text]').value;
  });
}

// Clicks on a button that saves, and reads the file.
export async function saved(page, button = 'save') {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(byId(button))]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

export function cli(...args) {
  return execFileSync(join(build, 'bin/tilecast'), args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

// A 6-megapixel JPEG, made from a small one.
export function largePicture(name = 'large.jpg') {
  const path = join(folder, name);
  const pipeline = 'resize width=3000 height=2000 method=linear | sharpen';
  cli(
    'run',
    '--pipeline',
    pipeline,
    '--format',
    'jpeg',
    '--quality',
    '92',
    '-o',
    path,
    join(data, 'coffee_600x400.jpg'),
  );
  return path;
}

export function reference(pipeline, file) {
  const out = join(folder, `reference-${Math.random().toString(36).slice(2)}.png`);
  cli('run', '--pipeline', pipeline, '-o', out, file);
  return readPng(readFileSync(out));
}

export function assertSamePicture(actual, expected, what) {
  const shape = ({ width, height, channels }) => `${width}x${height}x${channels}`;
  assert.equal(shape(actual), shape(expected), what);
  let different = 0;
  for (let i = 0; i < expected.pixels.length; i++) if (actual.pixels[i] !== expected.pixels[i]) different++;
  assert.equal(different, 0, `${what}: ${different} of ${expected.pixels.length} values differ`);
}
