"""An idle pool does next to nothing, and yet answers at once."""
import sys
import time
import unittest

from pool import Pool, cpu_seconds, descendants

SECONDS = 4


class Idle(unittest.TestCase):
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
