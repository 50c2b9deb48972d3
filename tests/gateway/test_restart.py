"""Durable jobs outlive the gateway: it is killed and started again with the same store."""
import glob
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from gateway import BIN, STANDIN, Gateway, script, wait_for
from test_resume import accepted, attach, until

# With sanitizers a start takes long.
ROUNDS = 30 if os.environ.get("TILECAST_SOLO_ONLY") else 1000 if os.environ.get("TILECAST_SOAK") else 200


class Restart(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tilecast-store-")
        self.store = os.path.join(self.folder, "a", "store")
        self.clients = []
        self.gateway = self.start()

    def tearDown(self):
        for client in self.clients:
            client.close()
        if self.gateway:
            self.gateway.__exit__(None, None, None)
        shutil.rmtree(self.folder)

    def start(self, *options):
        return Gateway("--store", self.store, *options, standin=True)

    def kill(self, number=signal.SIGKILL):
        """Ends the gateway without a chance to clean up, or by a signal that it handles."""
        self.gateway.process.send_signal(number)
        self.gateway.process.wait(30)
        errors = self.gateway.errors()
        self.gateway.discard()
        self.gateway = None
        return errors

    def restart(self, number=signal.SIGKILL, *options):
        self.kill(number)
        self.gateway = self.start(*options)

    def submit(self, data, **options):
        client = self.gateway.client()
        self.clients.append(client)
        client.submit(data, durable=True, **options)
        return client, accepted(client)

    def resume(self, job, data=None, **have):
        """Attaches with a new connection, and returns what came for the job."""
        client = self.gateway.client()
        attach(client, job, upload=True, **have)
        answer = until(client, "attached", "failed")[0]
        if answer["type"] == "attached":
            client.next_upload[1] = [data or b"", answer["offset"]]
            result = client.run([1])[1]
        else:
            result = {"end": answer}
        client.close()
        return result

    def test_upload_goes_on(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            stored = self.gateway.status()["spool_bytes"]  # a result of the round before
            data = script(file=2560) + b" " * 200000
            client, job = self.submit(data)
            client.send_upload(1, 0, data[:150000])
            wait_for("the first part", lambda: self.gateway.status()["spool_bytes"] == stored + 150000)
            self.restart(number)
            self.assertEqual(self.gateway.status()["spool_bytes"], stored + 150000)
            client = self.gateway.client()
            attach(client, job, upload=True)
            self.assertEqual(until(client, "attached")[0]["offset"], 150000)
            client.close()
            self.assertEqual(len(self.resume(job, data)["file"]), 2560)
            client.close()

    def test_running_job_is_computed_again(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            client, job = self.submit(script(hold=True, codes=["a", "b"], lines=600, previews=3, stages=2), want="both")
            client.on_credit(until(client, "credit")[0])
            until(client, "lines")
            self.restart(number)
            wait_for("the job", lambda: self.gateway.status()["jobs"]["running"] == 1)
            client.close()
            other = self.gateway.client()
            other.run([other.submit(script(finish_held=True))])
            other.close()
            result = self.resume(job, found=1)
            self.assertEqual(result["end"]["type"], "done")
            self.assertEqual(sum(frame["stage"] == 1 for frame, _ in result["tiles"]), 4)
            self.assertEqual([code["text"] for code in result["codes"]], ["b"])  # the client has the first
            self.assertEqual([part["from"] for part in result["lines"]], [0, 500])

    def test_result_is_there_after_a_restart(self):
        client, job = self.submit(script(codes=["a"], previews=2, stages=2, tiles=3, file=25600), want="both")
        first = client.run([1])[1]
        client.close()
        self.restart()
        again = self.resume(job)
        self.assertEqual(again["file"], first["file"])
        self.assertEqual([tile for tile in again["tiles"]], [tile for tile in first["tiles"] if tile[0]["stage"] == 1])
        self.assertEqual([code["text"] for code in again["codes"]], ["a"])
        self.assertEqual(again["end"]["bytes"], 25600)

    def test_failed_and_cancelled_are_stored(self):
        client, failed = self.submit(script(fail="it is torn"))
        client.run([1])
        client, cancelled = self.submit(script(hold=True))
        client.on_credit(until(client, "credit")[0])
        until(client, "picture")
        client.send(type="cancel", job=1)
        until(client, "cancelled")
        self.restart()
        self.assertEqual(self.resume(failed)["end"]["error"], "it is torn")
        self.assertEqual(self.resume(cancelled)["end"]["type"], "cancelled")

    def test_released_and_other_jobs_leave_nothing(self):
        client, job = self.submit(script(codes=["a"]))
        client.run([1])
        client.send(type="release", id=job["id"], secret=job["secret"])
        held = client.submit(script(hold=True))  # not durable
        client.on_credit(until(client, "credit")[0])
        wait_for("the job", lambda: self.gateway.status()["jobs"]["running"] == 1)
        self.assertEqual(held, 2)
        self.restart()
        self.assertEqual(self.resume(job)["end"]["status"], "gone")
        self.assertEqual(self.gateway.status()["spool_bytes"], 0)
        self.assertEqual([os.path.basename(path) for path in glob.glob(self.store + "/[0-9]*")], [])

    def test_numbers_are_not_used_again(self):
        client, job = self.submit(script())
        client.run([1])
        client.send(type="release", id=job["id"], secret=job["secret"])
        wait_for("the release", lambda: self.gateway.status()["spool_bytes"] == 0)
        self.restart()
        client, _ = self.submit(script() + b" " * 100)
        names = [os.path.basename(path) for path in glob.glob(self.store + "/*.upload")]
        self.assertEqual(names, ["2.0.upload"])

    def test_store_of_a_running_gateway_is_refused(self):
        run = subprocess.run([os.path.join(BIN, "tilecastd"), "--port", "0", "--solo", "--pool", STANDIN, "--spool",
                              self.folder, "--store", self.store], capture_output=True, text=True, timeout=30)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, "another tilecastd uses the store .*; give one of them another --store")

    def test_store_that_cannot_be_made(self):
        for path, words in (("/proc/none/x", "cannot make the folder"), (self.folder + "/" + "x" * 90, "at most")):
            run = subprocess.run([os.path.join(BIN, "tilecastd"), "--port", "0", "--solo", "--pool", STANDIN, "--store",
                                  path], capture_output=True, text=True, timeout=30)
            self.assertEqual(run.returncode, 1)
            self.assertIn(words, run.stderr)

    def test_damaged_database_is_refused(self):
        client, _ = self.submit(script())
        client.close()
        self.kill()
        with open(self.store + "/jobs.db", "r+b") as file:
            file.write(b"x" * 100)
        for path in glob.glob(self.store + "/jobs.db-*"):
            os.remove(path)
        with self.assertRaises(AssertionError) as caught:
            self.start()
        self.assertIn("cannot open the store", str(caught.exception))

    def test_damaged_files(self):
        def cut(kind, size):
            path, = glob.glob(f"{self.store}/*.{kind}")
            os.truncate(path, size)

        def found(job):
            return sum(map(os.path.getsize, glob.glob(f"{self.store}/{job}.*.found")))

        done, first = self.submit(script(file=4096, codes=["a", "b"]))
        done.run([1])
        self.kill()
        cut("out", 4095)
        self.gateway = self.start()
        self.assertRegex(self.resume(first)["end"]["error"], "the result was lost or damaged")
        waiting, second = self.submit(script(hold=True, codes=["a", "b"]))
        waiting.on_credit(until(waiting, "credit")[0])
        until(waiting, "progress")
        wait_for("both codes", lambda: found(2) > 200)
        self.kill()
        cut("upload", 3)
        self.gateway = self.start()
        self.assertRegex(self.resume(second)["end"]["error"], "the picture was lost or damaged.*send the picture again")
        lost, job = self.submit(script(codes=["a"], lines=10))
        lost.run([1])
        os.remove(self.store + "/3.0.found")
        attach(lost, job, 2)
        self.assertIn("cannot read", lost.run([2])[2]["end"]["error"])
        torn, third = self.submit(script(hold=True, codes=["a", "b"]))
        torn.on_credit(until(torn, "credit")[0])
        until(torn, "progress")
        wait_for("both codes", lambda: found(4) > 200)
        self.kill()
        path, = glob.glob(self.store + "/4.*.found")
        os.truncate(path, found(4) - 7)
        self.gateway = self.start()
        wait_for("the job", lambda: self.gateway.status()["jobs"]["running"] == 1)
        other = self.gateway.client()
        other.run([other.submit(script(finish_held=True))])
        self.assertEqual([code["text"] for code in self.resume(third)["codes"]], ["a", "b"])

    def test_rows_that_make_no_sense(self):
        _, job = self.submit(script())
        self.kill()
        database = sqlite3.connect(self.store + "/jobs.db")
        with database:
            database.execute("UPDATE jobs SET state = 7, attempt = -3, request = '{}'")
        database.close()
        with self.assertRaises(AssertionError):
            self.start()

    def test_kills_at_random_points(self):
        """Each round submits some jobs and kills the gateway at any time; later rounds complete those of earlier ones."""
        rng = random.Random(os.environ.get("SEED", "kills"))
        open_jobs, done, began = [], 0, time.monotonic()
        for _ in range(ROUNDS):
            client = self.gateway.client()
            for _ in range(rng.randint(1, 4)):
                size = 256 * rng.randint(1, 40)
                data = script(file=size, codes=["a"], tiles=rng.randint(0, 5)) + b" " * rng.randint(0, 400000)
                client.submit(data, durable=True, want=rng.choice(["file", "both"]))
                open_jobs.append((accepted(client), data, size))
                if rng.random() < 0.7:
                    client.on_credit(until(client, "credit")[0], chunk=20000)
            time.sleep(rng.random() * 0.05)
            self.restart(rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            client.close()
            while open_jobs and rng.random() < 0.6:
                job, data, size = open_jobs.pop(rng.randrange(len(open_jobs)))
                result = self.resume(job, data)
                self.assertEqual((result["end"]["type"], len(result["file"])), ("done", size))
                self.assertEqual(result["file"], bytes(range(256)) * (size // 256))
                done += 1
        for job, data, size in open_jobs:
            self.assertEqual(len(self.resume(job, data)["file"]), size)
            done += 1
        print(f"{ROUNDS} kills, {done} of {done} jobs exact, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    unittest.main()
