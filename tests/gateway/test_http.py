"""The page's files, the HTTP API and the headers, with the stand-in pool."""
import gzip
import json
import os
import signal
import tempfile
import threading
import time
import unittest

from gateway import Gateway


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.web = os.path.join(cls.folder.name, "web")
        os.makedirs(os.path.join(cls.web, "assets"))
        cls.script = b"export const answer = 42;\n" * 20000
        for name, data in (("index.html", b"<!doctype html><title>page</title>"), ("assets/app-1a2b.js", cls.script),
                           ("assets/app-1a2b.js.gz", gzip.compress(cls.script)), ("core.wasm", b"\0asm"),
                           ("assets/x.css", b"a{}"), ("assets/x.css.br", b"brotli"), ("assets/x.css.gz", b"gzip"),
                           (".hidden", b"hidden"), ("empty.txt", b"")):
            with open(os.path.join(cls.web, name), "wb") as file:
                file.write(data)
        with open(os.path.join(cls.folder.name, "secret"), "wb") as file:
            file.write(b"secret")
        os.makedirs(os.path.join(cls.folder.name, "static"))
        with open(os.path.join(cls.folder.name, "static", "icon.svg"), "wb") as file:
            file.write(b"<svg/>")
        cls.gateway = Gateway("--web", cls.web, "--static", os.path.join(cls.folder.name, "static"), standin=True)

    @classmethod
    def tearDownClass(cls):
        with cls.gateway:
            pass
        cls.folder.cleanup()

    def get(self, path, **headers):
        return self.gateway.request(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def test_page(self):
        status, headers, body = self.get("/")
        self.assertEqual((status, headers["content-type"], body[:9]), (200, "text/html; charset=utf-8", b"<!doctype"))
        self.assertEqual(headers["cache-control"], "no-cache")
        self.assertEqual(self.get("/index.html?x=1")[2], body)

    def test_types(self):
        self.assertEqual(self.get("/core.wasm")[1]["content-type"], "application/wasm")
        self.assertEqual(self.get("/icon.svg")[1]["content-type"], "image/svg+xml")
        self.assertEqual(self.get("/assets/app-1a2b.js")[1]["content-type"], "text/javascript; charset=utf-8")

    def test_large_file(self):
        status, headers, body = self.get("/assets/app-1a2b.js")
        self.assertEqual((status, body), (200, self.script))
        self.assertIn("immutable", headers["cache-control"])

    def test_compressed(self):
        status, headers, body = self.get("/assets/app-1a2b.js", Accept_Encoding="gzip, deflate, br")
        self.assertEqual((status, headers["content-encoding"]), (200, "gzip"))
        self.assertEqual(headers["content-type"], "text/javascript; charset=utf-8")
        self.assertEqual(headers["vary"].lower(), "accept-encoding")
        self.assertEqual(gzip.decompress(body), self.script)
        self.assertEqual(self.get("/assets/x.css", Accept_Encoding="br, gzip")[2], b"brotli")
        self.assertEqual(self.get("/assets/x.css", Accept_Encoding="br;q=0, gzip;q=0.5")[2], b"gzip")
        self.assertEqual(self.get("/assets/x.css", Accept_Encoding="gzipped")[2], b"a{}")

    def test_revalidation(self):
        etag = self.get("/")[1]["etag"]
        status, headers, body = self.get("/", If_None_Match=etag)
        self.assertEqual((status, body, headers["etag"]), (304, b"", etag))
        self.assertNotEqual(self.get("/assets/x.css")[1]["etag"],
                            self.get("/assets/x.css", Accept_Encoding="gzip")[1]["etag"])
        self.assertEqual(self.get("/", If_None_Match='"other"')[0], 200)

    def test_security_headers(self):
        for path in ("/", "/nothing", "/api/v1/status"):
            headers = self.get(path)[1]
            policy = headers["content-security-policy"]
            for rule in ("default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "object-src 'none'",
                         "base-uri 'none'", "frame-ancestors 'self'"):
                self.assertIn(rule, policy)
            self.assertNotIn("'unsafe-inline'", policy)
            self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertEqual(headers["referrer-policy"], "no-referrer")
            self.assertIn("camera=(self)", headers["permissions-policy"])

    def test_no_way_out(self):
        for path in ("/../secret", "/assets/../../secret", "/%2e%2e/secret", "/..%2fsecret", "/.hidden", "/%2ehidden",
                     "//etc/passwd", "/assets//x.css/../../../secret", "/assets/%00", "/..\\secret", "/assets",
                     "/nothing", "/" + "a" * 5000, "/assets/"):
            status, _, body = self.get(path)
            self.assertIn(status, (400, 403, 404), path)
            self.assertNotIn(b"secret", body)
            self.assertNotIn(b"hidden", body)

    def test_empty_file(self):
        status, _, body = self.get("/empty.txt")
        self.assertEqual((status, body), (200, b""))

    def test_head(self):
        status, headers, body = self.gateway.request("/assets/app-1a2b.js", "HEAD")
        self.assertEqual((status, int(headers["content-length"]), body), (200, len(self.script), b""))
        self.assertEqual(self.gateway.request("/api/v1/status", "HEAD")[0], 200)
        self.assertEqual(self.gateway.request("/healthz", "HEAD")[0], 200)

    def test_other_methods(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            status, headers, _ = self.gateway.request("/api/v1/status", method)
            self.assertEqual((status, headers["allow"]), (405, "GET, HEAD"), method)

    def test_body_where_none_belongs(self):
        for method in ("GET", "HEAD"):
            for path in ("/", "/healthz", "/api/v1/status"):
                status, headers, _ = self.gateway.request(path, method, {"Content-Length": "5"}, body=b"hello")
                self.assertEqual((status, headers["connection"]), (400, "close"), (method, path))
                self.assertEqual(self.gateway.request(path, method, {"Content-Length": "0"})[0], 200)
        status, _, body = self.gateway.request("/", "GET", {"Transfer-Encoding": "chunked"}, body=b"0\r\n\r\n")
        self.assertEqual((status, body), (400, b"GET and HEAD requests must not have a body.\n"))

    def test_operations(self):
        status, headers, body = self.get("/api/v1/operations")
        self.assertEqual((status, headers["content-type"]), (200, "application/json"))
        operations = {op["name"]: op for op in json.loads(body)["operations"]}
        ksize = operations["gaussian_blur"]["params"][0]
        self.assertEqual((ksize["name"], ksize["kind"], ksize["default"], ksize["min"], ksize["max"]),
                         ("ksize", "odd", 5, 1, 99))
        flip = operations["flip"]["params"][0]
        self.assertEqual((flip["kind"], flip["default"]), ("choice", "horizontal"))
        self.assertEqual(flip["choices"], ["horizontal", "vertical", "both"])
        self.assertEqual(operations["equalize"]["need"], "whole")

    def test_status(self):
        status = self.gateway.status()
        self.assertEqual(status["pool"]["state"], "ready")
        self.assertEqual(len(status["pool"]["ranks"]), 1)
        self.assertEqual(status["pool"]["ranks"][0]["pid"], status["pool"]["pid"])
        self.assertEqual(set(status["jobs"]), {"waiting", "running", "done", "failed"})
        self.assertGreaterEqual(status["uptime_s"], 0)
        self.assertTrue(status["version"])

    def test_health(self):
        status, _, body = self.get("/healthz")
        self.assertEqual((status, json.loads(body)["status"]), (200, "ok"))
        self.assertIn("ms", json.loads(body))

    def test_names_of_this_machine(self):
        port = self.gateway.port
        for host in ("localhost", f"LOCALHOST:{port}", "tilecast.localhost:1", f"127.0.0.1:{port}", "127.1.2.3:9", "[::1]",
                     f"[::1]:{port}"):
            self.assertEqual(self.get("/api/v1/status", Host=host)[0], 200, host)
        for host in ("rebound.example", f"rebound.example:{port}", "127.0.0.1.rebound.example", "notlocalhost", "[::2]:80",
                     "localhost.rebound.example", "192.168.0.1", "[::1", ":80"):
            for path in ("/", "/api/v1/status", "/nothing"):
                status, _, body = self.get(path, Host=host)
                self.assertEqual(status, 403, host)
                self.assertIn(b"--host", body)

    def test_websocket_address_without_upgrade(self):
        self.assertEqual(self.get("/ws")[0], 426)

    def test_many_at_once(self):
        problems = []

        def fetch():
            for _ in range(20):
                if self.get("/assets/app-1a2b.js")[2] != self.script:
                    problems.append("wrong")

        threads = [threading.Thread(target=fetch) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])


class Elsewhere(unittest.TestCase):
    def test_any_name_when_told_where_to_listen(self):
        with Gateway("--host", "0.0.0.0", standin=True, ready=False) as gateway:
            line = gateway.process.stdout.readline().decode()
            gateway.port = int(line.rsplit(":", 1)[1].strip().rstrip("/"))
            self.assertEqual(gateway.request("/api/v1/status", headers={"Host": "pictures.example"})[0], 200)


class Unwell(unittest.TestCase):
    def test_no_page(self):
        with Gateway("--web", "/nonexistent", standin=True) as gateway:
            status, _, body = gateway.request("/")
            self.assertEqual(status, 503)
            self.assertIn(b"has not been built", body)

    def test_worker_that_does_not_answer(self):
        with Gateway(standin=True, environment={"STANDIN_DEAF": "1"}) as gateway:
            began = time.monotonic()
            status, _, body = gateway.request("/healthz")
            self.assertEqual(status, 503)
            self.assertIn("5 seconds", json.loads(body)["error"])
            self.assertLess(time.monotonic() - began, 8)

    def test_pool_that_is_away(self):
        with Gateway(standin=True) as gateway:
            pid = gateway.status()["pool"]["pid"]
            for _ in range(4):  # until the gateway pauses before the next start
                os.kill(pid, signal.SIGKILL)
                deadline = time.monotonic() + 5
                while time.monotonic() < deadline:
                    state = gateway.status()["pool"]
                    if state["pid"] not in (0, pid) and state["state"] == "ready" or state["state"] == "down":
                        break
                pid = state["pid"]
                if not pid:
                    break
            self.assertEqual(gateway.request("/healthz")[0], 503)


if __name__ == "__main__":
    unittest.main()
