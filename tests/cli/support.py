"""What the tests of the command line share: running it, pictures, and a server to talk to.

The folder of the programs is the environment variable TILECAST_BIN.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import zlib

import cv2
import numpy as np

BIN = os.environ["TILECAST_BIN"]
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
TILECAST = os.path.join(BIN, "tilecast")
MEMORY_FACTOR = float(os.environ.get("TILECAST_MEMORY_FACTOR", 1))  # sanitizers need more of it
TIME_LIMIT = 120  # seconds; a call of the command line that takes longer has failed


class Result:
    """How a call of the command line ended."""

    def __init__(self, code, out, err, peak_kb):
        self.code, self.raw, self.err, self.peak_kb = code, out, err.decode(), peak_kb

    @property
    def out(self):
        return self.raw.decode()

    @property
    def events(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, event, file=None):
        return [e for e in self.events if e["event"] == event and file in (None, e["file"])]

    def __repr__(self):
        return f"exit {self.code}, out {self.raw[-2000:]!r}, err {self.err[-2000:]!r}"


# A process starts with its parent's peak memory on its account; so a small one stands between the tests and the
# command line, and writes down what the command line itself had.
LAUNCHER = """
import os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as file:
    file.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}")
"""


def tilecast(*arguments, stdin=b"", cwd=None, measure=False):
    """Runs the command line to its end; with `measure`, also tells the most memory it had."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.NamedTemporaryFile("r") as note:
        launcher = [sys.executable, "-SEc", LAUNCHER, note.name] if measure else []
        done = subprocess.run([*launcher, TILECAST, *map(str, arguments)], input=stdin, stdout=out, stderr=err,
                              cwd=cwd, timeout=TIME_LIMIT)
        code, peak_kb = map(int, note.read().split()) if measure else (done.returncode, 0)
        out.seek(0)
        err.seek(0)
        return Result(code, out.read(), err.read(), peak_kb)


def operations():
    return json.loads(tilecast("ops", "--json").out)["operations"]


def read_picture(path):
    picture = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    assert picture is not None, path
    return picture


def photograph(width, height, channels=3, seed=1):
    """Something like a photograph: smooth areas, edges, and a little noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for k in range(channels):
        plane = 128 + 70 * np.sin(x / (17 + 5 * k)) + 50 * np.cos(y / (23 - 3 * k))
        plane += 60 * ((x // 40 + y // 30) % 2)
        planes.append(plane + rng.normal(0, 4, plane.shape))
    picture = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
    return picture[:, :, 0] if channels == 1 else picture


def noise(width, height, channels, seed):
    rng = np.random.default_rng(seed)
    shape = (height, width) if channels == 1 else (height, width, channels)
    return rng.integers(0, 256, shape, dtype=np.uint8)


def write_picture(path, picture):
    assert cv2.imwrite(path, picture), path
    return path


def png_header(width, height):
    """The beginning of a PNG file that claims this size."""

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x02\0\0\0") + chunk(b"IDAT", zlib.compress(b"\0" * 64))


def random_value(parameter, rng):
    """A value that the catalogue allows, as text."""
    kind = parameter["kind"]
    if kind == "choice":
        return rng.choice(parameter["choices"])
    if kind == "set":
        return ",".join(sorted(rng.sample(parameter["choices"], rng.randint(1, len(parameter["choices"])))))
    if kind == "list":
        bound = min(3, parameter["max"])
        return ",".join(f"{rng.uniform(-bound, bound):.3g}" for _ in range(rng.choice(parameter["counts"])))
    if kind == "real":
        return f"{rng.uniform(parameter['min'], parameter['max']):.4g}"
    low, high = int(parameter["min"]), int(parameter["max"])
    if high > 1000:
        high = 300  # sides of pictures: large ones take long and show nothing more
    if kind == "odd":
        return str(rng.randrange(low | 1, high + 1, 2))
    return str(rng.randint(low, high))


class Folder(unittest.TestCase):
    """A test case with a folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tilecast-test-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def picture(self, name, width=60, height=40, channels=3, seed=1):
        return write_picture(self.path(name), photograph(width, height, channels, seed))

    def listing(self, *names):
        return sorted(os.listdir(self.path(*names)))

    def assert_one_sentence(self, result, *parts):
        lines = result.err.strip().splitlines()
        self.assertEqual(len(lines), 1, result)
        self.assertTrue(lines[0].startswith("tilecast: "), result)
        for part in parts:
            self.assertIn(part, lines[0], result)


class Server:
    """A gateway on a free port, with a pool of `workers` under mpirun, or without MPI for 0."""

    def __init__(self, workers=0, *options):
        self.folder = tempfile.mkdtemp(prefix="tilecast-server-")
        how = ["--workers", str(workers)] if workers else ["--solo"]
        env = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        self.log = open(os.path.join(self.folder, "log"), "w+b")
        self.process = subprocess.Popen(
            [os.path.join(BIN, "tilecastd"), "--port", "0", "--spool", self.folder, *how, *options],
            stdout=subprocess.PIPE, stderr=self.log, env=env, stdin=subprocess.DEVNULL,
        )
        timer = threading.Timer(30, self.process.kill)
        timer.start()
        self.url = None
        for line in self.process.stdout:
            found = re.search(rb"http://([\w.:\[\]]+)/", line)
            if found:
                self.url = "ws://" + found.group(1).decode()
                break
        timer.cancel()
        if not self.url:
            self.log.seek(0)
            raise AssertionError(f"the server did not start: {self.log.read().decode()}")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def peak_kb(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()
        shutil.rmtree(self.folder, True)


def seed():
    """The seed of this run, printed so that a failure can be repeated: TILECAST_SEED=… sets it."""
    value = int(os.environ.get("TILECAST_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
    print(f"seed {value} (repeat with TILECAST_SEED={value})", file=sys.stderr)
    return value
