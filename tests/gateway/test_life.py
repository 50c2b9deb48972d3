"""Start and end, restarts of the pool, slow readers and other limits, with the stand-in pool."""
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from gateway import BIN, Gateway, script, wait_for
from wsclient import Closed


def run(*args):
    done = subprocess.run([os.path.join(BIN, "tilecastd"), *args], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def credit(client):
    return next(message for message in iter(client.receive, None) if message["type"] == "credit")


class Start(unittest.TestCase):
    def test_version_and_help(self):
        self.assertRegex(run("--version")[1], r"^tilecastd \d+\.\d+\.\d+\n$")
        code, out, _ = run("--help")
        self.assertEqual(code, 0)
        for option in ("--port", "--workers", "--web", "--spool", "--solo", "--max-bytes"):
            self.assertIn(option, out)

    def test_wrong_usage(self):
        for args, words in ((["--port", "x"], "--port must be a whole number from 0 to 65535"),
                            (["--port", "70000"], "65535"), (["--workers", "0"], "--workers"), (["--nonsense"], "--help"),
                            (["extra"], '"extra" is not an option')):
            code, _, errors = run(*args)
            self.assertEqual(code, 2)
            self.assertIn(words, errors)

    def test_taken_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            code, out, errors = run("--port", str(port), "--solo")
            self.assertEqual((code, out), (1, ""))
            self.assertEqual(errors, f"tilecastd: port {port} is in use by another program; choose another with --port\n")

    def test_impossible_host(self):
        code, _, errors = run("--port", "0", "--host", "no.such.host.invalid")
        self.assertEqual(code, 1)
        self.assertIn("no.such.host.invalid", errors)

    @unittest.skipUnless(os.geteuid() == 0, "file systems can be mounted only as root")
    def test_full_file_systems(self):
        with tempfile.TemporaryDirectory(prefix="tilecast-test-") as spool:
            for full, need in ((spool, "16.8"), ("/dev/shm", "5.0")):
                # In a mount namespace of its own, as other programs use /dev/shm.
                shell = 'mount -t tmpfs -o size=2m none "$0" && exec "$@"'
                command = [os.path.join(BIN, "tilecastd"), "--port", "0", "--workers", "2", "--spool", spool]
                done = subprocess.run(["unshare", "--mount", "sh", "-c", shell, full, *command], capture_output=True,
                                      text=True, timeout=60)
                if "unshare" in done.stderr or "mount" in done.stderr:
                    self.skipTest(done.stderr)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, rf"\Atilecastd: {full} has only \d\.\d MB of free space; "
                                              rf"the pool of workers needs {need} MB there\n\Z")
                self.assertEqual(os.listdir(spool), [])

    def test_pool_that_cannot_start(self):
        gateway = Gateway("--solo", "--pool", "/nonexistent/pool", ready=False)
        self.assertEqual(gateway.process.wait(30), 1)
        errors = gateway.errors()
        self.assertIn("cannot run /nonexistent/pool: No such file or directory", errors)
        self.assertIn("does not start", errors)
        gateway.check_clean()
        gateway.discard()


class End(unittest.TestCase):
    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with Gateway(standin=True) as gateway:
                client = gateway.client()
                client.submit(script(hold=True))
                client.on_credit(credit(client))
                began = time.monotonic()
                gateway.stop(number)
                self.assertLess(time.monotonic() - began, 5)
                with self.assertRaises(Closed) as caught:
                    while True:
                        client.receive()
                self.assertEqual(caught.exception.code, 1001)
                client.close()

    def test_end_before_ready(self):
        with Gateway(standin=True, ready=False) as gateway:
            wait_for("the pool's start", lambda: os.path.exists(gateway.spool) and os.listdir(gateway.spool))

    def test_killed_gateway_takes_the_pool_along(self):
        gateway = Gateway(standin=True)
        pid = gateway.status()["pool"]["pid"]
        gateway.process.kill()
        gateway.process.wait()
        wait_for("the pool's end", lambda: not os.path.exists(f"/proc/{pid}"))
        gateway.discard()

    def test_folder_of_a_killed_gateway_is_removed(self):
        with Gateway(standin=True) as other:
            kept = set(os.listdir(other.spool))
            first = Gateway("--spool", other.spool, standin=True)
            left, = set(os.listdir(other.spool)) - kept
            client = first.client()
            client.submit(b"", size=100)
            client.send_upload(1, 0, b"x")
            wait_for("the upload", lambda: first.status()["spool_bytes"] == 1)
            first.process.kill()
            first.process.wait()
            client.close()
            first.discard()
            with Gateway("--spool", other.spool, standin=True) as second:
                now = set(os.listdir(other.spool))
                self.assertNotIn(left, now)
                self.assertTrue(kept < now)  # that of a running gateway stays
                second.spool = second.folder + "/none"


