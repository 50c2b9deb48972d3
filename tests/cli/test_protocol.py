"""The client's side of docs/protocol.md against a server that follows it, and against one that does not."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from fake_server import WELCOME, FakeServer, Gone
from support import TILECAST, Folder, tilecast


def wait_for_end(connection):
    while True:
        connection.receive()


class Protocol(Folder):
    def setUp(self):
        super().setUp()
        self.source = self.write("a.png", bytes(range(256)) * 20)

    def run_with(self, script, *arguments, files=None, **server):
        with FakeServer(script, **server) as fake:
            return tilecast("run", "--retry", "0", "--server", fake.url, "--out-dir", self.path("out"), *arguments,
                            *(files or [self.source]))

    def result(self, name="a.png"):
        with open(self.path("out", name), "rb") as file:
            return file.read()

    @contextlib.contextmanager
    def raw_server(self, script):
        """What speaks no WebSocket: `script(stream)` serves the one connection."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=lambda: script(listener.accept()[0]), daemon=True)
            thread.start()
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
            thread.join(20)

    def assert_failed(self, result, *says):
        self.assertEqual(result.code, 1, result)
        self.assert_one_sentence(result, *says)
        self.assertEqual(self.listing("out"), [])

    def test_all_goes_well(self):
        seen = {}

        def script(c):
            submit = c.receive()
            seen.update(c.request, submit=submit, line=c.line)
            job = submit["job"]
            c.send(type="accepted", job=job, id="x")
            c.send(type="pool", state="ready", workers=2, jobs=1)
            seen["data"] = c.upload(submit, 1700)
            c.send(type="picture", job=job, format="PNG", width=20, height=30, channels=3, tile=16, stages=[])
            c.send(type="progress", job=job, done=1, total=4, step="invert", eta_ms=30)
            c.send(type="code", job=job, code_type="QR-Code", text="a\tb", points=[[1, 2], [3, 4], [5, 6], [7, 8]])
            c.send_binary(2, job, b"\0" * 18, channels=3, worker=2, a=4, b=5, c=3, d=2, pieces=7)
            c.send_binary(3, job, b"first ", pieces=3)
            c.frame(9, b"are you there")
            c.send_binary(3, job, b"second", a=6)
            c.send(type="done", job=job, width=3, height=2, channels=3, format="png", bytes=12, ms=1, warning="odd")
            c.send(type="something-new", job=job)
            wait_for_end(c)

        result = self.run_with(script, "--json", "-p", "invert", "--tile", "32", "--format", "jpeg", "-q", "77")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.result("a.jpg"), b"first second")
        self.assertEqual(seen["data"], bytes(range(256)) * 20)
        self.assertEqual(seen["sec-websocket-protocol"], "tilecast.v1")
        self.assertTrue(seen["line"].startswith("GET /ws "))
        submit = seen["submit"]
        self.assertEqual((submit["name"], submit["want"], submit["tile"], submit["format"], submit["quality"]),
                         ("a.png", "both", 32, "jpeg", 77))
        self.assertEqual(submit["pipeline"], "invert")
        progress, code, tile, done = result.events
        self.assertEqual((progress["done"], progress["total"], progress["eta_ms"]), (1, 4, 30))
        self.assertEqual((code["text"], code["type"], code["points"]), ("a\tb", "QR-Code", [[1, 2], [3, 4], [5, 6], [7, 8]]))
        self.assertEqual([tile[k] for k in ("x", "y", "width", "height", "worker")], [4, 5, 3, 2, 2])
        self.assertEqual((done["width"], done["height"], done["warning"]), (3, 2, "odd"))
        self.assertEqual(result.err, f"tilecast: {self.source}: warning: odd\n")

    def test_codes(self):
        def script(c):
            submit = c.receive()
            c.upload(submit)
            self.assertEqual(submit["want"], "file")
            c.send(type="code", job=submit["job"], code_type="EAN-13", text="1\\2\r\n\x1b\x7f\u009b\u2400ü",
                   points=[[0, 0]] * 4)
            c.deliver(submit)
            wait_for_end(c)

        with FakeServer(script) as fake:
            result = tilecast("codes", "--retry", "0", "--server", fake.url, self.source)
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertEqual(result.out, self.source + "\tEAN-13\t1\\\\2\\r\\n\\x1b\\x7f\\x9b\u2400ü\n")

    def test_lines(self):
        """Parts of a list as they come; what is no line becomes one that may be drawn."""
        def script(c):
            submit = c.receive()
            c.upload(submit)
            c.send(**{"from": 0}, type="lines", job=submit["job"], total=3, lines=[[1, 2, 3, 4], [5, 6, 70000, -8]])
            c.send(**{"from": 2}, type="lines", job=submit["job"], total=3, lines=[[9, 10], 7, "x", [1e300, {}, 3, 4, 5]])
            c.send(**{"from": "a"}, type="lines", job=submit["job"], lines=8)
            c.deliver(submit)
            wait_for_end(c)

        result = self.run_with(script, "--json", "-p", "invert")
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertEqual([(e["from"], e["total"], e["lines"]) for e in result.of("lines")],
                         [(0, 3, [[1, 2, 3, 4], [5, 6, 65535, 0]]),
                          (2, 3, [[9, 10, 0, 0], [0] * 4, [0] * 4, [65535, 0, 3, 4]]), (0, 0, [])])

    def test_several_at_once_within_the_limit(self):
        files = [self.write(f"{i}.png", bytes([i]) * 3000) for i in range(9)]

        def script(c):
            for _ in range(3):
                group = [c.receive() for _ in range(3)]  # never more than the welcome allows
                for submit in group:
                    c.send(type="credit", job=submit["job"], offset=3000)
                uploads = {s["job"]: b"" for s in group}
                while any(len(u) < 3000 for u in uploads.values()):
                    header, payload = c.receive()
                    uploads[header[4]] += payload
                for submit in reversed(group):
                    c.deliver(submit, uploads[submit["job"]])
            wait_for_end(c)

        result = self.run_with(script, files=files)
        self.assertEqual((result.code, result.err), (0, ""), result)
        for i in range(9):
            self.assertEqual(self.result(f"{i}.png"), bytes([i]) * 3000)

    def test_one_fails_the_others_go_on(self):
        files = [self.source, self.write("b.png", b"b" * 10), self.write("c.png", b"c" * 10)]

        def script(c):
            for submit in [c.receive() for _ in range(3)]:
                if submit["name"] == "b.png":
                    c.send(type="failed", job=submit["job"], status="corrupt", error="the file is no good")
                else:
                    c.upload(submit)
                    c.deliver(submit)
            wait_for_end(c)

        result = self.run_with(script, files=files)
        self.assertEqual(result.code, 1, result)
        self.assertEqual(result.err, f"tilecast: {files[1]}: the file is no good\n")
        self.assertEqual(self.listing("out"), ["a.png", "c.png"])

    def test_refused_before_it_is_sent(self):
        files = [self.write("large.png", b"x" * ((1 << 20) + 1)), self.write("empty.png", b""), self.source]

        def script(c):
            submit = c.receive()
            self.assertEqual(submit["name"], "a.png")
            c.upload(submit)
            c.deliver(submit)
            wait_for_end(c)

        result = self.run_with(script, files=files)
        self.assertEqual(result.code, 1, result)
        self.assertIn("1048576", result.err.splitlines()[0])
        self.assertIn("empty", result.err.splitlines()[1])
        self.assertEqual(self.listing("out"), ["a.png"])

    def test_result_begins_again(self):
        def script(c):
            submit = c.receive()
            c.upload(submit)
            c.send_binary(3, submit["job"], b"half of the first attempt")
            c.deliver(submit, b"whole")
            wait_for_end(c)

        self.assertEqual(self.run_with(script).code, 0)
        self.assertEqual(self.result(), b"whole")

    def test_result_out_of_order(self):
        def script(c):
            first, second = c.receive(), c.receive()
            c.upload({"job": first["job"], "size": 0})
            c.send_binary(3, first["job"], b"abc")
            c.send_binary(3, first["job"], b"def", a=4)
            self.assertEqual(c.receive(release=True), {"type": "release", "secret": first["secret"]})
            c.send_binary(3, first["job"], b"too late")
            c.send(type="cancelled", job=first["job"])
            c.upload(second)
            c.deliver(second)
            wait_for_end(c)

        result = self.run_with(script, files=[self.source, self.write("b.png", b"b" * 10)])
        self.assertEqual(result.code, 1, result)
        self.assert_one_sentence(result, self.source + ": ", "order")
        self.assertEqual(self.listing("out"), ["b.png"])

    def test_result_too_short(self):
        def script(c):
            submit = c.receive()
            c.upload(submit)
            c.deliver(submit, b"abc", bytes=4)
            wait_for_end(c)

        self.assert_failed(self.run_with(script), "3", "4")

    def test_connection_lost(self):
        files = [self.write(f"{i}.png", b"x" * 100) for i in range(5)]

        def script(c):
            submit = c.receive()
            c.upload({"job": submit["job"], "size": 0})
            c.send_binary(3, submit["job"], b"abc")

        result = self.run_with(script, "--json", files=files)
        self.assertEqual(result.code, 1, result)
        self.assertEqual(sorted(e["file"] for e in result.of("failed")), files)
        self.assertIn("lost", result.of("failed")[0]["error"])
        self.assertEqual(self.listing("out"), [])

    def test_error_of_the_protocol(self):
        def script(c):
            c.receive()
            c.send(type="error", error="that was too much")
            c.close(1008, "policy")
            wait_for_end(c)

        self.assert_failed(self.run_with(script), "that was too much")

    def test_closed_with_a_reason(self):
        def script(c):
            c.receive()
            c.close(1001, "going down for the night")
            wait_for_end(c)

        self.assert_failed(self.run_with(script), "lost", "going down for the night")

    def test_nonsense(self):
        def text(c):
            c.receive()
            c.frame(1, b"{no json")
            wait_for_end(c)

        def frame(c):
            c.receive()
            c.frame(2, b"\x09" * 40)
            wait_for_end(c)

        def short(c):
            c.receive()
            c.frame(2, b"\3\0\0")
            wait_for_end(c)

        def long(c):
            c.receive()
            c.frame(2, b"\3\0\0\0\1\0\0\0\1\0\0\0" + b"\0" * 20 + b"xy")
            wait_for_end(c)

        for script in (text, frame, short, long):
            self.assert_failed(self.run_with(script), "the server sent")

    def test_no_welcome(self):
        def script(c):
            c.send(type="error", error="too many connections")
            c.close(1008, "")

        self.assert_failed(self.run_with(script, welcome=None), "too many connections")

    def test_refusal_cannot_steer_the_terminal(self):
        def script(c):
            c.send(type="error", error="go\x1b[2J away\n\u009b2J\x07")
            c.close(1008, "\x1b[2J")

        result = self.run_with(script, welcome=None)
        self.assert_failed(result, "go\\x1b[2J away\\n\\x9b2J\\x07")
        self.assertTrue(result.err.strip().isprintable(), result)

    def test_redirection(self):
        def script(stream):
            stream.recv(10000)
            stream.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n")
            stream.close()

        with self.raw_server(script) as url:
            result = tilecast("run", "--server", url, "--out-dir", self.path("out"), self.source)
        self.assert_failed(result, "there is no Tilecast server at " + url)

    def test_handshake_refused(self):
        def script(c):
            pass

        result = self.run_with(script, answer=False, welcome=None)
        self.assert_failed(result, "there is no Tilecast server at ws://127.0.0.1:", "HTTP status 4")

    def test_no_secure_connection(self):
        def refuse(stream):
            stream.recv(1000)
            stream.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            stream.close()

        with self.raw_server(refuse) as url:
            result = tilecast("run", "--server", "wss" + url[2:], "--out-dir", self.path("out"), self.source)
        self.assert_failed(result, "takes ws:// only")
        self.assertNotRegex(result.err, "SSL|HS:|lib")

    def test_numbers_beyond_all_bounds(self):
        limits = {name: 1e300 for name in ("file_bytes", "pixels", "chunk_bytes", "message_bytes", "jobs")}

        def script(c):
            submit = c.receive()
            c.send(type="credit", job=-1e300, offset=1e300)
            c.send(type="picture", job=submit["job"], width=-1e300, height=1e300)
            c.upload(submit)
            c.send(type="credit", job=submit["job"], offset=1e300)
            c.send(type="code", job=submit["job"], code_type="QR-Code", text="x", points=[[1e300, -1e300], [1.5], 7])
            c.deliver(submit, width=1e300, height=-7)
            wait_for_end(c)

        welcome = {"type": "welcome", "version": "1", "host": "h", "pool": "ready", "workers": 1e300, "limits": limits}
        result = self.run_with(script, "--json", welcome=welcome)
        self.assertEqual(result.code, 0, result)
        done = result.of("done")[0]
        self.assertEqual((done["width"], done["height"]), (65535, 0))
        self.assertEqual(result.of("code")[0]["points"], [[2147483647, -2147483648], [1, 0], [0, 0], [0, 0]])

    def test_no_server(self):
        fake = FakeServer(None)
        fake.listener.close()  # its port is free, and nobody listens
        for arguments in (["run"], ["codes"], ["run", "--json"]):
            result = tilecast(*arguments, "--server", fake.url, self.source)
            self.assertEqual(result.code, 1, result)
            self.assert_one_sentence(result, "there is no Tilecast server at " + fake.url)
            if "--json" in arguments:
                self.assertEqual([e["file"] for e in result.of("failed")], [self.source], result)
            else:
                self.assertEqual(result.out, "")
        result = tilecast("run", "--server", "ws://no-such-host.invalid:9", self.source)
        self.assertEqual(result.code, 1, result)
        self.assert_one_sentence(result, "no-such-host.invalid:9")

    def test_path_of_the_address(self):
        def script(c):
            self.assertTrue(c.line.startswith("GET /deep/down?x=1 "), c.line)
            submit = c.receive()
            c.upload(submit)
            c.deliver(submit)
            wait_for_end(c)

        with FakeServer(script) as fake:
            result = tilecast("run", "--server", fake.url + "/deep/down?x=1", self.source)
        self.assertEqual(result.code, 0, result)

    def test_signal_leaves_nothing_behind(self):
        os.mkdir(self.path("out"))

        def script(c):
            submit = c.receive()
            c.upload(submit)
            c.send_binary(3, submit["job"], b"abc")
            wait_for_end(c)

        for number in (signal.SIGINT, signal.SIGTERM):
            with FakeServer(script) as fake:
                process = subprocess.Popen([TILECAST, "run", "--retry", "0", "--server", fake.url, "-o", self.path("out/a.png"), self.source])
                deadline = time.monotonic() + 20
                while not self.listing("out") and time.monotonic() < deadline:
                    time.sleep(0.01)
                self.assertEqual(len(self.listing("out")), 1)
                process.send_signal(number)
                self.assertEqual(process.wait(20), -number)
            self.assertEqual(self.listing("out"), [])

    def test_shrinking_file(self):
        def script(c):
            submit = c.receive()
            os.truncate(self.source, 100)
            with self.assertRaises(Gone):
                c.send(type="credit", job=submit["job"], offset=submit["size"])
                self.assertEqual(c.receive(release=True)["secret"], submit["secret"])
                c.receive()

        self.assert_failed(self.run_with(script), "shorter")


if __name__ == "__main__":
    unittest.main()
