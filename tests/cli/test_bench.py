"""`tilecast bench`: every operation is measured, in both forms; a wrong call is one sentence. No times are judged."""

import json
import os
import unittest

from support import DATA, Folder, operations, tilecast

SMALL = os.path.join(DATA, "astronaut_200x150.png")


class Bench(Folder):
    def refused(self, *arguments, code=2, says=()):
        result = tilecast("bench", *arguments)
        self.assertEqual((result.code, result.out), (code, ""), result)
        self.assert_one_sentence(result, *says)

    def lines(self, *arguments):
        result = tilecast("bench", "--json", "--runs", "1", *arguments)
        self.assertEqual((result.code, result.err), (0, ""), result)
        lines = [json.loads(line) for line in result.out.splitlines()]
        for line in lines:
            self.assertEqual(list(line), ["pipeline", "isa", "threads", "ms_median", "ms_min"])
            self.assertGreater(line["ms_min"], 0)
            self.assertGreaterEqual(line["ms_median"], line["ms_min"])
        return lines

    def test_every_operation(self):
        names = [operation["name"] for operation in operations() if operation["name"] != "read_codes"]
        lines = self.lines("--image", SMALL, "--threads", "3")
        self.assertEqual([line["pipeline"] for line in lines], names)
        self.assertEqual({line["threads"] for line in lines}, {3})

    def test_made_picture(self):
        result = tilecast("bench", "--ops", "invert", "--runs", "2")
        self.assertEqual((result.code, result.err), (0, ""), result)
        head, empty, columns, row = result.out.splitlines()
        self.assertTrue(head.startswith("4000 × 3000 pixels, 3 channels; "), head)
        self.assertEqual((empty, columns.split()[0]), ("", "pipeline"))
        self.assertRegex(row, r"^invert +\d+\.\d\d +\d+\.\d\d +\d+\.\d$")
        self.assertEqual(len(columns), len(row))

    def test_pipelines(self):
        lines = self.lines("--image", SMALL, "--ops", " invert;grayscale\t |  canny low=10 ;read_codes symbologies=qr")
        self.assertEqual([line["pipeline"] for line in lines],
                         ["invert", "grayscale | canny low=10", "read_codes symbologies=qr"])

    def test_levels(self):
        for isa in ("scalar", "avx2", "avx512"):
            result = tilecast("bench", "--json", "--image", SMALL, "--ops", "sharpen", "--isa", isa)
            if result.code == 0:
                self.assertEqual(json.loads(result.out)["isa"], isa)
            else:
                self.assert_one_sentence(result, "--isa", isa)
        self.assertEqual(self.lines("--image", SMALL, "--ops", "sharpen", "--isa", "scalar")[0]["isa"], "scalar")

    def test_standard_input(self):
        with open(SMALL, "rb") as file:
            result = tilecast("bench", "--image", "-", "--ops", "invert", stdin=file.read())
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertIn("200 × 150 pixels", result.out)

    def test_wrong_calls(self):
        self.refused("picture.png", says=["--image", "picture.png"])
        for value in ("0", "1001", "x", "", "2.5"):
            self.refused("--runs", value, says=["--runs", "1 to 1000"])
        for value in ("0", "257", "all"):
            self.refused("--threads", value, says=["--threads", "1 to 256"])
        for value in ("", "sse", "AVX2", "simd128"):
            self.refused("--isa", value, says=["--isa", "scalar"])
        for value in ("", ";", "invert;", "invert;;sharpen", " "):
            self.refused("--ops", value, says=["--ops", "empty"])
        self.refused("--ops", "invert; sharpenn", says=["sharpenn"])
        self.refused("--ops", "gaussian_blur ksize=4", says=["ksize", "odd"])
        self.refused("--image", "", says=["--image"])
        self.refused("--image", says=["--image", "value"])
        self.refused("--pipeline", "invert", says=["--pipeline", "--ops"])
        self.refused("--json=yes", says=["--json"])

    def test_what_fails(self):
        self.refused("--image", self.path("missing.png"), code=1, says=["missing.png"])
        self.refused("--image", os.path.join(DATA, "SOURCES.md"), code=1)
        self.refused("--json", "--image", SMALL, "--ops", "crop x=300", code=1, says=["crop"])
        self.refused("--json", "--ops", "resize scale=8", code=1, says=["resize", "megapixels"])


if __name__ == "__main__":
    unittest.main()
