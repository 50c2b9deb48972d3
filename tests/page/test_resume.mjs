// The server is lost and comes back: killed, restarted, cut off, or silent. Jobs go on, and no picture is lost.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  byId,
  chooseEngine,
  data,
  jobsEnded,
  openPage,
  serverReady,
  startBrowser,
} from "./harness.mjs";

const build = process.env.TILECAST_BUILD;
const folder = mkdtempSync(join(tmpdir(), "tilecast-page-resume-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

let browser, gateway, port, proxy;

// The page, through the proxy, with the server as the user's preference.
async function open(pipeline) {
  const opened = await openPage(browser, `http://127.0.0.1:${proxy.port}/`, {
    pipeline,
  });
  await serverReady(opened.page);
  await chooseEngine(opened.page, "remote");
  return opened;
}

async function startGateway() {
  const args = [
    "--port",
    String(port),
    "--solo",
    "--web",
    join(build, "web"),
    "--spool",
    folder,
  ];
  gateway = spawn(
    join(build, "bin/tilecastd"),
    [...args, "--store", join(folder, "store")],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await once(gateway.stdout, "data");
}

async function stopGateway(signal) {
  gateway.kill(signal);
  await once(gateway, "exit");
}

// Passes connections on to the gateway. `cut` ends those there are; while `silent` nothing passes.
function startProxy() {
  const pairs = new Set();
  const state = { silent: false, connections: 0, up: 0 };
  const server = net.createServer((client) => {
    state.connections++;
    const upstream = net.connect(port, "127.0.0.1");
    const pair = [client, upstream];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const [from, to] of [pair, [upstream, client]]) {
      from.on("error", end).on("close", end);
      from.on("data", (bytes) => {
        if (from === client) state.up += bytes.length;
        if (!state.silent) to.write(bytes);
      });
    }
  });
  state.cut = () =>
    [...pairs].forEach((pair) => pair.forEach((socket) => socket.destroy()));
  state.close = () => server.close(state.cut());
  return new Promise((ready) =>
    server.listen(0, "127.0.0.1", () =>
      ready(Object.assign(state, { port: server.address().port })),
    ),
  );
}

before(async () => {
  const free = net.createServer();
  port = await new Promise((ready) =>
    free.listen(0, "127.0.0.1", () => ready(free.address().port)),
  );
  await new Promise((done) => free.close(done));
  await startGateway();
  proxy = await startProxy();
  browser = await startBrowser();
});
after(async () => {
  await browser.close();
  proxy.close();
  await stopGateway("SIGTERM");
});

const photograph = readFileSync(join(data, "coffee_600x400.jpg"));
const files = (count) =>
  Array.from({ length: count }, (_, i) => ({
    name: `${i}.jpg`,
    mimeType: "image/jpeg",
    // A comment makes each file another one; it does not change the pixels.
    buffer: Buffer.concat([
      photograph.subarray(0, 2),
      Buffer.from([255, 254, 0, 4, i >> 8, i & 255]),
      photograph.subarray(2),
    ]),
  }));

// Opens the page through the proxy, processes a batch on the server, and calls `disturb` meanwhile.
async function batch(count, pipeline, disturb) {
  const { page, context } = await open(pipeline);
  await page.setInputFiles(byId("file-input"), files(count));
  await disturb(page);
  const items = await jobsEnded(page, 120_000);
  await context.close();
  assert.deepEqual(
    items.filter((item) => item.state !== "done"),
    [],
  );
  assert.equal(items.length, count);
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const running = (page) =>
  page.waitForFunction(() =>
    document.querySelector("[data-testid=item][data-state=running]"),
  );
const slow = Array(6).fill("gaussian_blur ksize=31").join(" | ");

test("connections that are cut", async () => {
  const before = proxy.connections;
  await batch(40, slow, async (page) => {
    await running(page);
    for (let i = 0; i < 5; i++) {
      await pause(400);
      proxy.cut();
    }
  });
  console.log(`40 of 40, ${proxy.connections - before} connections`);
});

test("a gateway that is killed and started again", async () => {
  for (const signal of ["SIGKILL", "SIGTERM"])
    await batch(40, slow, async (page) => {
      for (let i = 0; i < 3; i++) {
        await running(page);
        await pause(300);
        await stopGateway(signal);
        await startGateway();
      }
    });
});

test("a path that is silent", async () => {
  const began = performance.now();
  await batch(10, slow, async (page) => {
    await running(page);
    proxy.silent = true;
    await page.waitForFunction(
      () =>
        document.querySelector("[data-testid=server-state]").dataset.state ===
        "absent",
    );
    console.log(`noticed after ${Math.round(performance.now() - began)} ms`);
    proxy.cut();
    proxy.silent = false;
  });
});

test("a picture shown tile by tile", async () => {
  const { page, context } = await open(slow);
  await page.setInputFiles(byId("file-input"), files(1));
  await running(page);
  await pause(150);
  proxy.cut();
  const [item] = await jobsEnded(page, 60_000);
  assert.equal(item.state, "done", item.text);
  await context.close();
});

const states = (page) =>
  page.$$eval("[data-testid=item]", (items) =>
    items.map((item) => item.dataset.state),
  );

for (const engine of ["remote", "local"])
  test(`a page that is reloaded, closed and opened again, ${engine}`, async () => {
    const { page, context } = await open(Array(4).fill(slow).join(' | '));
    await chooseEngine(page, engine);
    await page.setInputFiles(
      byId("file-input"),
      files(engine === "remote" ? 40 : 6),
    );
    await page.waitForSelector("[data-testid=item][data-state=done]");
    await page.reload();
    await page.waitForSelector("[data-testid=item][data-state=done]");
    const reloaded = await states(page);
    assert.ok(
      reloaded.some((state) => state !== "done"),
      "in the middle of the batch",
    );
    await pause(500);
    await page.close();
    await pause(500);
    const again = await context.newPage();
    await again.goto(page.url());
    await again.waitForSelector(byId("item"));
    const items = await jobsEnded(again, 120_000);
    assert.deepEqual(
      items.map((item) => item.state),
      reloaded.map(() => "done"),
    );
    // What is done is not computed again, and what is removed does not come back.
    await again.click(byId("clear"));
    await again.reload();
    await again.waitForSelector(byId("steps"));
    await pause(300);
    assert.deepEqual(await states(again), []);
    await context.close();
  });
