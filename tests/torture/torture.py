"""Allocation torture: a small job runs again and again, and each time the next allocation of one program fails. It must
end with the right result or with one sentence: no crash, no leak, no wrong pixel.

Usage: torture.py run|lines|codes|codec|gateway|gateway-start|pool|pool-codec

With TILECAST_SOAK in the environment, "lines" fails every allocation; else, after the first 150, one in 29: most of them
come from one place.
"""

import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ["TILECAST_BIN"]
DATA = os.path.join(HERE, "../data")
PLAN = struct.Struct("=qqq")
TIMED_OUT = "timed out"
TIMEOUT_S = 20  # of a job that takes milliseconds
SANITIZER_EXIT = 86  # of a program in which a sanitizer found something


class Plan:
    """Which allocation of a program fails (allocations.c)."""

    def __init__(self, folder, program):
        self.path = os.path.join(folder, program)
        with open(self.path, "wb") as file:
            file.write(PLAN.pack(0, 0, 0))

    def fail(self, number):
        with open(self.path, "r+b") as file:
            file.write(PLAN.pack(number, 0, 0))

    def failed(self):
        with open(self.path, "rb") as file:
            return PLAN.unpack(file.read())[2] > 0

    def count(self):
        with open(self.path, "rb") as file:
            return PLAN.unpack(file.read())[1]


def environment(folder):
    options = f"exitcode={SANITIZER_EXIT}:abort_on_error=0:quarantine_size_mb=8"
    return dict(os.environ, TILECAST_TORTURE=folder, ASAN_OPTIONS=options,
                UBSAN_OPTIONS=f"exitcode={SANITIZER_EXIT}:print_stacktrace=1",
                LSAN_OPTIONS="suppressions=" + os.path.join(HERE, "leaks.txt") + ":print_suppressions=0")


def fault(done, expected):
    """What is wrong with how the command line ended, or None. `expected`: its output if all went well."""
    errors = done.stderr.decode(errors="replace")
    if "Sanitizer" in errors or "runtime error" in errors or "assertion failed" in errors:
        return errors
    if done.returncode == 0:
        return None if done.stdout == expected else f"exit 0 with another result, and stderr: {errors!r}"
    if done.returncode < 0:
        return f"ended by signal {-done.returncode}: {errors}"
    if not re.fullmatch(r"[^\n]+[^\n ]\n", errors):
        return f"exit {done.returncode} with more or less than one line: {errors!r}"
    return None


def each(program, command, plans_of, step=1):
    """Runs `command` with every allocation of `program` failing in turn. Returns how many there are."""
    with tempfile.TemporaryDirectory(prefix="tilecast-torture-") as folder:
        plan = Plan(folder, plans_of)

        def run():
            return subprocess.run(command, env=environment(folder), capture_output=True, timeout=120)

        plan.fail(0)
        good = run()
        assert good.returncode == 0 and good.stdout, good.stderr.decode()
        faults, refused, runs, number = [], 0, 0, 0
        while True:
            number += 1 if number < 150 else step
            plan.fail(number)
            done = run()
            runs += 1
            if not plan.failed():
                assert number > 1, f"{program} allocates nothing"
                break
            refused += done.returncode != 0
            wrong = fault(done, good.stdout)
            if wrong:
                faults.append((number, wrong))
        for at, wrong in faults[:5]:
            print(f"{program}, allocation {at} of {number - 1}: {wrong}\n")
        print(f"{program}: {runs - 1} of {number - 1} allocations failed in turn, {refused} runs refused with a sentence, "
              f"{len(faults)} faults")
        assert not faults
        assert refused > 0


def picture(name):
    return os.path.join(DATA, name)


def run_pipeline(pipeline, name, step=1):
    tilecast = os.path.join(BIN, "tilecast")
    each(f"tilecast run {pipeline}, {name}", [tilecast, "run", "--threads", "1", "--pipeline", pipeline, "-o", "-",
                                              "--format", "png", picture(name)], "tilecast", step)


def run():
    run_pipeline("resize width=60 | gaussian_blur | canny | rotate angle=7", "coffee_600x400.jpg")
    run_pipeline("crop width=60 height=40 | stretch_contrast | contours", "coffee_301x203.png")
    run_pipeline("median_blur", "pictures/still.gif")


def lines():
    run_pipeline("resize width=24 | lines threshold=5 min_length=3", "coffee_301x203.png",
                 1 if "TILECAST_SOAK" in os.environ else 29)


def codes():
    tilecast = os.path.join(BIN, "tilecast")
    each("tilecast codes", [tilecast, "codes", "--threads", "1", picture("codes/one.png")], "tilecast")


def codec():
    tilecast = os.path.join(BIN, "tilecast")
    each("tilecast-codec", [tilecast, "codes", "--threads", "1", picture("codes/one.png")], "tilecast-codec")



# ---- A server: a gateway, a pool in one process, a codec process


