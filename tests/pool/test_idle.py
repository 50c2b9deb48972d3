"""An idle pool uses almost no CPU time and memory, and still replies at once."""
import os
import sys
import time
import unittest

import numpy

from pool import Pictures, Pool, cpu_seconds, descendants

SECONDS = 4


def megabytes(pids):
    """The resident memory of the processes."""
    pages = 0
    for pid in pids:
        with open(f'/proc/{pid}/statm') as f:
            pages += int(f.read().split()[1])
    return pages * os.sysconf('SC_PAGESIZE') / 1e6


class Idle(unittest.TestCase):
    def test_memory(self):
        """Memory that is retained for the next picture is returned when none comes."""
        pictures = Pictures()
        self.addCleanup(pictures.clear)
        picture = pictures.write('large.jpg', numpy.full((5000, 6000, 3), 90, numpy.uint8))  # 90 MB
        with Pool(1) as pool:
            job = pool.run(picture, 'invert', 'file')
            self.assertTrue(pool.finish(job))
            pids = [pool.process.pid] + descendants(pool.process.pid)
            retained, deadline = megabytes(pids), time.monotonic() + 30
            while megabytes(pids) > retained - 150 and time.monotonic() < deadline:
                time.sleep(0.2)
            print(f'{retained:.0f} MB after a picture, {megabytes(pids):.0f} MB when idle')
            self.assertLess(megabytes(pids), retained - 150)
            job = pool.run(picture, 'invert', 'file')
            self.assertTrue(pool.finish(job))

    def test_idle(self):
        for workers in (1, 2, 4):
            with Pool(workers) as pool:
                for i in range(3):
                    pool.send(type='ping', id=i)
                    self.assertTrue(pool.wait_for('pong')['ok'])
                pids = [pool.process.pid] + descendants(pool.process.pid)
                time.sleep(0.5)
                before, began = cpu_seconds(pids), time.monotonic()
                time.sleep(SECONDS)
                share = (cpu_seconds(pids) - before) / (time.monotonic() - began) * 100
                pool.send(type='ping', id=9)
                pong = pool.wait_for('pong')
                print(f'{workers} workers: {share:.2f} % of a core when idle; then a tile in {pong["ms"]:.2f} ms')
                self.assertLess(share, 5)
                self.assertLess(pong['ms'], 50)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
