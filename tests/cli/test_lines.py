"""Straight lines: counted in a line, listed in events, the same from any split."""

import unittest

import numpy as np

from support import Folder, read_picture, tilecast, write_picture


def rectangle(width=400, height=300):
    picture = np.zeros((height, width, 3), np.uint8)
    picture[50:250, 60:340] = 255
    return picture


class Lines(Folder):
    def setUp(self):
        super().setUp()
        self.source = write_picture(self.path("a.png"), rectangle())
        self.blank = write_picture(self.path("b.png"), np.full((40, 40, 3), 7, np.uint8))

    def test_counted(self):
        result = tilecast("run", "-p", "lines", "--out-dir", self.path("out"), self.source, self.blank)
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertEqual(result.out, f"{self.source}\tlines\t4\n{self.blank}\tlines\t0\n")

    def test_nothing_beside_a_picture(self):
        result = tilecast("run", "-p", "lines", "-o", "-", self.blank)
        self.assertEqual(result.code, 0)
        self.assertTrue(result.raw.startswith(b"\x89PNG"))

    def test_listed(self):
        first = None
        for options in ((), ("--tile", "16"), ("--tile", "0"), ("--tile", "100", "--threads", "2")):
            result = tilecast("run", "--json", "-p", "lines", *options, "-o", self.path("drawn.png"), self.source)
            self.assertEqual((result.code, result.err), (0, ""), result)
            event, = result.of("lines", self.source)
            kinds = [e["event"] for e in result.events]
            self.assertLess(kinds.index("lines"), kinds.index("done"))
            first = first or event
            self.assertEqual(event, first)
            drawn = read_picture(self.path("drawn.png"))  # BGR
            for x1, y1, x2, y2 in event["lines"]:
                self.assertTrue((drawn[y1 : y2 + 1, x1 : x2 + 1] == (0, 0, 255)).all())
        self.assertEqual((first["from"], first["total"]), (0, 4))
        lengths = [max(x2 - x1, y2 - y1) for x1, y1, x2, y2 in first["lines"]]
        self.assertTrue(all(abs(n - wanted) < 4 for n, wanted in zip(lengths, (280, 280, 200, 200))), lengths)

    def test_many(self):
        """A list comes in parts of 500."""
        noise = np.random.default_rng(1).integers(0, 2, (200, 300, 1), np.uint8) * 255
        source = write_picture(self.path("noise.png"), noise)
        result = tilecast("run", "--json", "-p", "lines low=0 high=0 threshold=1 min_length=2 max_gap=0", source)
        events = result.of("lines", source)
        self.assertGreater(len(events), 1)
        self.assertEqual([e["from"] for e in events], [500 * i for i in range(len(events))])
        self.assertEqual(sum(len(e["lines"]) for e in events), events[0]["total"])


if __name__ == "__main__":
    unittest.main()
