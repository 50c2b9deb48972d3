"""A connection that is lost, a server that is killed: the command line goes on and loses nothing."""

import asyncio
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

import numpy as np

from support import BIN, MEMORY_FACTOR, TILECAST, Folder, photograph, tilecast, write_picture

LIGHT = MEMORY_FACTOR > 1  # with sanitizers
PICTURES = 30 if LIGHT else 150
SIZE = (900, 700) if LIGHT else (2400, 1600)  # of pictures that take a while
PIPELINE = "gaussian_blur ksize=5 | canny"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def files_in(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


class Gateway:
    """A gateway on a port of its own that can be killed and started again with the same store."""

    def __init__(self, *options):
        self.folder = tempfile.mkdtemp(prefix="tilecast-resume-")
        self.port, self.how, self.options = free_port(), ["--solo"], options
        self.log = open(os.path.join(self.folder, "log"), "w+b")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [os.path.join(BIN, "tilecastd"), "--port", str(self.port), *self.how, "--spool", self.folder, "--store",
             os.path.join(self.folder, "store"), *self.options], stdout=subprocess.PIPE, stderr=self.log,
            env=dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1"))
        self.process.stdout.readline()  # "Tilecast is ready"

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(30)
        self.process.stdout.close()

    def close(self):
        self.stop()
        self.log.close()
        shutil.rmtree(self.folder, True)


class Proxy:
    """Passes bytes to the gateway and back. Cuts each connection after `cut_s` seconds, and stops all of them for
    `stall_s` seconds, once, after the first megabyte."""

    def __init__(self, port, cut_s=None, rate=None, stall_s=0):
        self.target, self.cut_s, self.rate, self.stall_s = port, cut_s, rate, stall_s
        self.up = self.down = self.connections = 0
        self.resume_at = 0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def serve(self, ready):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(asyncio.start_server(self.connect, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def connect(self, reader, writer):
        self.connections += 1
        try:
            to, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        tasks = [asyncio.ensure_future(self.copy(reader, back, "up")), asyncio.ensure_future(self.copy(to, writer, "down"))]
        await asyncio.wait(tasks, timeout=self.cut_s, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        writer.transport.abort()
        back.transport.abort()

    async def copy(self, reader, writer, way):
        while data := await reader.read(32768):
            if self.stall_s and self.up + self.down > 1 << 20:
                self.resume_at, self.stall_s = time.monotonic() + self.stall_s, 0
            while time.monotonic() < self.resume_at:
                await asyncio.sleep(0.1)
            setattr(self, way, getattr(self, way) + len(data))
            writer.write(data)
            await writer.drain()
            if self.rate:
                await asyncio.sleep(len(data) / self.rate)


class Batch(Folder):
    """A gateway, pictures, and what the command line makes of them without it."""

    def setUp(self):
        super().setUp()
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)

    def pictures(self, count, width=500, height=333):
        os.makedirs(self.path("in"))
        base = photograph(width, height, 3, 5)
        for i in range(count):
            write_picture(self.path("in", f"{i:03}.jpg"), np.roll(base, i * 3, 1))
        return self.path("in")

    def digests(self, folder):
        return {name: hashlib.sha256(open(os.path.join(folder, name), "rb").read()).hexdigest()
                for name in os.listdir(folder)}

    def expected(self, folder):
        result = tilecast("run", "-p", PIPELINE, "--out-dir", self.path("expected"), *files_in(folder))
        self.assertEqual(result.code, 0, result)
        return self.digests(self.path("expected"))

    def start(self, port, folder, *options):
        return subprocess.Popen([TILECAST, "run", "-p", PIPELINE, "--server", f"ws://127.0.0.1:{port}", "--out-dir",
                                 self.path("out"), *options, *files_in(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def check(self, process, expected):
        out, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, (out, err))
        self.assertEqual(self.digests(self.path("out")), expected)
        return err.decode()

    def clear_results(self):
        shutil.rmtree(self.path("out"))

    def spool_bytes(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.gateway.port}/api/v1/status") as reply:
            return json.load(reply)["spool_bytes"]


class Resume(Batch):
    def test_cut_connections(self):
        folder = self.pictures(PICTURES, 900, 700)
        expected = self.expected(folder)
        sent = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder))
        received = sum(os.path.getsize(self.path("expected", name)) for name in os.listdir(self.path("expected")))
        for cut_s in (2, 0.3):
            proxy = Proxy(self.gateway.port, cut_s=cut_s, rate=8 << 20)
            began = time.monotonic()
            err = self.check(self.start(proxy.port, folder), expected)
            proxy.close()
            print(f"cut every {cut_s} s: {PICTURES} of {PICTURES} exact in {time.monotonic() - began:.1f} s, "
                  f"{proxy.connections} connections, sent {proxy.up / sent - 1:+.1%}, "
                  f"received {proxy.down / received - 1:+.1%}", file=sys.stderr)
            self.assertEqual(proxy.connections > 1, "connected again" in err)
            self.clear_results()
        self.assertLess(self.spool_bytes(), 8 * received / PICTURES)  # all jobs but those of the last moment were released

    def test_gateway_is_killed_and_started_again(self):
        folder = self.pictures(40, *SIZE)
        expected = self.expected(folder)
        for number in (signal.SIGKILL, signal.SIGTERM):
            process = self.start(self.gateway.port, folder)
            for delay in (0.5, 0.3, 0.7, 0.2, 0.4):
                time.sleep(delay)
                self.gateway.stop(number)
                self.gateway.start()
            err = self.check(process, expected)
            print(f"{number.name} of the gateway: {len(expected)} of {len(expected)} exact, "
                  f"{err.count('connected again')} times connected again", file=sys.stderr)
            self.clear_results()
            self.assertEqual(self.spool_bytes(), 0)

    def test_path_that_stalls(self):
        folder = self.pictures(30, 900, 700)
        expected = self.expected(folder)
        proxy = Proxy(self.gateway.port, stall_s=14)
        began = time.monotonic()
        err = self.check(self.start(proxy.port, folder), expected)
        proxy.close()
        print(f"stalled for 14 s: {time.monotonic() - began:.1f} s in all, {proxy.connections} connections", file=sys.stderr)
        self.assertIn("was lost", err)

    def test_retry_ends(self):
        folder = self.pictures(4)
        proxy = Proxy(self.gateway.port, cut_s=0.05)
        for retry in ("0", "1"):
            process = self.start(proxy.port, folder, "--retry", retry)
            time.sleep(0.3)
            if retry == "1":
                proxy.server.close()
                proxy.target = 1
            began = time.monotonic()
            _, err = process.communicate(timeout=60)
            self.assertLess(time.monotonic() - began, 20)
            if process.returncode:
                self.assertRegex(err.decode(), "the connection to the server at .* was lost")
        proxy.close()

    def test_server_without_a_store(self):
        """A job that the server has lost is submitted again."""
        self.gateway.stop()
        self.gateway.options = ("--store", "none")
        self.gateway.start()
        folder = self.pictures(40, 900, 700)
        expected = self.expected(folder)
        process = self.start(self.gateway.port, folder)
        time.sleep(0.5)
        self.gateway.stop(signal.SIGKILL)
        self.gateway.start()
        self.check(process, expected)

    def test_json_reports_each_code_once(self):
        folder = self.path("codes")
        os.makedirs(folder)
        for i in range(60):
            subprocess.run(["qrencode", "-s", "20", "-o", f"{folder}/{i}.png", f"code {i}"], check=True)
        proxy = Proxy(self.gateway.port, cut_s=0.1)
        result = tilecast("codes", "--json", "--server", f"ws://127.0.0.1:{proxy.port}", folder)
        proxy.close()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(sorted(event["text"] for event in result.of("code")), sorted(f"code {i}" for i in range(60)))
        self.assertGreater(len(re.findall("connected again", result.err)), 0)

    def test_option(self):
        for value in ("-1", "86401", "x"):
            result = tilecast("run", "--retry", value, "x.png")
            self.assert_one_sentence(result, f"--retry {value}", "from 0 to 86400")


if __name__ == "__main__":
    unittest.main()
