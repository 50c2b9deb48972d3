// What the page's tests share: a gateway on a free port, a browser that watches for anything that must not happen, the
// native command line as the reference.
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
  const args = ['--port', String(port), '--web', join(build, 'web'), '--spool', spool, ...options];
  const child = spawn(join(build, 'bin/tilecastd'), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: mpiEnvironment(),
  });
  process.once('exit', () => child.kill('SIGTERM'));
  let said = '';
  const ended = new Promise((done) => child.once('exit', done));
  const url = await new Promise((ready, fail) => {
    const late = setTimeout(() => fail(new Error(`tilecastd did not start:\n${said}`)), 20_000);
    const read = (text) => {
      said += text;
      const found = said.match(/http:\/\/[\d.]+:\d+\//);
      if (found) ready(found[0]);
      if (found) clearTimeout(late);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then(() => fail(new Error(`tilecastd ended:\n${said}`)));
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

const startBrowser = (more) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGUMENTS, ...more],
  });

// `wrong` collects what must not happen: errors, refused content, requests to other origins.
async function openPage(
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

// A gateway and a browser for the tests of the file that calls this, and its visits to the page. `args`: more of the
// browser's.
export function useSite({ args = [], ...options } = {}) {
  let gateway, browser;
  before(async () => {
    gateway = await startGateway(options);
    browser = await startBrowser(args);
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });
  const absent = (page) => page.waitForSelector(`${byId('server-state')}[data-state=absent]`);
  return {
    // Opens the page, waits for the server, chooses the engine if one is named, and looks at the end that nothing went
    // wrong but what `tolerate` matches. What is left of the options is the browser's.
    async visit({ engine, tolerate, ...rest }, use) {
      const { page, context, wrong } = await openPage(browser, gateway.url, rest);
      await serverReady(page);
      if (engine) await chooseEngine(page, engine);
      await use(page, wrong);
      assert.deepEqual(tolerate ? wrong.filter((line) => !tolerate.test(line)) : wrong, []);
      await context.close();
    },
    session: () => browser.newBrowserCDPSession(),
    // The server goes, and the page has seen it.
    async leave(page) {
      await gateway.stop();
      await absent(page);
    },
    absent,
    // It is back at the same address.
    async back() {
      gateway = await startGateway({ ...options, port: gateway.port });
    },
  };
}

export const chooseEngine = (page, engine) => page.click(`label:has(${byId(`engine-${engine}`)})`);

export const byId = (id) => `[data-testid="${id}"]`;

export async function serverReady(page) {
  await page.waitForSelector(`${byId('server-state')}[data-state=ready]`, { timeout: 30_000 });
}

// Gives files to the page and waits until none is under way; the states by name.
export async function processAll(page, files, timeout = 60_000) {
  await page.setInputFiles(
    (await page.$(byId('file-input'))) ? byId('file-input') : byId('add-input'),
    files,
  );
  return await settled(page, timeout);
}

export async function settled(page, timeout = 60_000) {
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

// Adds a step as people do: opens the chooser, types a name and takes the one that is meant.
export async function addStep(page, { name, title }) {
  await page.click(byId('add-step'));
  await page.fill(byId('search'), title);
  await page.click(`${byId('operation')}[data-op=${name}]`);
}

// Waits until the result is that of the pipeline as it stands.
export async function followed(page) {
  await page.waitForFunction(() => {
    const { state, pipeline } = document.querySelector('[data-testid=item]').dataset;
    return state === 'done' && pipeline === document.querySelector('[data-testid=pipeline-text]').value;
  });
}

// Presses a button that saves, and reads what it saved.
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

// A 6-megapixel JPEG out of a small committed one.
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
