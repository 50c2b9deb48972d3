"""Real pictures through a real pool: in one process (--solo) and under mpirun. The reference is the command line without
a server. TILECAST_SOLO_ONLY in the environment leaves mpirun out, which does not run with sanitizers."""
import os
import signal
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import zlib

import cv2
import numpy as np

from gateway import BIN, DATA, Gateway, processes_with, wait_for

COFFEE = os.path.join(DATA, "coffee_301x203.png")
PIPELINES = ("", "gaussian_blur ksize=9 | canny", "equalize | sharpen", "resize scale=0.4 | flip axis=both",
             "threshold method=otsu", "crop x=17 y=5 width=190 | invert")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def pixels_of(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def local(data, pipeline):
    """The result of the command line without a server."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "in"), os.path.join(folder, "out.png")
        with open(source, "wb") as file:
            file.write(data)
        command = [os.path.join(BIN, "tilecast"), "run", "--pipeline", pipeline, "-o", out, source]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return pixels_of(read(out))


def assemble(result):
    """The picture of the result's tiles, with OpenCV's order of channels. Every pixel must be there."""
    stages = result["pictures"][-1]["stages"]
    end = result["end"]
    picture = np.zeros((end["height"], end["width"], end["channels"]), np.uint8)
    seen = np.zeros(picture.shape[:2], bool)
    for frame, data in result["tiles"]:
        if frame["stage"] != len(stages) - 1:
            continue
        y, x = slice(frame["y"], frame["y"] + frame["height"]), slice(frame["x"], frame["x"] + frame["width"])
        picture[y, x] = np.frombuffer(data, np.uint8).reshape(frame["height"], frame["width"], frame["channels"])
        seen[y, x] = True
    assert seen.all(), "pixels are missing"
    if picture.shape[2] == 1:
        return picture[:, :, 0]
    return picture[:, :, [2, 1, 0, 3][: picture.shape[2]]]


def large_picture(width, height, seed=7):
    """An uncompressed picture with structure, as a PNM file."""
    print(f"seed {seed}")
    small = np.random.default_rng(seed).integers(0, 256, (height // 16, width // 16, 3), np.uint8)
    return b"P6 %d %d 255\n" % (width, height) + cv2.resize(small, (width, height)).tobytes()


def png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b""))


def memory_files(mpirun):
    """Segments shared by the ranks of this mpirun, and what earlier ones left in their folder."""
    with open(f"/proc/{mpirun}/cmdline", "rb") as file:
        arguments = file.read().decode().split("\0")
    return os.listdir(arguments[arguments.index("--memory") + 1])


def temporary_files(gateway):
    """Temporary files of the gateway's pool."""
    return [name for folder, _, names in os.walk(gateway.spool) for name in names if "/tmp" in folder[len(gateway.spool):]]


class Pool:
    """The tests for both kinds of pool."""

    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        with cls.gateway:
            pass

    def setUp(self):
        self.client = self.gateway.client()
        self.addCleanup(self.client.close)

    def test_results_equal_the_local_ones(self):
        data = read(COFFEE)
        for pipeline in PIPELINES:
            expected = local(data, pipeline)
            jobs = {self.client.submit(data, pipeline, want=want, tile=64, preview=preview): want
                    for want in ("tiles", "file", "both") for preview in (False, True)}
            for job, result in self.client.run(jobs).items():
                with self.subTest(pipeline=pipeline, want=jobs[job]):
                    self.assertEqual(result["end"]["type"], "done", result["end"])
                    if jobs[job] != "file":
                        np.testing.assert_array_equal(assemble(result), expected)
                    if jobs[job] != "tiles":
                        np.testing.assert_array_equal(pixels_of(result["file"]), expected)
                    self.assertEqual(bool(result["file"]), jobs[job] != "tiles")
                    done = [p["done"] / p["total"] for p in result["progress"]]
                    self.assertEqual(done, sorted(done))
                    self.assertTrue(all(value < 1 for value in done))

    def test_tile_sizes(self):
        data = read(COFFEE)
        expected = local(data, "gaussian_blur | canny")
        jobs = [self.client.submit(data, "gaussian_blur | canny", want="tiles", tile=tile) for tile in (0, 16, 100, 4096)]
        for result in self.client.run(jobs).values():
            np.testing.assert_array_equal(assemble(result), expected)

    def test_jpeg_result(self):
        data = read(COFFEE)
        job = self.client.submit(data, "invert", format="jpeg", quality=95)
        result = self.client.run([job])[job]
        self.assertEqual(result["file"][:2], b"\xff\xd8")
        difference = np.abs(pixels_of(result["file"]).astype(int) - local(data, "invert").astype(int))
        self.assertLess(difference.mean(), 4)

    def test_bad_pictures(self):
        data = read(COFFEE)
        jpeg = cv2.imencode(".jpg", cv2.resize(pixels_of(data), (900, 600)))[1].tobytes()
        good = self.client.submit(data, "invert")
        text = self.client.submit(b"This is a text, not a picture.\n" * 20, name="text.png")
        cut = self.client.submit(data[: len(data) // 2])
        cut_jpeg = self.client.submit(jpeg[: len(jpeg) // 2])
        huge = self.client.submit(png_header(60000, 60000))
        results = self.client.run([good, text, cut, cut_jpeg, huge])
        self.assertEqual(results[good]["end"]["type"], "done")
        for job in (text, cut, huge):
            self.assertEqual(results[job]["end"]["type"], "failed", results[job]["end"])
            self.assertTrue(results[job]["end"]["error"])
        self.assertIn("120", results[huge]["end"]["error"])
        self.assertEqual(results[huge]["end"]["status"], "too_large")
        self.assertEqual(results[cut_jpeg]["end"]["type"], "done")
        self.assertNotEqual(results[cut_jpeg]["end"]["warning"], "")

    def test_request_that_does_not_fit_the_picture(self):
        job = self.client.submit(read(COFFEE), "crop x=1000")
        self.assertEqual(self.client.run([job])[job]["end"]["type"], "failed")

    def test_cancel(self):
        data = large_picture(3200, 2400)
        slow = self.client.submit(data, "|".join(["gaussian_blur ksize=25 | equalize"] * 8), want="tiles")
        began = []

        def on_message(message):
            if isinstance(message, dict) and message["type"] == "picture" and not began:
                began.append(time.monotonic())
                self.client.send(type="cancel", job=slow)

        self.assertEqual(self.client.run([slow], on_message)[slow]["end"]["type"], "cancelled")
        self.assertLess(time.monotonic() - began[0], 5)
        wait_for("an empty spool", lambda: self.gateway.status()["spool_bytes"] == 0)

    def test_slow_reader(self):
        data = large_picture(4000, 3000)
        before = self.gateway.rss_mib()
        slow = self.gateway.client(receive_buffer=4096)
        self.addCleanup(slow.close)
        job = slow.submit(data, "invert | equalize", want="both", preview=True)
        while self.gateway.status()["jobs"]["running"] == 0:
            message = slow.receive()
            if message["type"] == "credit":
                slow.on_credit(message)
        done = self.gateway.status()["jobs"]["done"]
        wait_for("the pool to finish", lambda: self.gateway.status()["jobs"]["done"] > done or
                 self.gateway.status()["jobs"]["running"] == 0, 60)
        self.assertLess(self.gateway.rss_mib() - before, 16, "MiB")
        np.testing.assert_array_equal(assemble(slow.run([job])[job]), local(data, "invert | equalize"))
        self.assertLess(self.gateway.rss_mib() - before, 16, "MiB")

    def test_health(self):
        self.assertEqual(self.gateway.request("/healthz")[0], 200)


class Solo(Pool, unittest.TestCase):
    arguments = ("--solo",)


@unittest.skipIf(os.environ.get("TILECAST_SOLO_ONLY"), "without mpirun")
class Mpi(Pool, unittest.TestCase):
    arguments = ("--workers", "2")

    def test_status_names_the_ranks(self):
        ranks = [rank for rank in self.gateway.status()["pool"]["ranks"] if rank["rank"] > 0]
        self.assertEqual(len(ranks), 2)
        for rank in ranks:
            self.assertEqual(rank["state"], "alive")
            self.assertTrue(rank["host"])
            with open(f"/proc/{rank['pid']}/cmdline") as file:
                self.assertIn("tilecast-pool", file.read())

    def kill_in_the_middle(self, find_pid, number=signal.SIGKILL):
        """Runs a job of two stages, kills a process once tiles come, and compares the result."""
        data = large_picture(2400, 1800)
        pipeline = "gaussian_blur ksize=99 | equalize | gaussian_blur ksize=99"
        job = self.client.submit(data, pipeline, want="both", tile=128, preview=True)
        killed, progress = [], []

        def on_message(message):
            if isinstance(message, tuple) and not killed:
                killed.append(time.monotonic())
                os.kill(find_pid(), number)
            elif isinstance(message, dict) and message["type"] == "progress":
                progress.append(message["done"] / message["total"])

        result = self.client.run([job], on_message)[job]
        self.assertTrue(killed)
        self.assertEqual(result["end"]["type"], "done", result["end"])
        expected = local(data, pipeline)
        np.testing.assert_array_equal(assemble(result), expected)
        np.testing.assert_array_equal(pixels_of(result["file"]), expected)
        self.assertEqual(progress, sorted(progress))

    def test_killed_mpirun(self):
        before = self.gateway.status()["pool"]
        files = len(temporary_files(self.gateway))
        self.assertGreater(files, 0)
        self.kill_in_the_middle(lambda: before["pid"])
        after = self.gateway.status()["pool"]
        self.assertGreater(after["restarts"], before["restarts"])
        self.assertEqual(after["workers"], 2)
        self.assertLessEqual(len(memory_files(after["pid"])), 4, "a killed mpirun's segments are removed")
        self.assertEqual(len(temporary_files(self.gateway)), files, "a killed mpirun's temporary files are removed")
        left = [pid for pid, command in processes_with(self.gateway.mark).items() if "tilecast-pool" in command]
        self.assertLessEqual(len(left), 4, "mpirun and three ranks")

    def test_memory_with_a_hostfile(self):
        """MPI's shared memory is in the gateway's folder, too, and does not outlive a killed pool."""
        with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
            hosts.write("localhost slots=2\n")
            hosts.flush()
            # One machine: the agent that starts daemons on others is not called.
            environment = {"OMPI_MCA_plm_rsh_agent": "true", "PRTE_MCA_plm_ssh_agent": "true"}
            with Gateway("--workers", "2", "--hostfile", hosts.name, environment=environment) as gateway:
                pid = gateway.status()["pool"]["pid"]
                self.assertEqual(len(memory_files(pid)), 3)
                os.kill(pid, signal.SIGKILL)

                def is_back():
                    pool = gateway.status()["pool"]
                    return pool["state"] == "ready" and pool["pid"] != pid

                wait_for("the next pool", is_back)
                self.assertEqual(len(memory_files(gateway.status()["pool"]["pid"])), 3)

    def test_stopped_rank_0(self):
        before = self.gateway.status()["pool"]
        rank_0 = next(rank["pid"] for rank in before["ranks"] if rank["rank"] == 0)
        large, long = large_picture(2400, 1800), "gaussian_blur ksize=99 | equalize | gaussian_blur ksize=99"
        pictures = [(large, long)] + [(read(COFFEE), pipeline) for pipeline in PIPELINES]
        jobs = [self.client.submit(data, pipeline, want="both") for data, pipeline in pictures]
        times = []

        def measure():
            began = time.monotonic()
            os.kill(rank_0, signal.SIGSTOP)

            def is_back():
                pool = self.gateway.status()["pool"]
                return pool["state"] == "ready" and pool["pid"] != before["pid"]

            wait_for("the pool", is_back, 30)
            times.append(time.monotonic() - began)

        thread = threading.Thread(target=measure)

        def on_message(message):
            if isinstance(message, tuple) and not thread.ident:
                thread.start()

        results = self.client.run(jobs, on_message)
        thread.join()
        for job, (data, pipeline) in zip(jobs, pictures):
            self.assertEqual(results[job]["end"]["type"], "done", results[job]["end"])
            expected = local(data, pipeline)
            np.testing.assert_array_equal(assemble(results[job]), expected)
            np.testing.assert_array_equal(pixels_of(results[job]["file"]), expected)
        print(f"rank 0 stopped: the pool is ready again after {times[0]:.2f} s")
        after = self.gateway.status()["pool"]
        self.assertEqual((after["restarts"], after["workers"]), (before["restarts"] + 1, 2))

    def test_pool_is_back_soon(self):
        pid = self.gateway.status()["pool"]["pid"]
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)

        def is_back():
            pool = self.gateway.status()["pool"]  # one request: the old pool is still "ready" for a moment
            return pool["state"] == "ready" and pool["pid"] != pid

        wait_for("the pool", is_back)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(self.gateway.request("/healthz")[0], 200)

    def test_killed_worker(self):
        ranks = [rank for rank in self.gateway.status()["pool"]["ranks"] if rank["rank"] > 0]
        self.kill_in_the_middle(lambda: ranks[-1]["pid"])
        wait_for("both workers", lambda: self.gateway.status()["pool"]["workers"] == 2)

    def test_idle(self):
        """For 10 s with nothing to do gateway, mpirun and pool together use less than 3 % of one core."""

        def ticks():
            total = 0
            for pid in processes_with(self.gateway.mark):
                with open(f"/proc/{pid}/stat") as file:
                    fields = file.read().rsplit(") ", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            return total

        self.assertGreaterEqual(len(processes_with(self.gateway.mark)), 5, "gateway, mpirun, three ranks")
        before = ticks()
        time.sleep(10)
        share = (ticks() - before) / os.sysconf("SC_CLK_TCK") / 10
        print(f"idle: {100 * share:.2f} % of a core")
        self.assertLess(share, 0.03)

    def test_end_in_the_middle_of_a_job(self):
        with Gateway("--workers", "2") as gateway:
            client = gateway.client()
            client.submit(large_picture(2400, 1800), "|".join(["gaussian_blur ksize=25 | equalize"] * 8),
                          want="tiles")
            for message in iter(client.receive, None):
                if message["type"] == "picture":
                    break
                if message["type"] == "credit":
                    client.on_credit(message)
            began = time.monotonic()
            gateway.stop(signal.SIGINT)
            self.assertLess(time.monotonic() - began, 10)
            client.close()


if __name__ == "__main__":
    unittest.main()
