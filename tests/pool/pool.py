"""A pool under test, and the gateway's side of its socket."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import cv2
import numpy

HEADER = 32
BIN = sys.argv[1] if len(sys.argv) > 1 else ''
PIXELS = 120_000_000


def program(name):
    return os.path.join(BIN, name)


def alive(pid):
    """True for a process that exists and is not a zombie."""
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')', 1)[1].split()[0] not in 'ZX'
    except OSError:
        return False


def descendants(pid):
    """All descendants of this process."""
    children = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                with open(f'/proc/{entry}/stat') as f:
                    children.setdefault(int(f.read().rsplit(')', 1)[1].split()[1]), []).append(int(entry))
            except OSError:
                pass
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        with open(f'/proc/{pid}/stat') as f:
            fields = f.read().rsplit(')', 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf('SC_CLK_TCK')


class Job:
    def __init__(self, number, picture, pipeline, folder):
        self.number, self.picture, self.pipeline = number, picture, pipeline
        self.tiles_path = os.path.join(folder, f'{number}.tiles')
        self.out = os.path.join(folder, f'{number}.out')
        self.messages = []
        self.times = []

    def of(self, kind):
        return [m for m in self.messages if m['type'] == kind]

    @property
    def end(self):
        return next((m for m in self.messages if m['type'] in ('done', 'failed', 'cancelled')), None)

    def tiles(self):
        """(stage, x, y, worker, preview, pixels) of every reported record, read from the tile file."""
        with open(self.tiles_path, 'rb') as f:
            for message in self.of('tile'):
                f.seek(message['offset'])
                record = f.read(message['length'])
                kind, channels, stage, _, job, length, worker, x, y, width, height = \
                    struct.unpack('<BBBBIIIIIII', record[:HEADER])
                assert (kind, job, length) == (2, self.number, width * height * channels), record[:HEADER]
                assert message['length'] == HEADER + length
                yield (stage, x, y, worker, message['preview'],
                       numpy.frombuffer(record[HEADER:], numpy.uint8).reshape(height, width, channels))

    def assembled(self):
        """The result assembled from the last stage's tiles, which must cover every pixel."""
        stages = self.of('picture')[-1]['stages']
        last = stages[-1]
        picture = numpy.zeros((last['height'], last['width'], last['channels']), numpy.uint8)
        seen = numpy.zeros(picture.shape[:2], bool)
        for stage, x, y, _, preview, pixels in self.tiles():
            assert preview == (stage != len(stages) - 1)
            if not preview:
                h, w = pixels.shape[:2]
                picture[y:y + h, x:x + w] = pixels
                seen[y:y + h, x:x + w] = True
        assert seen.all(), 'the result has holes'
        return picture


