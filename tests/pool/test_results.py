"""Every mode of the pool gives exactly the pixels of the reference: one process, one loop."""
import sys
import unittest

import cv2
import numpy
from pool import Pictures, Pool, check_codes, reference

PIPELINES = [
    '',
    'invert',
    'gaussian_blur ksize=9 | canny',
    'canny low=20 high=60 | invert | equalize',
    'equalize | resize width=333 | sharpen',
    'flip axis=both | crop x=17 y=5 width=401 height=300 | gaussian_blur ksize=31',
    'threshold method=otsu',
    'lines threshold=30 min_length=20',
    'invert | lines max_gap=3 | gaussian_blur',
    'read_codes',
    'gaussian_blur ksize=3 | read_codes draw=no | grayscale',
]


class Results(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = Pictures()
        scene = cls.pictures.scene(801, 577)
        alpha = cls.pictures.scene(300, 200, 4)
        cls.files = [
            cls.pictures.write('scene.png', scene),
            cls.pictures.write('scene.jpg', scene, cv2.IMWRITE_JPEG_QUALITY, 85),
            cls.pictures.write('alpha.png', alpha),
            cls.pictures.write('grey.png', scene[:, :, 0]),
            cls.pictures.write('narrow.png', scene[:, :3]),
            cls.pictures.write('dot.png', scene[:1, :1]),
            cls.pictures.with_code('code.png', 'tilecast'),
        ]
        cls.expected = {}
        for pipeline in PIPELINES:
            for file in cls.files:
                if 'crop' not in pipeline or file in cls.files[:2]:
                    cls.expected[file, pipeline] = reference(file, pipeline)

    @classmethod
    def tearDownClass(cls):
        cls.pictures.clear()

    def check(self, workers, mode, tile=None):
        options = {} if tile is None else {'tile': tile}
        with Pool(workers, mode) as pool:
            jobs = [pool.run(file, pipeline, 'both', **options) for file, pipeline in self.expected]
            self.assertTrue(pool.finish(*jobs))
            for job in jobs:
                where = f'{job.picture} {job.pipeline!r}, {workers} workers, {mode}'
                self.assertEqual(job.end['type'], 'done', f'{where}: {job.end}')
                expected = self.expected[job.picture, job.pipeline]
                numpy.testing.assert_array_equal(job.assembled(), expected, where)
                numpy.testing.assert_array_equal(reference(job.out, ''), expected, where)
                self.assertEqual((job.end['height'], job.end['width'], job.end['channels']), expected.shape)

    def test_one_process(self):
        self.check(0, 'whole')
        self.check(0, 'distributed', tile=64)

    def test_one_worker(self):
        self.check(1, 'distributed')
        self.check(1, None, tile=100)

    def test_two_workers(self):
        self.check(2, 'distributed', tile=128)
        self.check(2, 'whole', tile=0)
        self.check(2, None)

    def test_four_workers(self):
        self.check(4, 'distributed')
        self.check(4, None, tile=64)

    def test_hostfile(self):
        path = self.pictures.path('hosts')
        with open(path, 'w') as f:
            f.write('localhost slots=2\n')
        with Pool(2, 'distributed', hostfile=path) as pool:
            job = pool.run(self.files[0], 'invert')
            self.assertTrue(pool.finish(job))
            numpy.testing.assert_array_equal(job.assembled(), self.expected[self.files[0], 'invert'])

    def test_one_tile_beyond_a_record(self):
        # 90 million bytes: more than the limit of a TILE record, and of one part of a message.
        picture = numpy.tile(self.pictures.scene(1000, 600), (10, 5, 1))
        file = self.pictures.write('large.png', picture, cv2.IMWRITE_PNG_COMPRESSION, 1)
        with Pool(2, 'distributed') as pool:
            job = pool.run(file, 'flip axis=both', tile=0)
            self.assertTrue(pool.finish(job))
            self.assertEqual(job.end['type'], 'done', job.end)
            numpy.testing.assert_array_equal(job.assembled(), cv2.cvtColor(picture[::-1, ::-1], cv2.COLOR_BGR2RGB))

    def test_previews(self):
        file = self.files[0]
        for workers, mode in ((0, 'whole'), (2, 'distributed'), (2, 'whole')):
            with Pool(workers, mode) as pool:
                plain = pool.run(file, 'gaussian_blur | canny | equalize')
                job = pool.run(file, 'gaussian_blur | canny | equalize', preview=True)
                self.assertTrue(pool.finish(plain, job))
                stages = job.of('picture')[0]['stages']
                self.assertGreater(len(stages), 1)
                counts = [0] * len(stages)
                for stage, _, _, worker, preview, pixels in job.tiles():
                    counts[stage] += 1
                    self.assertEqual(preview, stage < len(stages) - 1)
                    self.assertEqual(pixels.shape[2], stages[stage]['channels'])
                    self.assertIn(worker, range(1, max(workers, 1) + 1))
                self.assertEqual(counts, [stage['tiles'] for stage in stages])
                self.assertTrue(all(not m['preview'] for m in plain.of('tile')))
                numpy.testing.assert_array_equal(job.assembled(), plain.assembled())

    def test_lines(self):
        """The list does not depend on the number of workers, and precedes the tiles in which it is drawn."""
        pipeline = 'lines threshold=20 min_length=10 | lines'  # two lists
        first = None
        for workers, mode in ((0, 'whole'), (1, 'distributed'), (2, 'distributed'), (2, 'whole'), (4, 'distributed')):
            with Pool(workers, mode) as pool:
                jobs = [pool.run(self.files[0], pipeline, tile=tile) for tile in (64, 200)]
                self.assertTrue(pool.finish(*jobs))
            for job in jobs:
                where = f'{workers} {mode}'
                self.assertEqual(job.end['type'], 'done', f'{where}: {job.end}')
                lists = []
                for part in job.of('lines'):
                    if part['from'] == 0:
                        lists.append([])
                    self.assertEqual(part['from'], len(lists[-1]), where)
                    lists[-1] += part['lines']
                    self.assertTrue(len(lists[-1]) == part['total'] or len(part['lines']) == 500, where)
                self.assertEqual(len(lists), 2, where)
                self.assertGreater(len(lists[0]), 500)
                lengths = [(x2 - x1) ** 2 + (y2 - y1) ** 2 for x1, y1, x2, y2 in lists[0]]
                self.assertEqual(lengths, sorted(lengths, reverse=True))
                first = first or lists
                self.assertEqual(lists, first, where)
                kinds = [m['type'] for m in job.messages]
                self.assertLess(kinds.index('lines'), kinds.index('tile'), where)

    def test_codes_of_a_large_picture(self):
        """Read in regions: each code is reported once, and the drawing does not depend on the number of workers."""
        file, codes = self.pictures.with_many_codes('many.png')
        expected = reference(file, 'read_codes')
        for workers, mode in ((0, 'whole'), (1, 'distributed'), (2, 'distributed'), (2, 'whole'), (4, 'distributed'),
                              (2, None)):
            where = f'{workers} {mode}'
            with Pool(workers, mode) as pool:
                job = pool.run(file, 'read_codes')
                self.assertTrue(pool.finish(job))
                self.assertEqual((job.end['type'], job.end['warning']), ('done', ''), where)
                check_codes(self, job, codes, where)
                numpy.testing.assert_array_equal(job.assembled(), expected, where)
                done = [m['done'] / m['total'] for m in job.of('progress')]
                self.assertEqual(done, sorted(done), where)
                reading = [m for m in job.of('progress') if m['step'] == 'read_codes']
                self.assertGreater(len({m['done'] for m in reading}), 2, where)

    def test_codes_before_the_picture_is_decoded(self):
        """The prescan of a large JPEG; each code is still reported only once."""
        file, codes = self.pictures.with_many_codes('many.jpg')
        for workers, mode in ((0, 'whole'), (2, 'distributed'), (2, 'whole')):
            where = f'{workers} {mode}'
            with Pool(workers, mode) as pool:
                job = pool.run(file, 'read_codes symbologies=qr | invert', 'both')
                self.assertTrue(pool.finish(job))
                self.assertEqual(job.end['type'], 'done', job.end)
                check_codes(self, job, codes, where)
                self.assertEqual(len(job.of('picture')), 1, where)
                before = []
                for message in job.messages:
                    if message['type'] == 'progress' and message['step'] != 'decode':
                        break
                    before.append(message['type'])
                self.assertIn('code', before, where)
                self.assertLess(before.index('picture'), before.index('code'), where)
                # No prescan when another step comes first, nor for other symbologies. The first step takes long enough
                # to be noticed.
                later = pool.run(file, 'bilateral | read_codes')
                others = pool.run(file, 'read_codes symbologies=ean13')
                self.assertTrue(pool.finish(later, others))
                self.assertEqual(others.of('code'), [])
                self.assertNotEqual(later.of('code'), [])
                step = next(i for i, m in enumerate(later.messages) if m['type'] == 'progress' and m['step'] != 'decode')
                self.assertNotIn('code', [m['type'] for m in later.messages[:step]], where)

    def test_codes_come_first(self):
        file = self.pictures.with_code('first.png', 'https://example.org/ä', 2400, 2000)
        for workers, mode in ((0, 'whole'), (1, 'distributed'), (2, 'distributed'), (2, 'whole')):
            for before in ('', 'invert | invert | '):
                with Pool(workers, mode) as pool:
                    job = pool.run(file, before + 'read_codes | gaussian_blur ksize=15')
                    self.assertTrue(pool.finish(job))
                    kinds = [m['type'] for m in job.messages]
                    codes = job.of('code')
                    self.assertEqual([c['text'] for c in codes], ['https://example.org/ä'], f'{workers} {mode}')
                    self.assertEqual(len(codes[0]['points']), 4)
                    self.assertLess(kinds.index('code'), kinds.index('tile'), 'before the later steps')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
