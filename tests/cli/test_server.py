"""The command line against a real server: what bad input gets, a batch of sixty, events, and codes."""

import unittest

import cv2
import numpy as np

import test_batch
import test_codes
import test_inputs
from support import MEMORY_FACTOR, Folder, Server, photograph, read_picture, tilecast, write_picture

server = None


def setUpModule():
    global server
    server = Server(2)
    ServerInputs.where = ServerBatch.where = ServerCodes.where = ("--server", server.url)


def tearDownModule():
    server.__exit__()


class ServerInputs(test_inputs.Inputs):
    pass


class ServerCodes(test_codes.Codes):
    pass


class ServerBatch(test_batch.Batch):
    peak_mb = 64  # the command line only passes bytes on

    def test_sixty(self):
        super().test_sixty()
        print(f"peak memory of the gateway: {server.peak_kb() / 1024:.0f} MiB")
        self.assertLess(server.peak_kb() / 1024, 256 * MEMORY_FACTOR)


class ServerEvents(Folder):
    def test_events(self):
        source = write_picture(self.path("a.png"), photograph(300, 200))
        result = tilecast("run", "--server", server.url, "--json", "--tile", "64", "-p", "invert | equalize", source)
        self.assertEqual((result.code, result.err), (0, ""), result)
        tiles = result.of("tile")
        self.assertEqual(sum(t["width"] * t["height"] for t in tiles), 300 * 200)
        self.assertEqual(len({(t["x"], t["y"]) for t in tiles}), 20)
        progress = [e["done"] / e["total"] for e in result.of("progress")]
        self.assertEqual(progress, sorted(progress))
        done = result.events[-1]
        self.assertEqual([done[k] for k in ("event", "width", "height", "warning")], ["done", 300, 200, ""])

    def test_code_comes_before_the_result(self):
        code = cv2.resize(cv2.QRCodeEncoder_create().encode("früh"), None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
        code = cv2.copyMakeBorder(code, 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=255)
        source = write_picture(self.path("a.png"), code)
        pipeline = "read_codes | gaussian_blur | equalize"
        result = tilecast("run", "--server", server.url, "--json", "-p", pipeline, source)
        kinds = [e["event"] for e in result.events]
        self.assertLess(kinds.index("code"), kinds.index("done"))
        found = result.of("code")
        local = tilecast("run", "--json", "-p", pipeline, source).of("code")
        self.assertEqual(found, local)
        self.assertEqual([(c["text"], c["type"]) for c in found], [("früh", "QR-Code")])
        x, y = np.array(found[0]["points"]).T
        self.assertTrue(abs(x.min() - 42) < 4 and abs(y.min() - 42) < 4, found)  # 30, and two modules of margin


    def test_lines(self):
        source = write_picture(self.path("a.png"), photograph(300, 200))
        pipeline = "lines threshold=20 min_length=10"
        result = tilecast("run", "--server", server.url, "--json", "-p", pipeline, source)
        found = result.of("lines")
        self.assertGreater(found[0]["total"], 1)
        self.assertEqual(found, tilecast("run", "--json", "-p", pipeline, source).of("lines"))
        plain = tilecast("run", "--server", server.url, "-p", pipeline, source)
        self.assertEqual(plain.out, f"{source}\tlines\t{found[0]['total']}\n")

    def test_equal_lists_of_lines(self):
        """Of two steps, which are two lists."""
        source = write_picture(self.path("a.png"), photograph(300, 200))
        pipeline = "lines threshold=10000 | lines threshold=10000"
        plain = tilecast("run", "--server", server.url, "-p", pipeline, source)
        self.assertEqual(plain.out, f"{source}\tlines\t0\n" * 2)
        self.assertEqual(plain.out, tilecast("run", "-p", pipeline, source).out)


class ServerLimits(Folder):
    def test_larger_than_the_limits(self):
        small, large = self.picture("small.png", 60, 40), self.picture("large.png", 400, 300)
        with Server(0, "--max-pixels", "100000") as strict:
            result = tilecast("run", "--server", strict.url, "--out-dir", self.path("out"), large, small)
            self.assertEqual(result.code, 1, result)
            self.assert_one_sentence(result, large + ": ", "400", "300")
            self.assertRegex(result.err, "100000|0.1 mega")
        with Server(0, "--max-bytes", "20000") as strict:
            result = tilecast("run", "--server", strict.url, "--out-dir", self.path("out"), large, small)
            self.assertEqual(result.code, 1, result)
            self.assert_one_sentence(result, large + ": ", "20000")
        self.assertEqual(self.listing("out"), ["small.png"])
        self.assertEqual(read_picture(self.path("out/small.png")).shape, (40, 60, 3))


if __name__ == "__main__":
    unittest.main()