class Pool:
    def __init__(self, workers, mode=None, max_pixels=PIXELS, hostfile=None):
        self.folder = tempfile.mkdtemp(prefix='tilecast-pool-')
        path = os.path.join(self.folder, 's')
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        args = [program('tilecast-pool'), program('tilecast-codec'), path, str(workers), str(max_pixels)]
        args += [hostfile] if hostfile else []
        argv = subprocess.run([program('pool-launch-args')] + args, check=True, capture_output=True,
                              text=True).stdout.splitlines()
        env = dict(os.environ)
        env.pop('TILECAST_POOL_MODE', None)
        if mode:
            env['TILECAST_POOL_MODE'] = mode
        self.stderr = open(os.path.join(self.folder, 'stderr'), 'w+')
        self.began = time.monotonic()
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.stderr, stderr=self.stderr, env=env,
                                        start_new_session=True)
        listener.settimeout(60)
        try:
            self.socket, _ = listener.accept()
        except TimeoutError:
            for pid in [self.process.pid, *descendants(self.process.pid)]:
                os.kill(pid, signal.SIGKILL)
            raise AssertionError('the pool has not started\n' + self.errors()) from None
        finally:
            listener.close()
        self.buffer = b''
        self.jobs = {}
        self.others = []
        self.closed = False
        self.quiet = True
        self.below = set()
        self.ranks = [rank for rank in self.wait_for('hello')['ranks'] if rank['rank'] > 0]
        self.below = set(descendants(self.process.pid))
        self.started = time.monotonic() - self.began
        assert len(self.ranks) == max(workers, 1), self.ranks

    # ---- messages

    def send(self, **message):
        text = json.dumps(message).encode()
        self.socket.sendall(struct.pack('<BBBBIIIIIII', 0, 0, 0, 0, 0, len(text), 0, 0, 0, 0, 0) + text)

    def receive(self, timeout=60):
        """The next message, also appended to its job; None when the pool has ended."""
        deadline = time.monotonic() + timeout
        while True:
            if len(self.buffer) >= HEADER:
                size = HEADER + struct.unpack_from('<I', self.buffer, 8)[0]
                if len(self.buffer) >= size:
                    assert self.buffer[0] == 0
                    message = json.loads(self.buffer[HEADER:size])
                    self.buffer = self.buffer[size:]
                    job = self.jobs.get(message.get('job'))
                    if job and message['type'] != 'rank':
                        job.messages.append(message)
                        job.times.append(time.monotonic())
                    else:
                        self.others.append(message)
                    return message
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                data = b''
            if not data:
                self.closed = True
                return None
            self.buffer += data

    def wait_for(self, kind, timeout=60):
        while True:
            message = self.receive(timeout)
            assert message is not None, f'the pool ended before "{kind}"\n' + self.errors()
            if message['type'] == kind:
                return message

    def errors(self):
        self.stderr.flush()
        with open(self.stderr.name) as f:
            return f.read()

    # ---- jobs

    def run(self, picture, pipeline, want='tiles', **options):
        number = len(self.jobs) + 1
        job = self.jobs[number] = Job(number, picture, pipeline, self.folder)
        job.began = time.monotonic()
        self.send(type='run', job=number, size=os.path.getsize(picture), upload=picture, tiles=job.tiles_path,
                  out=job.out, pipeline=pipeline, want=want, **options)
        return job

    def finish(self, *jobs, timeout=90):
        """Waits for the end of these jobs. False when the pool ends first."""
        deadline = time.monotonic() + timeout
        while any(job.end is None for job in jobs):
            if self.receive(deadline - time.monotonic()) is None:
                return False
        return True

    def expect_end(self, timeout=5):
        """Waits until every process of the pool has ended."""
        self.below |= set(descendants(self.process.pid))
        self.process.wait(timeout)
        deadline = time.monotonic() + 2
        while any(alive(pid) for pid in self.below):
            assert time.monotonic() < deadline, f'left over: {[p for p in self.below if alive(p)]}'
            time.sleep(0.01)

    def close(self):
        """Ends the pool as the gateway does. No process may be left; if nothing was killed, stderr must be empty."""
        if not self.closed:
            self.below |= set(descendants(self.process.pid))
            self.send(type='quit')
        self.expect_end()
        errors = self.errors()
        self.discard()
        if self.quiet:
            assert errors == '', errors
            assert self.process.returncode == 0, self.process.returncode

    def discard(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.stderr.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
            return
        for pid in {self.process.pid, *self.below, *descendants(self.process.pid)}:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        print('stderr of the pool:', self.errors(), file=sys.stderr)
        self.discard()


def reference(picture, pipeline):
    """The correct result."""
    env = dict(os.environ, ASAN_OPTIONS='detect_leaks=0')  # zbar leaks a little
    out = subprocess.run([program('reference'), picture, pipeline], check=True, stdout=subprocess.PIPE,
                         env=env).stdout
    width, height, channels = struct.unpack('<III', out[:12])
    return numpy.frombuffer(out[12:], numpy.uint8).reshape(height, width, channels)


class Pictures:
    """Generated pictures, in a temporary folder."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='tilecast-pictures-')
        self.random = numpy.random.default_rng(7)

    def clear(self):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def scene(self, width, height, channels=3):
        """Soft shapes and some noise: edges at every scale."""
        small = self.random.integers(0, 256, (height // 24 + 2, width // 24 + 2, channels), numpy.uint8)
        picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, channels)
        noise = self.random.integers(0, 12, picture.shape, numpy.uint8)
        return cv2.add(picture, noise).reshape(height, width, channels)

    def write(self, name, pixels, *options):
        path = self.path(name)
        assert cv2.imwrite(path, pixels, list(options))
        return path

    def with_code(self, name, text, width=700, height=500):
        picture = numpy.full((height, width, 3), 180, numpy.uint8)
        self.put_code(picture, text, 6, 60, 40)
        return self.write(name, picture)

    @staticmethod
    def put_code(picture, text, module, x, y):
        """Draws a code with its margin; returns the corners of the code itself."""
        code = cv2.QRCodeEncoder_create().encode(text)
        code = cv2.resize(code[2:-2, 2:-2], None, fx=module, fy=module, interpolation=cv2.INTER_NEAREST)
        size, margin = code.shape[0], 5 * module
        code = cv2.copyMakeBorder(code, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=255)
        picture[y:y + code.shape[0], x:x + code.shape[1]] = code[:, :, None]
        left, top, right, bottom = x + margin, y + margin, x + margin + size, y + margin + size
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    def with_many_codes(self, name, width=3300, height=2500):
        """A scene with codes of all sizes, on the borders of regions too; their texts and corners."""
        picture = self.scene(width, height)
        codes = [('small', 3, 40, 30), ('large', 40, 100, 500), ('twice', 8, 1500, 100), ('twice', 8, 2000, 100),
                 ('across', 16, 1500, 1000), ('middle', 12, 2500, 300), ('a little more text', 6, 2700, 2100),
                 ('fine', 2, 3100, 2300), ('corner', 5, 60, 2250), ('below', 20, 1600, 1700)]
        corners = [(code[0], self.put_code(picture, *code)) for code in codes]
        return self.write(name, picture, cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_JPEG_QUALITY, 90), corners


def check_codes(test, job, expected, where=''):
    """Every code was reported once, with its corners."""
    test.assertEqual(sorted(code['text'] for code in job.of('code')), sorted(text for text, _ in expected), where)
    for text, corners in expected:
        off = [numpy.abs(numpy.array(code['points']) - corners).max() for code in job.of('code') if code['text'] == text]
        test.assertLessEqual(min(off), 2, f'{where}: {text}')