class Server:
    """Small jobs on a running server, in one of whose programs allocations fail."""

    def __init__(self, gateway, data, pipeline, durable):
        self.gateway, self.data, self.pipeline, self.durable = gateway, data, pipeline, durable

    def job(self):
        """The result file, or the sentence with which the server refused."""
        from wsclient import Client, Closed, Refused
        try:
            client = Client(self.gateway.port, timeout=TIMEOUT_S)
        except Refused as refused:
            return None, str(refused)
        except (Closed, ConnectionError) as closed:
            return None, f"connection: {closed}"
        try:
            first = client.receive()
            if first["type"] != "welcome":
                return None, first.get("error", f"instead of a welcome: {first}")
            secret = os.urandom(16).hex()
            options = {"durable": True, "secret": secret} if self.durable else {}
            job = client.submit(self.data, self.pipeline, want="file", format="png", **options)
            result = client.run([job])[job]
            if self.durable:  # once more, as another client would
                client.send(type="attach", job=job + 1, secret=secret)
                again = client.run([job + 1])[job + 1]
                client.send(type="release", secret=secret)
                if again["end"]["type"] != "done":
                    return None, again["end"].get("error", "")
                if again["file"] != result["file"] or len(again["codes"]) != len(result["codes"]):
                    return "another result for the second client", None
            if result["end"]["type"] == "done":
                return (result["file"], result["codes"]), None
            return None, result["end"].get("error", "")
        except AssertionError as error:
            return None, str(error)
        except TimeoutError:
            return None, TIMED_OUT
        except (Closed, ConnectionError) as closed:
            return None, f"connection: {closed}"
        finally:
            client.close()

    def ask(self):
        """Status and health; what they say is not looked at, as either may be what the allocation was for."""
        for path in ("/api/v1/status", "/healthz"):
            try:
                self.gateway.request(path)
            except OSError:
                pass


def stop(gateway, faults):
    """Ends the gateway, which must not have seen anything that a sanitizer or an assertion reports."""
    code = gateway.stop()
    errors = gateway.errors()
    if code != 0 or re.search(r"Sanitizer|runtime error|assertion failed", errors):
        faults.append((0, f"exit {code}: {errors[-6000:]}"))
    gateway.discard()


def on_server(program, name, pipeline, restarts=False):
    """`restarts`: a failed allocation may end the pool. Its next start would be delayed after a few of them, so each
    allocation gets a gateway of its own."""
    sys.path.insert(0, os.path.join(HERE, "../gateway"))
    from gateway import Gateway, wait_for
    with open(picture(name), "rb") as file:
        data = file.read()
    with tempfile.TemporaryDirectory(prefix="tilecast-torture-") as folder:
        plan = Plan(folder, program)
        faults, refused, closed, number, expected, server = [], 0, 0, 0, None, None
        while len(faults) < 5:
            if not server:
                store = ["--store", os.path.join(folder, "store")] if program == "tilecastd" else []
                gateway = Gateway("--solo", *store, environment=environment(folder))
                server = Server(gateway, data, pipeline, bool(store))
                wait_for("the pool", lambda: server.job()[0])
                expected = expected or server.job()[0]
                assert expected, "no result without a failure"
            number += 1
            plan.fail(number)
            result, sentence = server.job()
            if program == "tilecastd":
                server.ask()
            if not plan.failed():
                assert number > 1, f"{program} allocates nothing"
                break
            plan.fail(0)
            if gateway.process.poll() is not None:
                faults.append((number, "the gateway ended"))
                break
            if result is None:
                refused += 1
                closed += sentence.startswith("connection: ")
                if sentence == TIMED_OUT:
                    faults.append((number, "the job did not end"))
                elif not re.search(r"\w+ \w+", sentence):
                    faults.append((number, f"refused without a sentence: {sentence!r}"))
            elif result != expected:
                faults.append((number, "another result"))
            wait_for("the server to serve again", lambda: server.job()[0] == expected)
            if restarts:
                stop(gateway, faults)
                server = None
        stop(gateway, faults)
        for at, wrong in faults[:5]:
            print(f"{program}, allocation {at} of {number - 1}: {wrong}\n")
        print(f"{program}, {pipeline}: {number - 1} allocations failed in turn, {refused} jobs refused "
              f"({closed} by a closed connection), {len(faults)} faults")
        assert not faults


def gateway():
    on_server("tilecastd", "codes/one.png", "grayscale | read_codes")


def gateway_start():
    """A gateway of which one allocation fails before it has served anything: it starts, or ends with one sentence."""
    sys.path.insert(0, os.path.join(HERE, "../gateway"))
    from gateway import Gateway
    number, refused, faults, failed = 0, 0, [], True
    while failed:
        number += 1
        with tempfile.TemporaryDirectory(prefix="tilecast-torture-") as folder:
            plan = Plan(folder, "tilecastd")
            plan.fail(number)
            gateway = Gateway("--store", os.path.join(folder, "store"), standin=True, ready=False,
                              environment=environment(folder))
            ready = gateway.process.stdout.readline()
            code, errors, failed = gateway.stop(), gateway.errors(), plan.failed()
            if re.search(r"Sanitizer|runtime error|assertion failed", errors) or code != (0 if ready else 1):
                faults.append((number, f"exit {code}: {errors[-3000:]}"))
            elif not ready and not re.fullmatch(r"tilecastd: [^\n]+\n", errors):
                faults.append((number, f"without one sentence: {errors!r}"))
            refused += not ready
            gateway.check_clean()
            gateway.discard()
    for at, wrong in faults[:5]:
        print(f"tilecastd, allocation {at} of {number - 1}: {wrong}\n")
    print(f"tilecastd, start: {number - 1} allocations failed in turn, {refused} starts refused, {len(faults)} faults")
    assert not faults and refused > 0


def pool():
    on_server("tilecast-pool", "coffee_301x203.png", "resize width=60 | gaussian_blur | canny", restarts=True)
    on_server("tilecast-pool", "codes/one.png", "read_codes", restarts=True)


def pool_codec():
    on_server("tilecast-codec", "coffee_600x400.jpg", "resize width=60")
    on_server("tilecast-codec", "codes/one.png", "read_codes")


if __name__ == "__main__":
    {f.__name__: f for f in (run, lines, codes, codec, gateway, gateway_start, pool, pool_codec)}[sys.argv[1].replace("-", "_")]()
