"""Many jobs, cancelled ones, broken ones; progress; pings."""
import os
import sys
import time
import unittest

import cv2
import numpy
from pool import Pictures, Pool, program, reference


class Jobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = Pictures()
        cls.small = cls.pictures.write('small.jpg', cls.pictures.scene(640, 400))
        # Sanitizers slow the kernels down by about the same factor.
        light = 'TILECAST_LIGHT' in os.environ
        cls.large = cls.pictures.write('large.jpg', cls.pictures.scene(*((1500, 1000) if light else (3000, 2000))))
        cls.tile = 32 if light else 64

    @classmethod
    def tearDownClass(cls):
        cls.pictures.clear()

    def test_many_at_once(self):
        pipelines = ['invert', 'gaussian_blur ksize=7 | canny', 'equalize']
        expected = {p: reference(self.small, p) for p in pipelines}
        for workers, mode in ((0, None), (2, None), (4, 'distributed'), (4, None)):
            with Pool(workers, mode) as pool:
                jobs = [pool.run(self.small, pipelines[i % 3], 'both', format='png') for i in range(30)]
                self.assertTrue(pool.finish(*jobs))
                for job in jobs:
                    self.assertEqual(job.end['type'], 'done', job.end)
                    numpy.testing.assert_array_equal(job.assembled(), expected[job.pipeline])
                    self.assertEqual(os.path.getsize(job.out), job.end['bytes'])

    def test_mode_by_load(self):
        with Pool(2) as pool:
            # Only tiles of the last stage are reported, so it must be long enough for both workers to compute some.
            alone = pool.run(self.large, 'canny | bilateral | bilateral')
            self.assertTrue(pool.finish(alone))
            shared = {tile[3] for tile in alone.tiles()}
            self.assertEqual(shared, {1, 2}, 'one picture over all workers')
            crowd = [pool.run(self.small, 'canny') for _ in range(12)]
            self.assertTrue(pool.finish(*crowd))
            by_job = [{tile[3] for tile in job.tiles()} for job in crowd]
            self.assertTrue(all(len(workers) == 1 for workers in by_job), f'one picture per worker: {by_job}')
            self.assertEqual(set.union(*by_job), {1, 2})

    def test_granted_cores(self):
        # Only tiles of the last stage are reported, so it must be long enough for a granted core to compute some.
        pipelines = ['canny | bilateral', 'equalize | lines | bilateral', 'contours | bilateral',
                     'gaussian_blur ksize=31 | bilateral', 'bilateral | read_codes']
        for workers, pipeline in [(2, p) for p in pipelines] + [(4, 'sharpen | lines | bilateral')]:
            with Pool(workers) as pool:
                job = pool.run(self.large, pipeline, 'both', preview=True)
                self.assertTrue(pool.finish(job))
                numpy.testing.assert_array_equal(job.assembled(), reference(self.large, pipeline), pipeline)
                numpy.testing.assert_array_equal(reference(job.out, ''), job.assembled(), pipeline)
                self.assertGreater(len({tile[3] for tile in job.tiles()}), 1, f'{pipeline} on more than one core')
                self.check_rising(job)

    def test_granted_cores_are_returned(self):
        with Pool(2) as pool:
            first = pool.run(self.large, 'bilateral d=25 | bilateral d=25 | bilateral d=25', tile=self.tile)
            while len(first.of('tile')) < 50:
                pool.receive()
            self.assertEqual({tile[3] for tile in first.tiles()}, {1, 2})
            second = pool.run(self.large, 'bilateral d=9', tile=self.tile)
            self.assertTrue(pool.finish(second))
            self.assertIsNone(first.end, 'the first takes longer')
            self.assertTrue(pool.finish(first))
            workers = {job: [tile[3] for tile in job.tiles()] for job in (first, second)}
            self.assertEqual(set(workers[second]), {2})
            begun, done = second.times[second.messages.index(second.of('picture')[0])], second.times[-1]
            times = [t for t, m in zip(first.times, first.messages) if m['type'] == 'tile']
            during = [w for t, w in zip(times, workers[first]) if begun < t < done]
            later = [w for t, w in zip(times, workers[first]) if t > done]
            self.assertGreater(during.count(1), 10)
            self.assertLessEqual(during.count(2), 2, 'at most the task in progress')
            self.assertIn(2, later, 'granted again')
            for job in (first, second):
                numpy.testing.assert_array_equal(job.assembled(), reference(self.large, job.pipeline))

    def check_rising(self, job):
        shares = [m['done'] / m['total'] for m in job.of('progress')]
        self.assertEqual(shares, sorted(shares), 'progress never falls')
        self.assertEqual(shares[-1], 1)

    def check_progress(self, job):
        steps = job.of('progress')
        shares = [m['done'] / m['total'] for m in steps]
        self.assertEqual(shares, sorted(shares), 'progress never falls')
        self.assertGreater(len(steps), 3)
        kinds = [m['type'] for m in job.messages]
        for message, share in zip(steps, shares):
            if message is not steps[-1]:
                self.assertLess(share, 1)
        self.assertEqual(shares[-1], 1)
        self.assertEqual(kinds[-2:], ['progress', 'done'])
        times = [t for t, m in zip(job.times, job.messages) if m['type'] == 'progress']
        self.assertEqual(steps[0]['step'], 'decode')
        self.assertIn('encode', [m['step'] for m in steps])
        self.assertIn('bilateral, gaussian_blur, canny', [m['step'] for m in steps])
        self.assertTrue(any(m['eta_ms'] >= 0 for m in steps[:-1]))
        return times

    def test_progress(self):
        for workers, mode in ((0, 'whole'), (2, 'distributed'), (2, 'whole')):
            with Pool(workers, mode) as pool:
                job = pool.run(self.large, 'bilateral d=15 | gaussian_blur ksize=21 | canny', 'both')
                self.assertTrue(pool.finish(job))
                self.check_progress(job)

    def test_cancel(self):
        for workers, mode in ((0, 'whole'), (0, 'distributed'), (1, 'whole'), (2, 'distributed'), (2, 'whole'),
                              (2, None)):
            for until in ('progress', 'tile'):
                with Pool(workers, mode) as pool:
                    first = pool.run(self.large, 'gaussian_blur ksize=99 | gaussian_blur ksize=99 | canny', preview=True)
                    while not first.of(until):
                        pool.receive()
                    waiting = [pool.run(self.large, 'invert') for _ in range(6)]
                    began = time.monotonic()
                    for job in [first] + waiting:
                        pool.send(type='cancel', job=job.number)
                    self.assertTrue(pool.finish(first, *waiting))
                    self.assertEqual(first.end['type'], 'cancelled')
                    self.assertIn('cancelled', [job.end['type'] for job in waiting])
                    took = time.monotonic() - began
                    after = pool.run(self.small, 'invert')
                    self.assertTrue(pool.finish(after))
                    self.assertEqual(after.end['type'], 'done')
                    self.assertLess(took, 2)
                    self.assertLess(time.monotonic() - began, 5, f'the workers are free again: {workers} {mode}')
                    numpy.testing.assert_array_equal(after.assembled(), reference(self.small, 'invert'))
                    self.assertEqual(first.messages[-1]['type'], 'cancelled', 'nothing comes after it')

    def test_cancel_without_job(self):
        with Pool(0) as pool:
            pool.send(type='cancel', job=99)
            job = pool.run(self.small, 'invert')
            self.assertTrue(pool.finish(job))
            pool.send(type='cancel', job=job.number)
            pool.send(type='ping', id=5)
            self.assertTrue(pool.wait_for('pong')['ok'])
            self.assertEqual(job.messages[-1]['type'], 'done')

    def test_broken_pictures(self):
        def read(path):
            with open(path, 'rb') as f:
                return f.read()

        whole = read(self.small)
        bad = {
            'text.png': b'this is no picture',
            'empty.jpg': b'',
            'cut.png': read(self.pictures.write('x.png', self.pictures.scene(99, 99)))[:4000],
        }
        for name, data in bad.items():
            with open(self.pictures.path(name), 'wb') as f:
                f.write(data)
        cut = self.pictures.path('cut.jpg')
        with open(cut, 'wb') as f:
            f.write(whole[:len(whole) // 2])
        for workers, mode in ((0, 'whole'), (2, 'distributed'), (2, None)):
            with Pool(workers, mode) as pool:
                broken = [pool.run(self.pictures.path(name), 'invert') for name in bad]
                incomplete = pool.run(cut, 'invert')
                wrong = pool.run(self.small, 'crop x=5000')
                good = pool.run(self.small, 'invert', 'file')
                self.assertTrue(pool.finish(*broken, incomplete, wrong, good))
                for job in broken + [wrong]:
                    self.assertEqual(job.end['type'], 'failed', job.picture)
                    self.assertGreater(len(job.end['error']), 10)
                self.assertEqual(incomplete.end['type'], 'done')
                self.assertNotEqual(incomplete.end['warning'], '', 'a cut JPEG is delivered with a warning')
                self.assertEqual(good.end['type'], 'done')
                numpy.testing.assert_array_equal(reference(good.out, ''), reference(self.small, 'invert'))

    def test_inaccessible_files(self):
        with Pool(0) as pool:
            nothing = pool.run(self.small, 'invert')
            self.assertTrue(pool.finish(nothing))
            job = pool.jobs[7] = type(nothing)(7, self.small, 'invert', '/nowhere')
            pool.send(type='run', job=7, size=1, upload=self.small, tiles=job.tiles_path, out=job.out,
                      pipeline='invert', want='file')
            self.assertTrue(pool.finish(job))
            self.assertEqual((job.end['type'], job.end['status']), ('failed', 'io_error'), job.end)
            job = pool.jobs[8] = type(nothing)(8, self.small, 'invert', pool.folder)
            pool.send(type='run', job=8, size=1, upload='/nowhere/x', tiles=job.tiles_path, out=job.out,
                      pipeline='invert', want='file')
            self.assertTrue(pool.finish(job))
            self.assertEqual((job.end['type'], job.end['status']), ('failed', 'io_error'), job.end)

    def test_limit_of_pixels(self):
        with Pool(2, max_pixels=1_000_000) as pool:
            job = pool.run(self.large, 'invert')
            grown = pool.run(self.small, 'resize scale=8')
            self.assertTrue(pool.finish(job, grown))
            self.assertEqual(job.end['type'], 'failed')
            self.assertEqual(grown.end['type'], 'failed')
            self.assertIn('megapixels', grown.end['error'])

    def test_ping_beside_work(self):
        with Pool(2, 'whole') as pool:
            jobs = [pool.run(self.large, 'gaussian_blur ksize=99 | canny', 'file') for _ in range(4)]
            for i in range(5):
                pool.send(type='ping', id=i)
                pong = pool.wait_for('pong', 10)
                self.assertTrue(pong['ok'])
                self.assertEqual(pong['id'], i)
            self.assertTrue(any(job.end is None for job in jobs))

    def test_wrong_arguments(self):
        import subprocess
        for args in ([], ['--socket', 'x'], ['--nonsense'], ['--socket', 'x', '--codec', 'y', '--max-pixels', '-1']):
            run = subprocess.run([program('tilecast-pool')] + args, capture_output=True, text=True)
            self.assertEqual(run.returncode, 2)
            self.assertIn('usage:', run.stderr)
        run = subprocess.run([program('tilecast-pool'), '--solo', '--socket', '/nowhere/s', '--codec', 'y'],
                             capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn('/nowhere/s', run.stderr)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
