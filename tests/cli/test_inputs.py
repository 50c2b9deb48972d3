"""What bad input gets: one sentence for each, and everything else goes on. In this process and on a server."""

import unittest

import cv2
import numpy as np

from support import Folder, photograph, png_header, read_picture, tilecast


class Inputs(Folder):
    where = ()  # options that say where the work is done

    def run_file(self, name, data, *options):
        """Runs a bad file between two good ones; these must come out."""
        bad = self.write(name, data)
        good = [self.picture("one.png"), self.picture("two.jpg")]
        result = tilecast("run", *self.where, *options, "--out-dir", self.path("out"), good[0], bad, good[1])
        self.assertTrue({"one.png", "two.png"} <= set(self.listing("out")), result)
        return result

    def refused(self, name, data, *says):
        result = self.run_file(name, data)
        self.assertEqual(result.code, 1, result)
        self.assertEqual(result.out, "", result)
        self.assert_one_sentence(result, self.path(name) + ": ", *says)
        self.assertEqual(self.listing("out"), ["one.png", "two.png"])
        result = self.run_file(name, data, "--json")
        failed = result.of("failed")
        self.assertEqual([(result.code, e["file"]) for e in failed], [(1, self.path(name))], result)
        for part in says:
            self.assertIn(part, failed[0]["error"])
        self.assertEqual(len(result.of("done")), 2, result)

    def test_text_named_png(self):
        self.refused("text.png", b"This is no picture at all, but a letter to a friend.\n" * 20, "PNG", "JPEG")

    def test_empty(self):
        self.refused("empty.png", b"", "empty")

    def test_cut_png(self):
        whole = cv2.imencode(".png", photograph(200, 150))[1].tobytes()
        self.refused("cut.png", whole[: len(whole) // 2])

    def test_huge_header(self):
        self.refused("huge.png", png_header(60000, 60000), "60000", "120")

    def test_cut_jpeg(self):
        whole = cv2.imencode(".jpg", photograph(200, 150))[1].tobytes()
        result = self.run_file("cut.jpg", whole[: len(whole) * 2 // 3])
        self.assertEqual(result.code, 0, result)
        self.assert_one_sentence(result, self.path("cut.jpg") + ": warning: ", "cut off")
        self.assertEqual(read_picture(self.path("out/cut.png")).shape, (150, 200, 3))
        result = self.run_file("cut.jpg", whole[: len(whole) * 2 // 3], "--json")
        warnings = {e["file"]: e["warning"] for e in result.of("done")}
        self.assertEqual(result.code, 0, result)
        self.assertIn("cut off", warnings[self.path("cut.jpg")])
        self.assertEqual(sorted(map(bool, warnings.values())), [False, False, True])

    def test_missing_and_folder(self):
        good = self.picture("one.png")
        result = tilecast("run", *self.where, self.path("missing.png"), self.folder, good)
        self.assertEqual(result.code, 1, result)
        lines = result.err.splitlines()
        self.assertEqual(len(lines), 2, result)
        self.assertTrue(any("missing.png: " in line for line in lines), result)
        self.assertTrue(any("folder" in line for line in lines), result)
        self.assertIn("one.tilecast.png", self.listing())

    def test_empty_pipeline(self):
        picture = photograph(90, 70)
        source = self.write("a.bmp", cv2.imencode(".bmp", picture)[1].tobytes())
        for options in ((), ("--pipeline", ""), ("--pipeline", "  ")):
            result = tilecast("run", *self.where, *options, "-o", self.path("o.png"), source)
            self.assertEqual(result.code, 0, result)
            self.assertTrue(np.array_equal(read_picture(self.path("o.png")), picture))

    def test_pipeline_that_does_not_fit_the_picture(self):
        small = self.picture("small.png", 10, 10)
        large = self.picture("large.png", 60, 60)
        result = tilecast("run", *self.where, "-p", "crop x=40", "--out-dir", self.path("out"), small, large)
        self.assertEqual(result.code, 1, result)
        self.assert_one_sentence(result, "small.png: ", "crop")
        self.assertEqual(self.listing("out"), ["large.png"])
        result = tilecast("run", *self.where, "-p", "resize scale=8 | resize scale=8 | resize scale=8 | resize scale=8",
                          large)
        self.assertEqual(result.code, 1, result)
        self.assert_one_sentence(result, "large.png: ")


if __name__ == "__main__":
    unittest.main()
