"""A gateway whose workers are on several hosts, some of which cannot be reached for a time (tests/namespaces.py). Exits
with 77, which counts as skipped, where namespaces cannot be made. Times are printed; limits are wide, as machines may
be busy."""
import os
import sys
import tempfile
import threading
import time
import unittest

import numpy as np

from gateway import Gateway, wait_for
from test_pool import COFFEE, assemble, large_picture, local, read

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import namespaces  # noqa: E402

NETWORK = namespaces.Network(2)
HOSTS = NETWORK.hosts
SECONDS = 120  # the longest wait
OWN = os.uname().nodename


class Hosts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.agent = namespaces.write_agent(os.path.join(folder.name, "agent"))
        self.file = os.path.join(folder.name, "hosts")
        for host in HOSTS:
            NETWORK.connect(host)

    def gateway(self, *lines, ready=True, mode="distributed"):
        self.write_hosts(*lines)
        environment = {**NETWORK.environment(), "TILECAST_POOL_MODE": mode}
        return Gateway("--hosts", self.file, "--launch-agent", self.agent, environment=environment, ready=ready)

    def write_hosts(self, *lines):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))

    def run_job(self, gateway, data, pipeline, tile=32, on_message=None):
        """The exact result is checked. Returns the hosts of the workers that computed tiles."""
        client = gateway.client(timeout=SECONDS)
        self.addCleanup(client.close)
        job = client.submit(data, pipeline, want="tiles", tile=tile)
        result = client.run([job], on_message)[job]
        self.assertEqual(result["end"]["type"], "done", result["end"])
        np.testing.assert_array_equal(assemble(result), local(data, pipeline))
        return [frame["worker"] for frame, _ in result["tiles"]]

    def states(self, gateway):
        return {host["host"]: host["state"] for host in gateway.status()["pool"]["hosts"]}

    def wait_for_ranks(self, gateway, hosts):
        """Until the pool is ready on exactly these hosts. Returns {worker: host}."""
        def ranks():
            pool = gateway.status()["pool"]
            found = {rank["rank"]: rank["host"] for rank in pool["ranks"] if rank["rank"] > 0}
            return found if pool["state"] == "ready" and set(found.values()) == set(hosts) else None

        began = time.monotonic()
        found = wait_for(f"workers on {hosts}", ranks, SECONDS)
        print(f"workers on {sorted(set(hosts))} after {time.monotonic() - began:.1f} s")
        return found

    def check_tiles_from(self, gateway, hosts):
        """Tiles come from each of the hosts."""
        ranks = self.wait_for_ranks(gateway, hosts)
        data = large_picture(1600, 1200)
        tiles = [ranks.get(worker) for worker in self.run_job(gateway, data, "gaussian_blur ksize=31 | bilateral", 128)]
        print("tiles:", {host: tiles.count(host) for host in hosts})
        self.assertEqual(set(tiles), set(hosts))

    def test_a_host_that_comes_up_late(self):
        NETWORK.cut(HOSTS[1])
        began = time.monotonic()
        with self.gateway("localhost slots=1", *[f"{host} slots=1" for host in HOSTS]) as gateway:
            print(f"ready after {time.monotonic() - began:.1f} s")
            self.assertEqual(self.states(gateway), {OWN: "alive", HOSTS[0]: "alive", HOSTS[1]: "dead"})
            dead = gateway.status()["pool"]["hosts"][2]
            self.assertIn("connection timed out", dead["error"])
            self.wait_for_ranks(gateway, [OWN, HOSTS[0]])
            self.run_job(gateway, read(COFFEE), "gaussian_blur ksize=9 | canny")
            NETWORK.connect(HOSTS[1])
            self.check_tiles_from(gateway, [OWN] + HOSTS)
            self.assertEqual(set(self.states(gateway).values()), {"alive"})

    def test_a_link_that_is_cut(self):
        with self.gateway("localhost slots=1", f"{HOSTS[0]} slots=1") as gateway:
            self.wait_for_ranks(gateway, [OWN, HOSTS[0]])
            first_tile = threading.Event()
            failures = []

            def long_job():
                try:
                    self.run_job(gateway, large_picture(4800, 3200), "bilateral | median_blur ksize=7 | bilateral", 256,
                                 lambda message: isinstance(message, tuple) and first_tile.set())
                except BaseException as error:
                    failures.append(error)
                    first_tile.set()

            thread = threading.Thread(target=long_job)
            thread.start()
            self.assertTrue(first_tile.wait(SECONDS))
            NETWORK.cut(HOSTS[0])
            began = time.monotonic()
            self.run_job(gateway, read(COFFEE), "gaussian_blur ksize=9 | canny")
            print(f"small job after the cut: {time.monotonic() - began:.1f} s; long job runs: {thread.is_alive()}")
            thread.join(2 * SECONDS)
            print(f"long job: {time.monotonic() - began:.1f} s after the cut")
            self.assertFalse(thread.is_alive())
            self.assertEqual(failures, [])
            self.wait_for_ranks(gateway, [OWN])
            self.assertEqual(self.states(gateway), {OWN: "alive", HOSTS[0]: "dead"})
            NETWORK.connect(HOSTS[0])
            self.check_tiles_from(gateway, [OWN, HOSTS[0]])

    def test_a_lost_host_with_many_jobs(self):
        """One worker on each picture. The pictures of the lost workers are begun again, and none is blamed."""
        with self.gateway("localhost slots=1", f"{HOSTS[0]} slots=4", mode="whole") as gateway:
            self.wait_for_ranks(gateway, [OWN, HOSTS[0]])
            client = gateway.client(timeout=SECONDS)
            self.addCleanup(client.close)
            data, pipeline = large_picture(1600, 1200), "bilateral | median_blur ksize=9 | bilateral"
            began = []

            def cut(message):
                if isinstance(message, dict) and message["type"] == "progress" and not began:
                    began.append(time.monotonic())
                    NETWORK.cut(HOSTS[0])

            jobs = [client.submit(data, pipeline, want="tiles") for _ in range(12)]
            expected = local(data, pipeline)
            for result in client.run(jobs, cut).values():
                self.assertEqual(result["end"]["type"], "done", result["end"])
                np.testing.assert_array_equal(assemble(result), expected)
            print(f"{len(jobs)} jobs done {time.monotonic() - began[0]:.1f} s after the cut")

    def test_no_host_answers(self):
        for host in HOSTS:
            NETWORK.cut(host)
        with self.gateway(*[f"{host} slots=1" for host in HOSTS], ready=False) as gateway:
            wait_for("a sentence", lambda: "no host of the hostfile answers" in gateway.errors(), SECONDS)
            NETWORK.connect(HOSTS[0])
            gateway.port = gateway.read_ready()
            self.wait_for_ranks(gateway, [HOSTS[0]])
            self.run_job(gateway, read(COFFEE), "invert")
            NETWORK.cut(HOSTS[0])
            pool = wait_for("no pool", lambda: (lambda p: p["error"] and p)(gateway.status()["pool"]), SECONDS)
            self.assertEqual((pool["state"], pool["workers"]), ("down", 0))
            self.assertIn("no host of the hostfile answers", gateway.request("/healthz")[2].decode())

    def test_a_host_without_the_program(self):
        """It answers, but mpirun could not start a worker there."""
        with open(self.agent, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nshift\ncd / && PATH=/usr/bin:/bin exec sh -c \"$(echo \"$*\" | sed s,/bin/,/none/,)\"\n")
        with self.gateway("localhost slots=1", "elsewhere slots=2") as gateway:
            self.wait_for_ranks(gateway, [OWN])
            self.assertIn("not found", gateway.status()["pool"]["hosts"][1]["error"])
            self.run_job(gateway, read(COFFEE), "invert")

    def test_a_host_on_which_mpirun_fails(self):
        """The daemon of Open MPI is missing there. This machine is used alone, until the file changes."""
        with open(self.agent, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nshift\nexec sh -c \"$(echo \"$*\" | sed 's,orted ,none ,g; s,prted ,none ,g')\"\n")
        with self.gateway("localhost slots=1", f"{HOSTS[0]} slots=2") as gateway:
            self.wait_for_ranks(gateway, [OWN])
            self.assertIn("does not start on other hosts", gateway.status()["pool"]["error"])
            self.assertIn("none: ", gateway.errors(), "the shell's words")
            self.run_job(gateway, read(COFFEE), "invert")
            namespaces.write_agent(self.agent)
            self.write_hosts("localhost slots=1", f"{HOSTS[0]} slots=2", "# repaired")
            self.wait_for_ranks(gateway, [OWN, HOSTS[0]])
            self.assertEqual(gateway.status()["pool"]["error"], "")

    def test_changes_of_the_file(self):
        with self.gateway("localhost slots=1") as gateway:
            self.wait_for_ranks(gateway, [OWN])
            self.write_hosts("localhost slots=1", f"{HOSTS[0]} slots=2")
            self.assertEqual(len(self.wait_for_ranks(gateway, [OWN, HOSTS[0]])), 3)
            self.write_hosts("localhost slots=x")
            wait_for("a sentence", lambda: "its earlier content remains in use" in gateway.errors(), SECONDS)
            self.write_hosts(f"{HOSTS[0]} slots=2")
            self.assertEqual(len(self.wait_for_ranks(gateway, [HOSTS[0]])), 2)


if __name__ == "__main__":
    sys.exit(namespaces.run(NETWORK, lambda: unittest.main(argv=sys.argv, verbosity=2)))