class Restart(unittest.TestCase):
    def test_killed_pool_comes_back_and_the_job_completes(self):
        with Gateway(standin=True) as gateway:
            client = gateway.client()
            job = client.submit(script(tiles=4, side=300, codes=[["a", 0], ["b", 0], ["a", 500]], lines=600,
                                       crash=1, crash_tries=2), want="both")
            progress = []
            result = client.run([job], lambda m: progress.append(m["done"] / m["total"])
                                if isinstance(m, dict) and m["type"] == "progress" else None)[job]
            self.assertEqual(result["end"]["type"], "done")
            self.assertEqual([(code["text"], code["how"]) for code in result["codes"]],
                             [("a", "try 1"), ("b", "try 1"), ("a", "try 1")])
            self.assertEqual([part["from"] for part in result["lines"]], [0, 500])
            self.assertEqual(progress, sorted(progress))
            self.assertEqual(len({frame["x"] for frame, _ in result["tiles"]}), 4)
            self.assertEqual(gateway.status()["pool"]["restarts"], 2)
            client.close()

    def test_killed_from_outside(self):
        with Gateway(standin=True) as gateway:
            client = gateway.client()
            client.submit(script(hold=True))
            while client.receive()["type"] != "picture":
                client.on_credit({"job": 1, "offset": 1000})
            first = gateway.status()["pool"]["pid"]
            began = time.monotonic()
            os.kill(first, signal.SIGKILL)
            while client.receive()["type"] != "picture":  # it runs in the next pool
                pass
            self.assertLess(time.monotonic() - began, 5)
            second = gateway.status()["pool"]["pid"]
            self.assertNotEqual(first, second)
            client.send(type="cancel", job=1)
            self.assertEqual(client.run([1])[1]["end"]["type"], "cancelled")
            client.close()

    def test_stopped_pool_is_replaced(self):
        with Gateway(standin=True) as gateway:
            client = gateway.client()
            job = client.submit(script(hold=True))
            while client.receive()["type"] != "picture":
                client.on_credit({"job": job, "offset": 1000})
            time.sleep(5)  # an answering pool is left alone
            pool = gateway.status()["pool"]
            self.assertEqual((pool["state"], pool["restarts"]), ("ready", 0))
            os.kill(pool["pid"], signal.SIGSTOP)
            while client.receive()["type"] != "picture":  # it runs in the next pool
                pass
            self.assertIn("rank 0 of the pool has not answered for 3 s", gateway.errors())
            client.send(type="cancel", job=job)
            self.assertEqual(client.run([job])[job]["end"]["type"], "cancelled")
            client.close()

    def test_job_that_kills_every_pool_fails_alone(self):
        with Gateway(standin=True) as gateway:
            client = gateway.client()
            bad = client.submit(script(crash=1, crash_tries=99))
            good = [client.submit(script(tiles=2)) for _ in range(6)]
            results = client.run([bad, *good])
            self.assertEqual(results[bad]["end"]["type"], "failed")
            self.assertIn("died 3 times", results[bad]["end"]["error"])
            for job in good:
                self.assertEqual(results[job]["end"]["type"], "done")
            client.close()

    def test_lost_worker_without_a_job_is_not_counted(self):
        with Gateway(standin=True) as gateway:
            client = gateway.client()
            job = client.submit(script(crash=0, crash_tries=4, lose=False))
            self.assertEqual(client.run([job])[job]["end"]["type"], "done")
            client.close()

    def test_job_that_costs_workers_is_given_up_by_the_pool(self):
        with Gateway(standin=True) as gateway:
            client = gateway.client()
            job = client.submit(script(crash=0, crash_tries=9, lose=True))
            end = client.run([job])[job]["end"]
            self.assertEqual(end["type"], "failed")
            self.assertEqual(end["error"], "it has cost 2 workers")
            self.assertEqual(gateway.status()["pool"]["restarts"], 2)
            client.close()

    def test_cancel_while_the_pool_is_away(self):
        with Gateway(standin=True) as gateway:
            client = gateway.client()
            job = client.submit(script(hold=True))
            while client.receive()["type"] != "picture":
                client.on_credit({"job": 1, "offset": 1000})
            pid = gateway.status()["pool"]["pid"]
            os.kill(pid, signal.SIGSTOP)
            client.send(type="cancel", job=job)
            wait_for("the cancel to arrive", lambda: gateway.status()["jobs"]["running"] == 1)
            os.kill(pid, signal.SIGKILL)
            self.assertEqual(client.run([job])[job]["end"]["type"], "cancelled")
            client.close()


