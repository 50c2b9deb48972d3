"""Every operation with random parameters: 1, 2 and 4 workers at the CPU's best level give the pixels, or
the sentence, of one process that computes one tile at the scalar level.

usage: test_sweep.py BIN ORACLE_SHIM; TILECAST_SWEEP sets the parameter sets for each operation (default 200)."""
import os
import sys
import unittest

import numpy
from pool import Pictures, Pool

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'oracle'))
from core import Failure  # noqa: E402
from oracle import Oracle  # noqa: E402

SETS = int(os.environ.get('TILECAST_SWEEP', '200'))
SEED = 20250131
WAITING = 64  # jobs in flight


class Sweep(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pictures = Pictures()
        cls.oracle = Oracle(sys.argv[2], SEED)
        sizes = ((97, 61), (128, 64), (61, 97), (40, 33))
        scenes = [cls.pictures.scene(w, h, channels) for channels, (w, h) in zip((1, 3, 3, 4), sizes)]
        files = [cls.pictures.write(f'{i}.png', scene) for i, scene in enumerate(scenes)]
        cls.cases = []
        print(f'seed {SEED}, {SETS} sets')
        for op in cls.oracle.core.ops:
            if op == 'read_codes':  # the reference process has no code reader
                continue
            for i in range(SETS if cls.oracle.core.ops[op] else 4):
                scene, file = scenes[i % 4], files[i % 4]
                text = cls.oracle.text([(op, cls.oracle.arguments(op, scene.shape, i < 4))])
                cls.cases.append((file, text, cls.expected(scene, text)))

    @classmethod
    def expected(cls, scene, text):
        """With the channels in the file's order: OpenCV wrote BGR."""
        x = scene if scene.shape[2] == 1 else scene[:, :, [2, 1, 0, 3][:scene.shape[2]]]
        try:
            return cls.oracle.core.run(text, x, 0, 0)
        except Failure as failure:
            return str(failure)

    @classmethod
    def tearDownClass(cls):
        cls.pictures.clear()

    def check_job(self, job, expected, where):
        if isinstance(expected, str):
            self.assertEqual((job.end['type'], job.end.get('error')), ('failed', expected), where)
        else:
            self.assertEqual(job.end['type'], 'done', f'{where}: {job.end}')
            numpy.testing.assert_array_equal(job.assembled(), expected, where)
        os.unlink(job.tiles_path)

    def sweep(self, workers, mode):
        with Pool(workers, mode) as pool:
            waiting = []
            for i, (file, text, expected) in enumerate(self.cases):
                job = pool.run(file, text, 'tiles', tile=(16, 64, 37, 0)[(i + i // 4) % 4])
                waiting.append((job, expected))
                if len(waiting) == WAITING or i + 1 == len(self.cases):
                    self.assertTrue(pool.finish(*(job for job, _ in waiting)))
                    for job, expected in waiting:
                        self.check_job(job, expected, f'{job.pipeline} on {job.picture}, {workers} workers, {mode}')
                    waiting = []

    def test_one_worker(self):
        self.sweep(1, 'distributed')

    def test_two_workers(self):
        self.sweep(2, None)

    def test_four_workers(self):
        self.sweep(4, 'distributed')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
