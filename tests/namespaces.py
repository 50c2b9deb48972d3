"""Hosts for tests: network and UTS namespaces behind a bridge, and a launch agent that starts commands on them. Needs
root and iproute2."""
import os
import shlex
import shutil
import stat
import subprocess
import time

SKIPPED = 77  # exit code of a test where no namespaces can be made
IP = shutil.which('ip', path=os.environ['PATH'] + ':/usr/sbin:/sbin') or 'ip'
AGENT = '''#!/bin/sh
# Runs a command on a host, as ssh would: agent HOST COMMAND…
host=$1
shift
PATH=$PATH:/usr/sbin:/sbin
if ! ip link show "$host"p up | grep -q .; then
  sleep 3
  echo "agent: connect to host $host: connection timed out" >&2
  exit 255
fi
exec ip netns exec "$host" unshare --uts sh -c 'hostname "$0" && exec sh -c "$1"' "$host" "$*"
'''


def ip(*args):
    subprocess.run([IP, *args], check=True, capture_output=True, text=True)


class Network:
    """`hosts` has their names. The names of what is made contain our process id, as tests may run at the same time."""

    def __init__(self, count):
        number = os.getpid() % 10000
        self.prefix = f'10.213.{number % 250}'
        self.bridge = f'tc{number}b'
        self.hosts = [f'tc{number}h{i + 2}' for i in range(count)]

    def make(self):
        self.remove()
        ip('link', 'add', self.bridge, 'type', 'bridge')
        ip('addr', 'add', f'{self.prefix}.1/24', 'dev', self.bridge)
        ip('link', 'set', self.bridge, 'up')
        for number, host in enumerate(self.hosts, 2):
            ip('netns', 'add', host)
            ip('link', 'add', host + 'p', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host)
            ip('link', 'set', host + 'p', 'master', self.bridge, 'up')
            ip('-n', host, 'addr', 'add', f'{self.prefix}.{number}/24', 'dev', 'eth0')
            ip('-n', host, 'link', 'set', 'eth0', 'up')
            ip('-n', host, 'link', 'set', 'lo', 'up')

    def remove(self):
        for host in self.hosts:
            subprocess.run([IP, 'netns', 'delete', host], capture_output=True)
            subprocess.run([IP, 'link', 'delete', host + 'p'], capture_output=True)
        subprocess.run([IP, 'link', 'delete', self.bridge], capture_output=True)

    def cut(self, host):
        ip('link', 'set', host + 'p', 'down')

    def connect(self, host):
        ip('link', 'set', host + 'p', 'up')
        for _ in range(100):  # the kernel takes up to a second
            state = subprocess.run([IP, 'link', 'show', host + 'p'], check=True, capture_output=True, text=True).stdout
            if 'state UP' in state:
                return
            time.sleep(0.1)

    def environment(self):
        """Variables that make Open MPI, release 4 or 5, use this network."""
        return {release + name: self.prefix + '.0/24' for release in ('OMPI_MCA_', 'PRTE_MCA_')
                for name in ('btl_tcp_if_include', 'oob_tcp_if_include', 'prte_if_include')}


def write_agent(path):
    """Writes the launch agent, and returns the command that runs it."""
    with open(path, 'w', encoding='utf-8') as file:
        file.write(AGENT)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return shlex.quote(path)


def run(network, main):
    """Runs the tests on the network; returns an exit code."""
    try:
        network.make()
    except (OSError, subprocess.CalledProcessError) as error:
        network.remove()
        print(f'no network namespaces can be made: {error} {getattr(error, "stderr", "")}')
        return SKIPPED
    try:
        main()
    except SystemExit as end:
        return end.code
    finally:
        network.remove()
    return 0