class Bounds(unittest.TestCase):
    def test_slow_reader_costs_no_memory(self):
        with Gateway(standin=True) as gateway:
            before = gateway.rss_mib()
            slow = gateway.client(receive_buffer=4096)
            jobs = [slow.submit(script(tiles=100, side=512, file=8 << 20), want="both") for _ in range(4)]
            for job in jobs:  # 300 MiB of tiles and 32 MiB of files, none of them read
                slow.on_credit({"job": job, "offset": 1 << 20})
            wait_for("the pool to finish", lambda: gateway.status()["jobs"]["done"] == 4, 60)
            quick = gateway.client()
            job = quick.submit(script(tiles=2, side=64), want="both")
            self.assertEqual(quick.run([job])[job]["end"]["type"], "done")
            quick.close()
            grown = gateway.rss_mib() - before
            self.assertLess(grown, 16, "MiB")
            results = slow.run(jobs)
            for job in jobs:
                self.assertEqual(len(results[job]["tiles"]), 100)
                self.assertEqual(len(results[job]["file"]), 8 << 20)
            self.assertLess(gateway.rss_mib() - before, 16, "MiB")
            self.assertEqual(gateway.status()["spool_bytes"], 0)
            slow.close()

    def test_previews_are_left_out_for_a_slow_reader(self):
        with Gateway(standin=True) as gateway:
            slow = gateway.client(receive_buffer=4096)
            job = slow.submit(script(tiles=3, side=256, previews=400, stages=2), want="tiles", preview=True)
            slow.on_credit({"job": job, "offset": 1 << 20})
            wait_for("the pool to finish", lambda: gateway.status()["jobs"]["done"] == 1, 60)
            result = slow.run([job])[job]
            stages = [frame["stage"] for frame, _ in result["tiles"]]
            self.assertEqual(stages.count(1), 3)
            self.assertLess(stages.count(0), 200)
            slow.close()

    def test_reader_that_leaves_in_the_middle(self):
        with Gateway(standin=True) as gateway:
            for _ in range(5):
                slow = gateway.client(receive_buffer=4096)
                slow.submit(script(tiles=50, side=512, file=8 << 20), want="both")
                slow.on_credit({"job": 1, "offset": 1 << 20})
                slow.receive()
                slow.close()
            wait_for("nothing left", lambda: gateway.status()["spool_bytes"] == 0 and gateway.status()["clients"] == 0)

    def test_full_spool(self):
        with Gateway("--max-spool", str(8 << 20), standin=True) as gateway:
            client = gateway.client()
            first = client.submit(script(hold=True) + b" " * (5 << 20))
            while client.next_upload[first][1] < 5 << 20:
                client.on_credit(credit(client))
            wait_for("the first", lambda: gateway.status()["jobs"]["running"] == 1)
            second = client.submit(b"", size=6 << 20)
            end = client.run([second])[second]["end"]
            self.assertEqual((end["type"], end["status"]), ("failed", "too_large"))
            self.assertIn("store", end["error"])
            client.send(type="cancel", job=first)
            client.run([first])
            tiles = client.submit(script(tiles=20, side=512), want="tiles")  # 15 MiB of tiles
            self.assertIn("store", client.run([tiles])[tiles]["end"]["error"])
            last = client.submit(script(tiles=1))
            self.assertEqual(client.run([last])[last]["end"]["type"], "done")
            client.close()

    def test_stalled_upload(self):
        with Gateway("--max-idle", "2", standin=True) as gateway:
            stalled, busy = gateway.client(), gateway.client()
            whole = stalled.submit(script(hold=True))
            stalled.on_credit({"job": whole, "offset": 1000})
            halves = [stalled.submit(b"", size=1 << 20) for _ in range(2)]
            stalled.send_upload(halves[1], 0, b"x" * 1000)
            data = script(tiles=1) + b" " * 20
            slow, turn = busy.submit(b"", size=len(data)), busy.submit(script(tiles=1))
            began = time.monotonic()
            for i in range(len(data)):  # now and then a byte; the other job is not begun
                busy.send_upload(slow, i, data[i:i + 1])
                time.sleep(5 / len(data))
            results = stalled.run(halves)
            for job in halves:
                self.assertEqual(results[job]["end"]["type"], "failed")
                self.assertIn("for 2 s", results[job]["end"]["error"])
            stalled.send_upload(halves[1], 1000, b"late")  # has no effect
            self.assertGreater(time.monotonic() - began, 5)
            ends = busy.run([slow, turn])
            self.assertEqual([ends[job]["end"]["type"] for job in (slow, turn)], ["done", "done"])
            self.assertEqual(gateway.status()["spool_bytes"], len(script(hold=True)))
            stalled.send(type="cancel", job=whole)
            self.assertEqual(stalled.run([whole])[whole]["end"]["type"], "cancelled")
            stalled.close()
            busy.close()

    def test_many_clients(self):
        with Gateway(standin=True) as gateway:
            clients = [gateway.client() for _ in range(40)]
            jobs = [client.submit(script(tiles=2, side=32), want="both") for client in clients]
            for client, job in zip(clients, jobs):
                self.assertEqual(client.run([job])[job]["end"]["type"], "done")
                client.close()
            wait_for("all to be gone", lambda: gateway.status()["clients"] == 0)

    def test_idle(self):
        with Gateway(standin=True) as gateway:
            client = gateway.client()

            def ticks():
                with open(f"/proc/{gateway.process.pid}/stat") as file:
                    fields = file.read().rsplit(") ", 1)[1].split()
                return int(fields[11]) + int(fields[12])

            before = ticks()
            time.sleep(2)
            self.assertLessEqual(ticks() - before, 2)  # of 200
            client.close()


if __name__ == "__main__":
    unittest.main()
