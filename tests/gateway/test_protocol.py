"""What a client may send and what it receives, with the stand-in pool."""
import json
import struct
import time
import unittest

from gateway import Gateway, script, wait_for
from wsclient import FILE, HEADER, TILE, UPLOAD, Client, Closed, Refused


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway("--max-jobs", "8", "--max-bytes", str(64 << 20), "--allow-origin", "https://ok.example",
                              standin=True)

    @classmethod
    def tearDownClass(cls):
        with cls.gateway:
            pass

    def setUp(self):
        self.client = self.connect()

    def connect(self):
        client = self.gateway.client()
        self.addCleanup(client.close)
        return client

    # Clients that follow the protocol

    def test_welcome(self):
        self.assertEqual(self.client.welcome["pool"], "ready")
        self.assertEqual(self.client.welcome["workers"], 1)
        limits = self.client.welcome["limits"]
        self.assertEqual(limits["jobs"], 8)
        self.assertEqual(limits["file_bytes"], 64 << 20)
        self.assertEqual(limits["message_bytes"], 65536)
        self.assertGreaterEqual(limits["chunk_bytes"], 65536)

    def test_one_job(self):
        job = self.client.submit(script(tiles=5, side=300, file=512 << 10, codes=["a", "b", "a"]), want="both")
        result = self.client.run([job])[job]
        self.assertEqual(len(result["tiles"]), 5)
        for i, (frame, pixels) in enumerate(result["tiles"]):
            self.assertEqual((frame["x"], frame["width"], frame["channels"]), (300 * i, 300, 3))
            self.assertEqual(pixels, bytes([i]) * 300 * 300 * 3)
        self.assertEqual(result["file"], bytes(range(256)) * (2 << 10))
        self.assertEqual([code["text"] for code in result["codes"]], ["a", "b"])
        self.assertEqual(result["end"]["type"], "done")
        self.assertEqual(result["end"]["bytes"], 512 << 10)
        self.assertTrue(all(p["done"] < p["total"] for p in result["progress"]))

    def test_equal_codes(self):
        """The same code twice at one place is one code, at two places two."""
        codes = [["a", 0], ["b", 0], ["a", 40], ["a", 300], ["b", 1000], ["a", 310]]
        job = self.client.submit(script(codes=codes), want="file")
        result = self.client.run([job])[job]
        self.assertEqual([(code["text"], code["points"][0][0]) for code in result["codes"]],
                         [("a", 1), ("b", 1), ("a", 301), ("b", 1001)])
        self.assertEqual(result["codes"][0]["how"], "try 1")

    def test_lines(self):
        """Every part of a list, in order, before the end; the longest list there may be."""
        for total in (1, 1234, 65536):
            job = self.client.submit(script(lines=total, codes=["a"]), want="file")
            result = self.client.run([job])[job]
            self.assertEqual(result["end"]["type"], "done")
            self.assertEqual([part["from"] for part in result["lines"]], list(range(0, total, 500)))
            self.assertTrue(all(part["total"] == total for part in result["lines"]))
            lines = [line for part in result["lines"] for line in part["lines"]]
            self.assertEqual(lines, [[i, 1, i + 5, 2] for i in range(total)])

    def test_several_jobs_at_once(self):
        jobs = [self.client.submit(script(tiles=7, side=200 + i, file=i << 16), want="both") for i in range(8)]
        results = self.client.run(jobs)
        for i, job in enumerate(jobs):
            self.assertEqual(len(results[job]["tiles"]), 7)
            self.assertEqual(len(results[job]["file"]), i << 16)

    def test_large_upload_takes_credit(self):
        data = script(tiles=1) + b" " * (20 << 20)
        job = self.client.submit(data)
        credits = []
        self.client.run([job], lambda m: credits.append(m["offset"]) if isinstance(m, dict) and m["type"] == "credit"
                        else None)
        self.assertGreater(len(credits), 3)
        self.assertEqual(credits, sorted(credits))
        self.assertEqual(credits[-1], len(data))

    def test_messages_in_fragments(self):
        data = script(tiles=1)
        text = json.dumps({"type": "submit", "job": 1, "size": len(data), "pipeline": "invert"}).encode()
        self.client.send_raw(1, text[:10], final=False)
        self.client.send_raw(0, text[10:11], final=False)
        self.client.send_raw(0, text[11:])
        frame = HEADER.pack(UPLOAD, 0, 0, 0, 1, len(data), 0, 0, 0, 0, 0) + data
        for i, byte in enumerate(frame):
            self.client.send_raw(0 if i else 2, bytes([byte]), final=i == len(frame) - 1)
        self.client.next_job = 2
        self.assertEqual(self.client.run([1])[1]["end"]["type"], "done")

    def test_cancel(self):
        held = self.client.submit(script(hold=True))
        other = self.client.submit(script(tiles=3), want="tiles")
        uploading = self.client.submit(b"x", size=100)
        self.client.run([other])
        self.client.send(type="cancel", job=held)
        self.client.send(type="cancel", job=uploading)
        results = self.client.run([held, uploading])
        self.assertEqual(results[held]["end"]["type"], "cancelled")
        self.assertEqual(results[uploading]["end"]["type"], "cancelled")
        self.client.send(type="cancel", job=other)  # it has ended: no effect
        self.client.send_upload(uploading, 1, b"late")  # it has ended: no effect
        last = self.client.submit(script(tiles=1))
        self.assertEqual(self.client.run([last])[last]["end"]["type"], "done")

    def test_disconnect_cancels(self):
        client = self.gateway.client()
        client.submit(script(hold=True))
        while client.receive()["type"] != "picture":
            client.on_credit({"job": 1, "offset": 1000})
        client.close()
        wait_for("the job to be cancelled", lambda: self.gateway.status()["jobs"]["running"] == 0)
        self.assertEqual(self.gateway.status()["spool_bytes"], 0)

    def test_pool_messages(self):
        job = self.client.submit(script(hold=True))
        seen = []
        while not any(m["jobs"] == 1 for m in seen):
            message = self.client.receive()
            if message["type"] == "credit":
                self.client.on_credit(message)
            if message["type"] == "pool":
                seen.append(message)
        self.assertEqual(seen[-1]["state"], "ready")
        self.client.send(type="cancel", job=job)
        self.client.run([job])
        while self.client.receive().get("jobs") != 0:
            pass

    # Requests that fail, without effect on other jobs

    def fails(self, words, data=b"x", **options):
        good = self.client.submit(script(tiles=1))
        job = self.client.submit(data, **options)
        results = self.client.run([good, job])
        self.assertEqual(results[good]["end"]["type"], "done")
        self.assertEqual(results[job]["end"]["type"], "failed", results[job])
        for word in words if isinstance(words, tuple) else (words,):
            self.assertIn(word, results[job]["end"]["error"])
        return results[job]["end"]["status"]

    def test_bad_requests(self):
        self.assertEqual(self.fails(('unknown operation "blur"', "gaussian_blur"), pipeline="blur"), "bad_argument")
        self.fails(("ksize", "odd", "99"), pipeline="gaussian_blur ksize=4")
        self.fails(("ksize", "odd", "99"), pipeline=[{"op": "gaussian_blur", "ksize": 4}])
        self.fails("number", pipeline=[{"op": "canny", "low": "abc"}])
        self.fails(('unknown parameter "size"', "low, high"), pipeline=[{"op": "canny", "size": 1}])
        self.fails("step 1", pipeline=["invert"])
        self.fails("32 operations", pipeline="|".join(["invert"] * 33))
        self.fails("pipeline must be", pipeline=7)
        self.fails(("want", "both"), want="all")
        self.fails(("format", "jpeg"), format="webp")
        self.fails(("quality", "100"), quality=0)
        self.fails(("quality", "100"), quality="x")
        self.fails(("tile", "4096"), tile=8)
        self.fails(("preview", "true"), preview=1)
        self.fails("empty", data=b"")
        self.assertEqual(self.fails(("67108864", "64 MiB"), size=(64 << 20) + 1), "too_large")
        self.fails("size must be", size=-1)
        self.fails("size must be", size=1.5)

    def test_bytes_after_a_failure_are_dropped(self):
        job = self.client.submit(b"x" * 1000, pipeline="nonsense")
        self.client.send_upload(job, 0, b"x" * 1000)
        self.assertEqual(self.client.run([job])[job]["end"]["type"], "failed")
        self.client.send_upload(job, 1000, b"x")
        good = self.client.submit(script(tiles=1))
        self.assertEqual(self.client.run([good])[good]["end"]["type"], "done")

    def test_too_many_jobs(self):
        jobs = [self.client.submit(b"x", size=10) for _ in range(9)]
        end = self.client.run(jobs[8:])[jobs[8]]["end"]
        self.assertEqual(end["status"], "too_large")
        self.assertIn("8 jobs", end["error"])

    def test_failure_in_the_pool(self):
        self.assertEqual(self.fails("it is torn", data=script(fail="it is torn")), "damaged")

    # Messages that break the protocol: one error, then only this connection is closed

    def breaks(self, words, code=1008):
        sentence, closed = self.client.expect_error()
        self.assertIsNotNone(sentence)
        self.assertIn(words, sentence)
        self.assertEqual(closed, code)
        other = self.gateway.client()
        job = other.submit(script(tiles=1))
        self.assertEqual(other.run([job])[job]["end"]["type"], "done")
        other.close()

    def test_not_json(self):
        self.client.send_raw(1, b"{nonsense")
        self.breaks("not a JSON object")

    def test_no_object(self):
        self.client.send_raw(1, b"[1]")
        self.breaks("not a JSON object")

    def test_not_utf8(self):
        self.client.send_raw(1, b'{"type":"\xff"}')
        self.breaks("UTF-8")

    def test_deep_nesting(self):
        self.client.send_raw(1, b'{"a":' + b"[" * 60000 + b"]" * 500 + b"}")
        self.breaks("not a JSON object")

    def test_unknown_type(self):
        self.client.send(type="subm\u00efte")
        self.breaks('"submit", "cancel", "attach", "release" and "ping"')

    def test_ping(self):
        self.client.send(type="ping")
        self.assertEqual(self.client.receive(), {"type": "pong"})

    def test_empty_message(self):
        self.client.send_raw(1, b"")
        self.breaks("not a JSON object")

    def test_oversized_text(self):
        self.client.send_raw(1, b'{"type":"submit","name":"' + b"x" * 70000 + b'"}')
        self.breaks("65536", 1009)

    def test_endless_text(self):
        self.client.send_raw(1, b"[" * 40000, final=False)
        self.client.send_raw(0, b"[" * 40000, final=False)
        self.breaks("65536", 1009)

    def test_oversized_upload(self):
        self.client.submit(b"", size=1 << 20)
        self.client.send_upload(1, 0, b"x" * (300 << 10))
        self.breaks("at most 262144", 1009)

    def test_job_number_missing(self):
        self.client.send(type="submit", size=1, pipeline="")
        self.breaks("job must be")

    def test_job_number_reused(self):
        job = self.client.submit(script(tiles=1))
        self.client.run([job])
        self.client.submit(b"x", job=job)
        self.breaks("used before")

    def test_scattered_job_numbers(self):
        for i in range(1024):
            job = self.client.submit(b"", job=1 + 2 * i)
            self.assertEqual(self.client.run([job])[job]["end"]["type"], "failed")
        self.client.submit(b"", job=9999)
        self.breaks("scattered")

    def test_upload_for_unknown_job(self):
        self.client.send_upload(7, 0, b"x")
        self.breaks("never submitted")

    def test_cancel_of_unknown_job(self):
        self.client.send(type="cancel", job=7)
        self.breaks("never submitted")

    def test_wrong_offset(self):
        self.client.submit(b"", size=100)
        self.client.send_upload(1, 5, b"x")
        self.breaks("0 comes next")

    def test_beyond_size(self):
        self.client.submit(b"", size=10)
        self.client.send_upload(1, 0, b"x" * 11)
        self.breaks("credit")

    def test_beyond_credit(self):
        self.client.submit(b"", size=32 << 20)
        time.sleep(0)
        try:
            for i in range(200):  # far beyond the first credit, without waiting for another
                self.client.send_upload(1, (i * 200) << 10, b"x" * (200 << 10)) if i != 60 else \
                    self.client.send_upload(1, 31 << 20, b"x")
        except OSError:
            pass
        sentence, code = self.client.expect_error()
        self.assertIn("offset", sentence)
        self.assertEqual(code, 1008)

    def test_short_header(self):
        self.client.send_raw(2, b"\1\0\0")
        self.breaks("header")

    def test_wrong_frame_types(self):
        for first in (0, TILE, FILE, 9):
            with self.subTest(first):
                client = self.connect()
                client.send_raw(2, bytes([first]) + b"\0" * 31)
                sentence, code = client.expect_error()
                self.assertEqual(code, 1008)

    def test_payload_of_another_size(self):
        for told, sent in ((10, 9), (9, 10)):
            self.client = self.connect()
            self.client.submit(b"", size=100)
            head = HEADER.pack(UPLOAD, 0, 0, 0, 1, told, 0, 0, 0, 0, 0)
            self.client.send_raw(2, head + b"x" * sent)
            self.breaks("size")

    def test_close_frame_is_answered(self):
        self.client.send_raw(8, struct.pack(">H", 1000))
        with self.assertRaises(Closed) as caught:
            while True:
                self.client.receive()
        self.assertEqual(caught.exception.code, 1000)

    # Who may connect

    def refused(self, status, words, **options):
        with self.assertRaises(Refused) as caught:
            Client(self.gateway.port, **options)
        self.assertEqual(caught.exception.status, status)
        self.assertIn(words, caught.exception.body)

    def test_subprotocol(self):
        self.refused(400, "tilecast.v1", protocol="tilecast.v2")
        self.refused(400, "tilecast.v1", protocol=None)
        Client(self.gateway.port, protocol="chat, tilecast.v1").close()

    def test_origin(self):
        port = self.gateway.port
        for origin in ("http://evil.example", f"http://127.0.0.1:{port + 1}", "null", "file://", f"http://127.0.0.1"):
            self.refused(403, "origin", origin=origin)
        for origin in (f"http://127.0.0.1:{port}", "https://ok.example"):
            Client(port, origin=origin).close()

    def test_host(self):
        for n in (255, 1015, 1016, 1017, 5000):  # a header that is too long must not count as absent
            self.refused(403, "origin", origin="http://" + "a" * n)
            self.refused(403, "--host", host="a" * n)
        self.refused(403, "--host", host="rebound.example", origin="http://rebound.example")
        Client(self.gateway.port, host="ok.example", origin="https://ok.example").close()
        Client(self.gateway.port, host="localhost", origin="http://localhost").close()

    def test_path(self):
        self.refused(404, "/ws", path="/other")


if __name__ == "__main__":
    unittest.main()
