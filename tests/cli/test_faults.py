"""Processes of the server die or stop in the middle of a batch: every picture is exact, and the times are printed."""

import json
import os
import signal
import sys
import threading
import time
import unittest
import urllib.request

from test_resume import Batch

COUNT = 40


def children(pid):
    """All descendants of a process, as pid: command."""
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                found[int(entry)] = parent, file.read().replace(b"\0", b" ").decode()
        except OSError:
            pass
    below, more = {}, {pid}
    while more:
        more = {child for child, (parent, _) in found.items() if parent in more}
        below.update({child: found[child][1] for child in more})
    return below


class Faults(Batch):
    def setUp(self):
        super().setUp()
        self.gateway.stop()
        self.gateway.how = ["--workers", "2"]
        self.gateway.start()

    def status(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.gateway.port}/api/v1/status") as reply:
            return json.load(reply)

    def ranks(self):
        """The processes of the ranks, rank 0 first; empty while there is no pool."""
        return [rank["pid"] for rank in self.status()["pool"]["ranks"]]

    def codecs(self):
        return [pid for pid, command in children(self.gateway.process.pid).items() if "tilecast-codec" in command.split(" ")[0]]

    def signal(self, pids, number):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def test_batch_while_processes_fail(self):
        folder = self.pictures(COUNT, 1600, 1100)
        expected = self.expected(folder)
        mpirun = lambda: [self.status()["pool"]["pid"]]
        faults = [("worker 1 killed", lambda: self.signal(self.ranks()[1:2], signal.SIGKILL)),
                  ("both workers killed", lambda: self.signal(self.ranks()[1:], signal.SIGKILL)),
                  ("rank 0 killed", lambda: self.signal(self.ranks()[:1], signal.SIGKILL)),
                  ("mpirun killed", lambda: self.signal(mpirun(), signal.SIGKILL)),
                  ("a codec process killed", lambda: self.signal(self.codecs()[:1], signal.SIGKILL)),
                  ("worker 1 stopped", lambda: self.signal(self.ranks()[1:2], signal.SIGSTOP)),
                  ("rank 0 stopped", lambda: self.signal(self.ranks()[:1], signal.SIGSTOP)),
                  ("a codec process stopped", lambda: self.signal(self.codecs()[:1], signal.SIGSTOP))]
        for name, fault in faults:
            began = time.monotonic()
            process = self.start(self.gateway.port, folder)
            time.sleep(0.6)
            fault()
            self.check(process, expected)
            print(f"{name}: {COUNT} of {COUNT} exact in {time.monotonic() - began:.1f} s", file=sys.stderr)
            self.clear_results()

    def test_batch_while_codec_processes_die_all_the_time(self):
        folder = self.pictures(COUNT, 1600, 1100)
        expected = self.expected(folder)
        ended = threading.Event()

        def kill():
            while not ended.wait(0.3):
                self.signal(self.codecs()[:1], signal.SIGKILL)

        began = time.monotonic()
        process = self.start(self.gateway.port, folder)
        killer = threading.Thread(target=kill)
        killer.start()
        try:
            self.check(process, expected)
        finally:
            ended.set()
            killer.join()
        print(f"a codec process killed every 0.3 s: {COUNT} of {COUNT} exact in {time.monotonic() - began:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
