"""Starts a real tilecastd for a test, and checks that it leaves no process and no file behind."""
import http.client
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

from wsclient import Client

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ["TILECAST_BIN"]
STANDIN = os.path.join(HERE, "standin_pool.py")
DATA = os.path.join(HERE, "..", "data")


def processes_with(mark):
    """Processes with `mark` in their environment, as pid: command."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if mark.encode() not in file.read():
                    continue
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                found[int(pid)] = file.read().replace(b"\0", b" ").decode()
        except OSError:
            pass
    return found


def wait_for(what, condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what}: not within {seconds} s")


class Gateway:
    """A tilecastd on a free port. At the end of a `with` block it must end cleanly on SIGTERM."""

    def __init__(self, *args, standin=False, ready=True, environment=None):
        self.mark = "TILECAST_TEST_MARK=" + uuid.uuid4().hex
        self.folder = tempfile.mkdtemp(prefix="tilecast-test-")
        self.spool = os.path.join(self.folder, "spool")
        self.log = open(os.path.join(self.folder, "log"), "w+b")
        name, value = self.mark.split("=")
        # Memory that a sanitizer quarantines would look like growth.
        env = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1", name: value, **(environment or {})}
        command = [os.path.join(BIN, "tilecastd"), "--port", "0", "--spool", self.spool, *args]
        if standin:
            command += ["--solo", "--pool", STANDIN]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env=env)
        self.port = self.read_ready() if ready else None

    def read_ready(self):
        readable, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline().decode() if readable else ""
        if not line.startswith("Tilecast is ready: http://127.0.0.1:"):
            self.process.kill()
            raise AssertionError(f"not ready: {line!r}\n{self.errors()}")
        return int(line.rsplit(":", 1)[1].strip().rstrip("/"))

    def errors(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def client(self, **options):
        client = Client(self.port, **options)
        client.welcome = client.receive()
        assert client.welcome["type"] == "welcome"
        return client

    def request(self, path, method="GET", headers=None, timeout=30, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        connection.request(method, path, body=body, headers=headers or {})
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, body

    def status(self):
        return json.loads(self.request("/api/v1/status")[2])

    def rss_mib(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(next(line for line in file if line.startswith("VmRSS")).split()[1]) / 1024

    def stop(self, number=signal.SIGTERM):
        """Ends it and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("tilecastd did not end within 30 s\n" + self.errors())

    def check_clean(self):
        left = processes_with(self.mark)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left, f"processes left: {left}"
        assert not os.path.exists(self.spool) or not os.listdir(self.spool), os.listdir(self.spool)

    def discard(self):
        """Removes the log and the folder, after the process has ended."""
        self.log.close()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        code = self.stop()
        errors = self.errors()
        if kind:
            print(errors)
            for pid in processes_with(self.mark):
                os.kill(pid, signal.SIGKILL)
        else:
            assert code == 0, f"exit code {code}\n{errors}"
            self.check_clean()
        self.discard()


def script(**steps):
    """An upload that says what the stand-in pool does with it."""
    return json.dumps(steps).encode()
