"""Workers on several hosts (tests/namespaces.py). Exits with 77, which counts as skipped, where namespaces cannot be
made."""
import contextlib
import os
import signal
import sys
import time
import unittest

import numpy
from pool import Pictures, Pool, descendants, reference

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import namespaces  # noqa: E402

NETWORK = namespaces.Network(2)
HOSTS = NETWORK.hosts


class Hosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = Pictures()
        cls.picture = cls.pictures.write('picture.jpg', cls.pictures.scene(3000, 2000))
        agent = namespaces.write_agent(cls.pictures.path('agent'))
        os.environ.update(NETWORK.environment(), OMPI_MCA_plm_rsh_agent=agent, PRTE_MCA_plm_ssh_agent=agent)

    @classmethod
    def tearDownClass(cls):
        cls.pictures.clear()

    def hostfile(self, text):
        path = self.pictures.path('hosts')
        with open(path, 'w') as file:
            file.write(text)
        return path

    def check(self, hostfile, workers, expected_hosts):
        pipeline = 'gaussian_blur ksize=31 | bilateral'
        with Pool(workers, 'distributed', hostfile=hostfile) as pool:
            host_of = {rank['rank']: rank['host'] for rank in pool.ranks}
            self.assertEqual(sorted(host_of.values()), sorted(expected_hosts))
            job = pool.run(self.picture, pipeline, 'both', format='png', tile=128)
            self.assertTrue(pool.finish(job))
            self.assertEqual(job.end['type'], 'done', job.end)
            numpy.testing.assert_array_equal(job.assembled(), reference(self.picture, pipeline))
            tiles = [host_of[tile[3]] for tile in job.tiles()]
            self.assertEqual(set(tiles), set(expected_hosts), 'every host has computed tiles')
            print({host: tiles.count(host) for host in expected_hosts}, 'tiles', file=sys.stderr)

    def test_three_hosts(self):
        self.check(self.hostfile('localhost slots=1\n' + ''.join(f'{host} slots=1\n' for host in HOSTS)), 3,
                   [os.uname().nodename] + HOSTS)

    def test_other_hosts_only(self):
        self.check(self.hostfile('# no worker on this machine\n' + ''.join(f'{host} slots=2\n' for host in HOSTS)), 4,
                   2 * HOSTS)

    def test_a_host_that_is_silent(self):
        """All its workers are lost, each with a picture; no picture counts two losses."""
        host = HOSTS[0]
        self.addCleanup(NETWORK.make)
        pipeline = 'bilateral | median_blur ksize=9 | bilateral'
        with Pool(5, 'whole', hostfile=self.hostfile(f'localhost slots=1\n{host} slots=4\n')) as pool:
            jobs = [pool.run(self.picture, pipeline, 'both', format='png', tile=256) for _ in range(5)]
            pool.quiet = False
            while not all(job.of('progress') for job in jobs):
                self.assertIsNotNone(pool.receive())
            NETWORK.cut(host)
            began = time.monotonic()
            self.assertTrue(pool.finish(*jobs, timeout=240))
            print(f'{time.monotonic() - began:.1f} s after the cut', file=sys.stderr)
            for job in jobs:
                self.assertEqual(job.end['type'], 'done', job.end)
            results = [job.assembled() for job in jobs]
            while pool.receive():  # until it ends because of the losses
                pass
            for pid in [pool.process.pid, *descendants(pool.process.pid)]:  # as the gateway does
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        expected = reference(self.picture, pipeline)
        for result in results:
            numpy.testing.assert_array_equal(result, expected)


if __name__ == '__main__':
    sys.exit(namespaces.run(NETWORK, lambda: unittest.main(argv=sys.argv[:1], verbosity=2)))
