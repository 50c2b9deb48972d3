"""A result does not depend on the tiles or the threads that made it."""

import unittest

from sweep import Sweep, pipelines


class LocalSweep(Sweep):
    def test_tiles_and_threads(self):
        results = 0
        for pipeline in pipelines(self.rng):
            expected = self.outcome(pipeline, "--tile", "0", "--threads", "1")
            results += len(expected["sums"])
            for tile in ("16", "64", "256", "0"):
                for threads in ("1", "2"):
                    self.assert_same(pipeline, expected, ["--tile", tile, "--threads", threads])
        self.assertGreater(results, 100)


if __name__ == "__main__":
    unittest.main()
