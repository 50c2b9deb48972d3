"""Workers on several hosts (tests/namespaces.py). Exits with 77, which counts as skipped, where namespaces cannot be
made."""
import os
import sys
import unittest

import numpy
from pool import Pictures, Pool, reference

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


if __name__ == '__main__':
    sys.exit(namespaces.run(NETWORK, lambda: unittest.main(argv=sys.argv[:1], verbosity=2)))
