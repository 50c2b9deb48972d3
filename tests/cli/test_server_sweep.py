"""A result does not depend on where it was made: in this process, or by any number of a server's workers."""

import unittest

from support import Server
from sweep import Sweep, pipelines


class ServerSweep(Sweep):
    def sweep(self, workers):
        with Server(workers) as server:
            for pipeline in pipelines(self.rng):
                expected = self.outcome(pipeline)
                tile = self.rng.choice(("16", "64", "256", "0"))
                for how in ([], ["--tile", tile]):
                    self.assert_same(pipeline, expected, ["--server", server.url, *how])

    def test_without_mpi(self):
        self.sweep(0)

    def test_1_worker(self):
        self.sweep(1)

    def test_2_workers(self):
        self.sweep(2)

    def test_4_workers(self):
        self.sweep(4)


if __name__ == "__main__":
    unittest.main()
