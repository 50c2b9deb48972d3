"""Every operation, read_codes and a batch on several threads, in the build with ThreadSanitizer: no data race, and the
same pixels as on one thread."""

import os
import unittest

from support import DATA, Folder, operations, photograph, tilecast, write_picture

CHAINS = ("gaussian_blur ksize=9 | canny", "equalize | contours low=20 | sharpen", "canny | lines threshold=20 min_length=10",
          "resize scale=1.5 | median_blur ksize=7 | rotate angle=30", "stretch_contrast | threshold method=otsu | dilate")
THREADS = "4"


class Races(Folder):
    def assert_clean(self, result):
        self.assertNotIn("ThreadSanitizer", result.err)
        self.assertEqual(result.code, 0, result)

    def results(self, pipeline, threads, files):
        folder = self.path(f"out-{threads}")
        result = tilecast("run", "--threads", threads, "--tile", "32", "--pipeline", pipeline, "--out-dir", folder, *files)
        self.assert_clean(result)
        pictures = {}
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                pictures[name] = file.read()
        self.assertEqual(len(pictures), len(files))
        return pictures, result.raw

    def test_operations(self):
        files = [write_picture(self.path("a.png"), photograph(211, 150)),
                 write_picture(self.path("b.png"), photograph(97, 120, channels=4, seed=2))]
        checked = 0
        for pipeline in [o["name"] for o in operations() if o["name"] != "read_codes"] + list(CHAINS):
            with self.subTest(pipeline=pipeline):
                self.assertEqual(self.results(pipeline, THREADS, files)[0], self.results(pipeline, "1", files)[0])
                checked += 1
        self.assertGreater(checked, 30)

    def test_batch(self):
        files = [write_picture(self.path(f"{i}.png"), photograph(60 + i, 40, seed=i)) for i in range(24)]
        self.assertEqual(self.results("box_blur | invert", THREADS, files)[0], self.results("box_blur | invert", "1", files)[0])

    def test_codes(self):
        codes = os.path.join(DATA, "codes")
        found = tilecast("codes", "--threads", THREADS, codes)
        self.assert_clean(found)
        self.assertEqual(sorted(found.out.splitlines()), sorted(tilecast("codes", "--threads", "1", codes).out.splitlines()))

    def test_bench(self):
        self.assert_clean(tilecast("bench", "--threads", THREADS, "--ops", "canny; lines; equalize", "--image",
                                   self.picture("p.png", 320, 240), "--runs", "1"))


if __name__ == "__main__":
    unittest.main()
