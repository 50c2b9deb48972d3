"""Workers on several hosts: network and UTS namespaces behind a bridge, and mpirun's launch agent to start on them.

Needs root and iproute2; exits with 77, which counts as skipped, where namespaces cannot be made.
"""
import os
import shlex
import shutil
import subprocess
import sys
import unittest

import numpy
from pool import Pictures, Pool, reference

SKIPPED = 77
NETWORK = '10.213.77'
BRIDGE = 'tc-bridge'
HOSTS = ['tc-host2', 'tc-host3']
AGENT = '''#!/bin/sh
# Runs a command on a host, as ssh would: agent HOST COMMAND…
host=$1
shift
PATH=$PATH:/usr/sbin:/sbin
exec ip netns exec "$host" unshare --uts sh -c 'hostname "$0" && exec sh -c "$1"' "$host" "$*"
'''


IP = shutil.which('ip', path=os.environ['PATH'] + ':/usr/sbin:/sbin') or 'ip'


def ip(*args):
    subprocess.run([IP, *args], check=True, capture_output=True, text=True)


def make_network():
    ip('link', 'add', BRIDGE, 'type', 'bridge')
    ip('addr', 'add', f'{NETWORK}.1/24', 'dev', BRIDGE)
    ip('link', 'set', BRIDGE, 'up')
    for number, host in enumerate(HOSTS, 2):
        ip('netns', 'add', host)
        ip('link', 'add', f'tc-veth{number}', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host)
        ip('link', 'set', f'tc-veth{number}', 'master', BRIDGE, 'up')
        ip('-n', host, 'addr', 'add', f'{NETWORK}.{number}/24', 'dev', 'eth0')
        ip('-n', host, 'link', 'set', 'eth0', 'up')
        ip('-n', host, 'link', 'set', 'lo', 'up')


def remove_network():
    for host in HOSTS:
        subprocess.run([IP, 'netns', 'delete', host], capture_output=True)
    subprocess.run([IP, 'link', 'delete', BRIDGE], capture_output=True)


class Hosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = Pictures()
        cls.picture = cls.pictures.write('picture.jpg', cls.pictures.scene(3000, 2000))
        agent = cls.pictures.path('agent')
        with open(agent, 'w') as file:
            file.write(AGENT)
        os.chmod(agent, 0o755)
        network = f'{NETWORK}.0/24'
        for release in ('OMPI_MCA_', 'PRTE_MCA_'):
            os.environ.update({release + name: value for name, value in (
                ('plm_rsh_agent', shlex.quote(agent)), ('plm_ssh_agent', shlex.quote(agent)),
                ('btl_tcp_if_include', network), ('oob_tcp_if_include', network), ('prte_if_include', network))})

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
    remove_network()
    try:
        make_network()
    except (OSError, subprocess.CalledProcessError) as error:
        remove_network()
        print(f'no network namespaces can be made: {error} {getattr(error, "stderr", "")}')
        sys.exit(SKIPPED)
    try:
        unittest.main(argv=sys.argv[:1], verbosity=2)
    finally:
        remove_network()
