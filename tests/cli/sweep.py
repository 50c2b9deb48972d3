"""The same result everywhere: every operation of the table, with default and random parameters, on real and odd
pictures, run in different ways whose results must be equal in every pixel, every code and every sentence."""

import hashlib
import os
import random
import shutil

import cv2

from support import Folder, noise, operations, photograph, random_value, read_picture, seed, tilecast, write_picture

RANDOM_TRIES = 3  # for each operation that has parameters


def pipelines(rng):
    """Every operation by itself, and a few in a row."""
    table = operations()

    def with_values(operation):
        values = [f"{p['name']}={random_value(p, rng)}" for p in operation["params"]]
        return " ".join([operation["name"], *values])

    result = []
    for operation in table:
        result.append(operation["name"])
        if operation["params"]:
            result += [with_values(operation) for _ in range(RANDOM_TRIES)]
    for _ in range(4):
        result.append(" | ".join(with_values(rng.choice(table)) for _ in range(3)))
    return result


def make_pictures(folder, first_seed):
    code = cv2.QRCodeEncoder_create().encode("the same everywhere")
    code = cv2.resize(code, None, fx=5, fy=5, interpolation=cv2.INTER_NEAREST)
    code = cv2.copyMakeBorder(code, 20, 20, 20, 60, cv2.BORDER_CONSTANT, value=255)
    pictures = {
        "photograph.png": photograph(257, 129, 3, first_seed),
        "grey.png": photograph(200, 150, 1, first_seed),
        "alpha.png": noise(129, 65, 4, first_seed),
        "code.png": code,
        "1x1.png": noise(1, 1, 3, first_seed),
        "1x37.png": noise(1, 37, 3, first_seed),
        "37x1.png": noise(37, 1, 1, first_seed),
        "3x2.png": noise(3, 2, 4, first_seed),
        "64x64.png": noise(64, 64, 3, first_seed),
    }
    return [write_picture(os.path.join(folder, name), picture) for name, picture in pictures.items()]


class Sweep(Folder):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(seed())
        self.pictures = make_pictures(self.folder, self.rng.randrange(1 << 30))

    def outcome(self, pipeline, *how):
        """What a way of running gives: checksums of the results, codes, and sentences."""
        out = self.path("out")
        result = tilecast("run", "-p", pipeline, "--out-dir", out, *how, *self.pictures)
        self.assertIn(result.code, (0, 1), (pipeline, how, result))
        sums = {}
        for name in os.listdir(out):
            picture = read_picture(os.path.join(out, name))
            sums[name] = (picture.shape, hashlib.sha256(picture.tobytes()).hexdigest())
        shutil.rmtree(out)
        return {"sums": sums, "codes": result.out, "sentences": sorted(result.err.splitlines())}

    def assert_same(self, pipeline, expected, how):
        self.assertEqual(self.outcome(pipeline, *how), expected, f"{pipeline!r} with {' '.join(how)}")
