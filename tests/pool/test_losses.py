"""Processes that are killed or stopped, or whose peer is."""
import contextlib
import os
import signal
import sys
import time
import unittest

import numpy
from pool import Pictures, Pool, check_codes, descendants, reference

# Long enough that a worker can be killed in the middle of it.
PIPELINE = 'bilateral d=25 | bilateral d=25 | canny'


class Losses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = Pictures()
        cls.file = cls.pictures.write('picture.png', cls.pictures.scene(2000, 1600))
        cls.expected = reference(cls.file, PIPELINE)
        cls.small = cls.pictures.write('small.jpg', cls.pictures.scene(640, 400))

    @classmethod
    def tearDownClass(cls):
        cls.pictures.clear()

    def start(self, pool, until, count=1):
        """A job of which `count` messages of type `until` have come."""
        job = pool.run(self.file, PIPELINE, 'both', preview=True)
        while len(job.of(until)) < count:
            self.assertIsNotNone(pool.receive())
        return job

    def kill(self, pool, rank, number=signal.SIGKILL):
        pool.quiet = False
        os.kill(pool.ranks[rank - 1]['pid'], number)

    def check_exact(self, job):
        self.assertEqual(job.end['type'], 'done', job.end)
        numpy.testing.assert_array_equal(job.assembled(), self.expected)
        numpy.testing.assert_array_equal(reference(job.out, ''), self.expected)

    def check_ended(self, pool, rank, job):
        """After a loss the pool finishes the jobs it has begun, then ends, to be started again."""
        while pool.receive() is not None:
            pass
        lost = [m for m in pool.others if m['type'] == 'rank']
        self.assertEqual([(m['rank'], m['state']) for m in lost], [(rank, 'lost')])
        self.assertIn(lost[0]['job'], (0, job.number))
        pool.expect_end()

    def test_worker_killed(self):
        for workers, mode, until, count, rank in ((2, 'distributed', 'tile', 5, 1), (2, 'distributed', 'tile', 30, 2),
                                                 (2, 'distributed', 'progress', 1, 1), (4, 'distributed', 'tile', 20, 3),
                                                 (2, 'whole', 'tile', 10, 1), (2, None, 'tile', 20, 2),
                                                 (2, None, 'tile', 10, 1)):
            with self.subTest(workers=workers, mode=mode, until=until, rank=rank):
                with Pool(workers, mode) as pool:
                    job = self.start(pool, until, count)
                    self.kill(pool, rank)
                    pool.wait_for('rank')
                    later = pool.run(self.small, 'invert')
                    self.assertTrue(pool.finish(job), 'the others go on')
                    self.check_exact(job)
                    self.check_ended(pool, rank, job)
                    self.assertIsNone(later.end, 'no job is begun after a loss')

    def test_worker_killed_while_it_reads_codes(self):
        """Another worker reads its region; codes that it has reported are not reported again."""
        png, codes = self.pictures.with_many_codes('many.png')
        jpeg, others = self.pictures.with_many_codes('many.jpg')
        for mode, file, codes, rank, count in (('distributed', png, codes, 1, 1), ('distributed', png, codes, 2, 1),
                                              ('distributed', png, codes, 2, 4), ('whole', png, codes, 1, 3),
                                              ('distributed', jpeg, others, 1, 1), ('whole', jpeg, others, 1, 1)):
            expected = reference(file, 'read_codes')
            with self.subTest(mode=mode, file=file, rank=rank, count=count), Pool(3, mode) as pool:
                job = pool.run(file, 'read_codes')
                while len(job.of('code')) < count:
                    self.assertIsNotNone(pool.receive())
                self.kill(pool, rank)
                self.assertTrue(pool.finish(job))
                self.assertEqual(job.end['type'], 'done', job.end)
                check_codes(self, job, codes)
                numpy.testing.assert_array_equal(job.assembled(), expected)
                self.check_ended(pool, rank, job)

    def test_code_reader_killed(self):
        """Its pass is skipped; the picture does not fail."""
        file, codes = self.pictures.with_many_codes('many.png')
        there = [text for text, _ in codes]
        for workers, mode in ((0, 'whole'), (2, 'distributed')):
            with self.subTest(mode=mode), Pool(workers, mode) as pool:
                job = pool.run(file, 'read_codes')
                while not job.of('code'):
                    self.assertIsNotNone(pool.receive())
                self.kill_codecs_until_end(pool, job)
                self.assertEqual(job.end['type'], 'done', job.end)
                self.assertIn('reader', job.end['warning'])
                texts = [code['text'] for code in job.of('code')]
                self.assertTrue(all(texts.count(text) <= there.count(text) for text in texts), texts)

    def test_idle_worker_killed(self):
        with Pool(2) as pool:
            self.kill(pool, 2)
            began = time.monotonic()
            while pool.receive(5) is not None:
                pass
            self.assertLess(time.monotonic() - began, 2, 'the process table shows it at once')
            pool.expect_end()

    def test_all_workers_killed(self):
        for mode in ('distributed', 'whole'):
            with Pool(2, mode) as pool:
                job = self.start(pool, 'tile')
                self.kill(pool, 1)
                self.kill(pool, 2)
                began = time.monotonic()
                self.assertFalse(pool.finish(job))
                self.assertLess(time.monotonic() - began, 2)
                pool.expect_end()
            # The gateway then submits the same job with the same files to a new pool.
            with Pool(2, mode) as pool:
                again = self.start(pool, 'tile')
                self.assertTrue(pool.finish(again))
                self.check_exact(again)

    def test_picture_that_kills_twice(self):
        with Pool(3, 'whole') as pool:
            job = self.start(pool, 'tile')
            self.kill(pool, next(job.tiles())[3])
            other = next(m for m in iter(pool.receive, None) if m['type'] == 'rank')
            self.assertEqual(other['job'], job.number)
            seen = len(job.of('tile'))
            while len(job.of('tile')) < seen + 5:
                pool.receive()
            self.kill(pool, list(job.tiles())[-1][3])
            self.assertTrue(pool.finish(job))
            self.assertEqual(job.end['type'], 'failed')
            self.assertIn('2 workers', job.end['error'])
            while pool.receive() is not None:
                pass
            pool.expect_end()

    def test_picture_that_killed_in_another_pool(self):
        with Pool(2, 'whole') as pool:
            job = pool.run(self.file, PIPELINE, losses=1, preview=True)
            while not job.of('tile'):
                pool.receive()
            self.kill(pool, next(job.tiles())[3])
            self.assertTrue(pool.finish(job))
            self.assertEqual(job.end['type'], 'failed')
            while pool.receive() is not None:
                pass

    def test_stopped_worker(self):
        with Pool(2, 'distributed') as pool:
            job = self.start(pool, 'tile', 10)
            began = time.monotonic()
            self.kill(pool, 2, signal.SIGSTOP)
            self.assertTrue(pool.finish(job, timeout=60))
            self.assertGreater(time.monotonic() - began, 5)
            self.check_exact(job)
            self.check_ended(pool, 2, job)

    def named(self, pool, name):
        found = []
        for pid in descendants(pool.process.pid):
            try:
                with open(f'/proc/{pid}/comm') as f:
                    if f.read().strip() == name:
                        found.append(pid)
            except OSError:  # it has just ended
                pass
        return found

    def kill_named(self, pool, name):
        for pid in self.named(pool, name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_codecs_until_end(self, pool, job):
        """Repeatedly, because an idle codec process is replaced without a fault for the job."""
        while job.end is None:
            self.kill_named(pool, 'tilecast-codec')
            with contextlib.suppress(TimeoutError):
                pool.receive(0.02)

    def test_codec_process_killed(self):
        # Noise takes long to encode.
        noise = numpy.random.default_rng(3).integers(0, 256, (2000, 3000, 3), numpy.uint8)
        noise = self.pictures.write('noise.jpg', noise)
        for workers, mode in ((0, 'whole'), (2, 'distributed')):
            with Pool(workers, mode) as pool:
                job = pool.run(noise, 'invert', 'file')
                while 'encode' not in [m['step'] for m in job.of('progress')]:
                    pool.receive()
                self.kill_codecs_until_end(pool, job)
                self.assertEqual(job.end['type'], 'failed')
                self.assertIn('codec process', job.end['error'])
                again = pool.run(self.small, 'invert')
                self.assertTrue(pool.finish(again))
                self.assertEqual(again.end['type'], 'done', again.end)

    def test_mpirun_killed(self):
        with Pool(3, 'distributed') as pool:
            self.start(pool, 'tile')
            pool.below |= set(descendants(pool.process.pid))
            pool.quiet = False
            pool.process.kill()
            pool.closed = True
            pool.expect_end()

    def test_scheduler_killed(self):
        with Pool(2, 'distributed') as pool:
            self.start(pool, 'tile')
            workers = {rank['pid'] for rank in pool.ranks}
            below = set(descendants(pool.process.pid))
            others = [pid for pid in self.named(pool, 'tilecast-pool') if pid not in workers]
            self.assertEqual(len(others), 1)
            pool.below |= below
            pool.quiet = False
            os.kill(others[0], signal.SIGKILL)
            pool.closed = True
            pool.expect_end()

    def test_gateway_gone(self):
        for workers, mode in ((0, 'whole'), (2, 'distributed'), (2, 'whole')):
            with Pool(workers, mode) as pool:
                self.start(pool, 'tile')
                pool.below |= set(descendants(pool.process.pid))
                pool.socket.close()
                pool.closed = True
                pool.expect_end()

    def test_terminated(self):
        for workers, busy in ((0, True), (0, False), (2, True), (2, False)):
            with Pool(workers) as pool:
                if busy:
                    self.start(pool, 'tile')
                pool.below |= set(descendants(pool.process.pid))
                pool.process.terminate()
                while pool.receive() is not None:
                    pass
                pool.quiet = workers == 0  # mpirun reports it
                pool.expect_end()

    def test_quit_in_the_middle(self):
        for workers, mode in ((0, 'whole'), (2, 'distributed'), (2, 'whole')):
            with Pool(workers, mode) as pool:
                self.start(pool, 'tile')
                began = time.monotonic()
                pool.send(type='quit')
                while pool.receive() is not None:
                    pass
                pool.expect_end()
                self.assertLess(time.monotonic() - began, 3)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
