"""Compares every operation of the generated table, and chains of them, with OpenCV (definition.py).

usage: oracle.py SHIM [SEED]. Every case runs at every level (core/isa.h) that the processor has, with
tiles of 16, 64, 256, one, and bands of 24 rows; all must give the same bytes.
TILECAST_ORACLE_LIGHT=1 runs fewer cases, for builds with sanitizers; ORACLE_ONLY=canny,flip sweeps these alone."""
import os
import pathlib
import random
import sys
import time

import cv2
import numpy as np

import definition
from core import CHOICE, INT, LIST, ODD, REAL, SET, Core, Failure, codes_blob

TILES = (16, 64, 256, 0, -24)
SIZES = ((1, 1), (1, 37), (37, 1), (3, 2), (64, 64), (257, 129))  # width, height
DATA = pathlib.Path(__file__).parent.parent / "data"
DOCUMENT = pathlib.Path(__file__).parent.parent.parent / "docs" / "operations.md"
LIGHT = bool(os.environ.get("TILECAST_ORACLE_LIGHT"))
ONLY = set(filter(None, os.environ.get("ORACLE_ONLY", "").split(",")))


class Oracle:
    def __init__(self, shim, seed):
        self.core = Core(shim)
        self.seed = seed
        self.rng = random.Random(seed)
        self.noise = np.random.default_rng(seed)
        self.passed = self.failed = 0
        self.real = [cv2.imread(str(DATA / name))[:, :, ::-1] for name in
                     ("astronaut_200x150.png", "coffee_301x203.png")]

    # Pictures

    def random_picture(self, width, height, channels):
        """Noise, softened noise, two shades only, or one shade: each shows other faults."""
        x = self.noise.integers(0, 256, (height, width, channels), dtype=np.uint8)
        kind = self.rng.randrange(6)
        if kind == 0:
            x = x // 128 * 255
        elif kind == 1:
            x[:] = x[0, 0]
        elif kind >= 4:
            soft = cv2.GaussianBlur(x, (0, 0), self.rng.uniform(0.6, 4)).reshape(x.shape).astype(np.float64)
            x = np.clip((soft - 128) * self.rng.uniform(1, 8) + 128, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(x)

    def real_picture(self, x, channels):
        ramp = (np.add.outer(np.arange(x.shape[0]) * 3, np.arange(x.shape[1])) & 255).astype(np.uint8)[:, :, None]
        grey = cv2.cvtColor(np.ascontiguousarray(x), cv2.COLOR_RGB2GRAY)[:, :, None]
        return np.concatenate([[grey], [grey, ramp], [x], [x, ramp]][channels - 1], axis=2)

    def pictures(self, channels):
        for width, height in SIZES:
            yield self.random_picture(width, height, channels)
        for x in self.real:
            yield self.real_picture(x, channels)

    # Arguments

    def random_value(self, op, param, shape):
        rng, name, kind = self.rng, param["name"], param["kind"]
        height, width = shape[:2]
        if op == "crop":
            side = width if name in ("x", "width") else height
            return rng.randrange(side) if name in "xy" else rng.choice((0, rng.randint(1, 2 * side)))
        if op == "resize" and name in ("width", "height"):
            return rng.choice((0, 0, 1, rng.randint(1, 40), width, height, 2 * width))
        if op == "resize" and name == "scale":
            return rng.choice((0.5, 0.25, 1 / 3, 2, 1, round(rng.uniform(0.01, 2.5), 3)))
        if op == "lines" and kind == INT:  # so many that there are lines, also in small pictures
            return rng.randint(int(param["min"]), rng.choice((3, 20, 60)))
        if op == "rotate" and name == "angle" and rng.random() < 0.4:
            return float(rng.choice((-360, -270, -180, -90, 0, 90, 180, 270, 360, 45, 30, 0.01, 89.99)))
        if kind == CHOICE:
            return rng.choice(param["choices"])
        if kind == SET:
            return ",".join(rng.sample(param["choices"], rng.randint(1, 5)))
        if kind == LIST:
            count = rng.choice(param["counts"])
            whole = rng.random() < 0.5
            return tuple(float(rng.randint(-9, 9)) if whole else round(rng.uniform(-2, 2), 3) for _ in range(count))
        if kind == REAL:
            value = rng.uniform(param["min"], param["max"])
            value = rng.choice((value, round(value, 1), float(round(value)), value / 20 if param["min"] >= 0 else value))
            return min(max(value, float(param["min"])), float(param["max"]))
        value = rng.randint(int(param["min"]), int(param["max"]))
        if kind == ODD:
            value |= 1
            return value if rng.random() < 0.3 else max(int(param["min"]), 1 + 2 * rng.randint(0, 7))
        return value

    def arguments(self, op, shape, default):
        return {p["name"]: p["initial"] if default else self.random_value(op, p, shape) for p in self.core.ops[op]}

    @staticmethod
    def text(steps):
        def value(v):
            return ",".join(map(repr, v)) if isinstance(v, tuple) else repr(v) if isinstance(v, float) else v
        return " | ".join(" ".join([op] + [f"{k}={value(v)}" for k, v in args.items()]) for op, args in steps)

    # Comparison

    def fail(self, what, x, level, tile, reason):
        self.failed += 1
        print(f"FAILED {what} on {x.shape[1]}x{x.shape[0]}x{x.shape[2]}, {self.core.levels[level]}, tiles of {tile or 'one'}, "
              f"seed {self.seed}: {reason}", flush=True)

    def difference(self, got, want, tolerance):
        """None, or a sentence about the first pixel that differs."""
        if got.shape != want.shape:
            return f"shape {got.shape} instead of {want.shape}"
        if np.array_equal(got, want):
            return None
        wrong = np.abs(got.astype(int) - want) > tolerance
        wrong[want < 0] = False
        letters = (want < 0).all(axis=2)
        colours = min(got.shape[2], 3)
        wrong[letters] |= ~np.isin(got[letters][:, :colours].sum(axis=1), (0, 255 * colours))[:, None]
        if not wrong.any():
            return None
        y, x = np.argwhere(wrong.any(axis=2))[0]
        return (f"{int(wrong.any(axis=2).sum())} pixels differ; first at x={x} y={y}: {got[y, x].tolist()} instead of "
                f"{want[y, x].tolist()}")

    def case(self, steps, x, codes=(), tiles=TILES):
        """One pipeline on one picture, at all levels, with tiles of all the sizes."""
        what, want, tolerance = self.text(steps), x, 0
        for count, (op, args) in enumerate(steps, 1):
            more = {"codes": codes} if op == "read_codes" else {}
            want, tolerance = getattr(definition, op)(want, **args, **more)
            if count < len(steps) and (tolerance or want.dtype != np.uint8):
                # Several results are right, and what follows may raise their difference: it goes on from ours.
                begun = self.text(steps[:count])
                got = self.core.run(begun, x, min(self.core.levels), 0, codes_blob(codes))
                reason = self.difference(got, want, tolerance)
                if reason:
                    return self.fail(begun, x, min(self.core.levels), 0, reason)
                want = got
        first = None
        for level, tile in ((level, tile) for level in self.core.levels for tile in tiles):
            try:
                got = self.core.run(what, x, level, tile, codes_blob(codes))
            except Failure as failure:
                return self.fail(what, x, level, tile, failure)
            reason = self.difference(got, want, tolerance)
            if not reason and first is not None and not np.array_equal(first, got):
                reason = f"other bytes than {self.core.levels[0]} with tiles of {tiles[0]}"
            if reason:
                return self.fail(what, x, level, tile, reason)
            first = got if first is None else first
            self.passed += 1
        return None

    # The sweeps

    def swept(self):
        return [op for op in self.core.ops if not ONLY or op in ONLY]

    def operations(self):
        draws = 1 if LIGHT else 12
        for op in self.swept():
            started = time.monotonic()
            if not hasattr(definition, op):
                self.failed += 1
                print(f"FAILED {op}: the operation has no definition in definition.py")
                continue
            if f"`{op}`" not in DOCUMENT.read_text():
                self.failed += 1
                print(f"FAILED {op}: the operation is not in docs/operations.md")
            for channels in (1, 2, 3, 4):
                for x in self.pictures(channels):
                    self.case([(op, self.arguments(op, x.shape, True))], x)
                    for _ in range(draws if self.core.ops[op] else 0):
                        self.case([(op, self.arguments(op, x.shape, False))], x)
            print(f"{op}: {time.monotonic() - started:.1f} s", flush=True)

    FIXED_CHAINS = (
        "gaussian_blur ksize=9 | canny",
        "gaussian_blur | canny low=30 high=60 | invert | gaussian_blur ksize=3",
        "canny | canny low=10 high=20 | flip axis=both",
        "gaussian_blur ksize=7 | resize scale=0.37 | sharpen | sharpen",
        "equalize | gaussian_blur ksize=15 sigma=2.5 | threshold method=otsu",
        "threshold method=otsu | resize scale=1.7 method=linear | canny low=5 high=900",
        "crop x=1 | flip | resize width=50 method=nearest | equalize | canny low=20 high=50 | resize scale=0.5",
        "sharpen | heatmap map=turbo | hsv | channel keep=green | gamma value=0.7 | heatmap | "
        "threshold level=20 | threshold",
        "gaussian_blur ksize=9 | rotate angle=30 expand=yes | sharpen | rotate angle=-90 expand=yes",
        "canny | rotate angle=3 | flip | equalize | rotate | resize scale=0.7",
        "sharpen | read_codes draw=no | gaussian_blur | read_codes | invert",
    )

    def extreme_pictures(self, channels):
        """Saturated, regular and nearly empty pictures, and ones smaller than kernels are."""
        ys, xs = np.mgrid[0:31, 0:45]
        planes = [ys * 0, ys * 0 + 255, (xs + ys) % 2 * 255, (xs // 4 + ys // 4) % 2 * 255, xs * 5, ys * 8, xs + ys,
                  (xs == 22) & (ys == 15), (xs == 0) & (ys == 0), (xs != 44) | (ys != 30), xs % 2 * 255, ys % 3 // 2]
        for plane in planes:
            plane = plane * 255 if plane.dtype == bool else plane
            # The channels differ, so that one taken for another shows; the first two planes stay uniform.
            yield np.stack([np.roll(plane, c, axis=1) for c in range(channels)], axis=2).astype(np.uint8)
        for width, height in ((1, 1), (2, 1), (1, 2), (5, 4)):
            yield self.random_picture(width, height, channels)

    def bounds(self, op):
        """Arguments with every parameter at its least, and at its greatest."""
        for end in ("min", "max"):
            yield {p["name"]: (p["choices"][0 if end == "min" else -1] if p["kind"] in (CHOICE, SET) else
                               (p[end],) * p["counts"][-1] if p["kind"] == LIST else
                               p[end] if p["kind"] == REAL else int(p[end])) for p in self.core.ops[op]}

    def extremes(self):
        for op in self.swept():
            ends = [] if op in ("resize", "crop") else list(self.bounds(op))
            for channels in (1, 3, 4):
                for x in self.extreme_pictures(channels):
                    for args in (self.arguments(op, x.shape, True), self.arguments(op, x.shape, False), *ends):
                        self.case([(op, args)], x)

    def parse(self, text):
        steps = []
        for part in text.split("|"):
            op, *settings = part.split()
            args = self.arguments(op, (1, 1), True)
            for setting in settings:
                name, value = setting.split("=")
                args[name] = type(args[name])(float(value)) if not isinstance(args[name], str) else value
            steps.append((op, args))
        return steps

    def random_chain(self, shape):
        steps = []
        for _ in range(self.rng.randint(2, 5)):
            op = self.rng.choice([op for op in self.core.ops if hasattr(definition, op)])
            args = self.arguments(op, shape, False)
            if op == "crop":
                args["x"] = args["y"] = 0  # the picture may have become small
            if op == "resize":
                args.update(width=0, height=0, scale=min(args["scale"], 1.5))
            steps.append((op, args))
        return steps

    def chains(self):
        for text in self.FIXED_CHAINS:
            for channels in (1, 3, 4):
                for x in (self.random_picture(64, 64, channels), self.real_picture(self.real[0], channels)):
                    self.case(self.parse(text), x)
        for _ in range(15 if LIGHT else 300):
            channels = self.rng.randint(1, 4)
            x = self.rng.choice(list(self.pictures(channels)))
            self.case(self.random_chain(x.shape), x)

    def maze(self, side):
        """Spirals, rings with gaps and lines on a softly lit ground: what hangs together does so over many tiles."""
        x = np.full((side, side), self.rng.randrange(0, 40), np.uint8)
        bright = self.rng.randrange(60, 256)
        gap = self.rng.randint(5, 9)
        if self.rng.random() < 0.5:
            turn = np.arange(0, side / 2 / gap * 2 * np.pi, 0.02)
            points = np.stack([side / 2 + turn * gap / 2 / np.pi * np.cos(turn),
                               side / 2 + turn * gap / 2 / np.pi * np.sin(turn)], axis=1)
            cv2.polylines(x, [points.round().astype(np.int32)], False, bright, self.rng.randint(1, 2))
        else:
            for radius in range(3, side, gap):
                start = self.rng.uniform(0, 360)
                cv2.ellipse(x, (side // 2, side // 2), (radius, radius), 0, start, start + self.rng.choice((345, 360)),
                            bright, self.rng.randint(1, 2))
        for _ in range(self.rng.randint(0, 3)):
            ends = [(self.rng.randrange(side), self.rng.randrange(side)) for _ in range(2)]
            cv2.line(x, *ends, self.rng.randrange(256), self.rng.randint(1, 3))
        light = np.linspace(self.rng.uniform(0.1, 1), self.rng.uniform(0.1, 1), side)
        return (x * light).astype(np.uint8)[:, :, None]

    def mazes(self):
        for _ in range(4 if LIGHT else 60):
            x = self.maze(self.rng.choice((50, 129, 200)))
            low, high = sorted((self.rng.randrange(5, 300), self.rng.randrange(5, 800)))
            for op in ("canny", "contours"):
                self.case([(op, {"low": low, "high": high})], x)

    def wide(self):
        """Rows so long that a tile is worked through in many strips (core/stage.c)."""
        for text in (*self.FIXED_CHAINS, "gaussian_blur ksize=3 | sharpen | gaussian_blur ksize=9 | invert | sharpen",
                     "sharpen | gaussian_blur ksize=21 | flip axis=vertical | sharpen | sharpen"):
            for height in (1, 7, 70):
                self.case(self.parse(text), self.random_picture(3000, height, self.rng.choice((1, 3, 4))))
        for _ in range(2 if LIGHT else 20):
            x = self.random_picture(2500, self.rng.randint(20, 90), 3)
            self.case([step for step in self.random_chain(x.shape) if step[0] not in ("crop", "resize")], x)

    def kernels(self):
        """Every kernel size with several widths of the bell, on a picture that shows each weight."""
        x = (self.noise.integers(0, 2, (33, 140, 1)) * 255).astype(np.uint8)
        for ksize in range(1, 100, 14 if LIGHT else 2):
            sigmas = [0.0, 0.01, 0.3, 50.0, round(ksize / 6, 2)] + [self.rng.uniform(0.2, 20) for _ in range(4)]
            for sigma in sigmas:
                self.case([("gaussian_blur", {"ksize": ksize, "sigma": sigma})], x)

    def colours(self):
        """Every colour there is."""
        axis = np.arange(0, 256, 17 if LIGHT else 1, dtype=np.uint8)
        x = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, axis.size * 16, 3)
        for op in ("grayscale", "hsv"):
            self.case([(op, {})], x, tiles=(0,))

    def codes(self):
        """Outlines and labels inside, across and outside the picture."""
        for _ in range(6 if LIGHT else 40):
            channels = self.rng.randint(1, 4)
            width, height = self.rng.choice((*SIZES, (600, 400)))
            x = self.random_picture(width, height, channels)
            codes = []
            for _ in range(self.rng.randint(1, 3)):
                points = [(self.rng.randint(-20, width + 20), self.rng.randint(-20, height + 20)) for _ in range(4)]
                length = self.rng.choice((0, 1, 5, 300))
                codes.append((points, "".join(self.rng.choice("ab {}~09Zäあ\n😀") for _ in range(length))))
            for draw in ("yes", "no"):
                self.case([("read_codes", {"symbologies": "all", "draw": draw})], x, codes)
        square = [(3, 3), (20, 3), (20, 20), (3, 20)]
        self.case([("read_codes", {"symbologies": "qr", "draw": "yes"})], self.random_picture(64, 64, 3),
                  [(square, "hello")])


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20250131
    print(f"OpenCV {cv2.__version__}, seed {seed}")
    oracle = Oracle(sys.argv[1], seed)
    sweeps = (oracle.operations, oracle.extremes, oracle.chains, oracle.mazes, oracle.wide, oracle.kernels,
              oracle.colours, oracle.codes)
    for sweep in sweeps[:2] if ONLY else sweeps:
        started = time.monotonic()
        sweep()
        print(f"{sweep.__name__}: {time.monotonic() - started:.1f} s, {oracle.passed} passed so far", flush=True)
    print(f"{oracle.passed} passed, {oracle.failed} failed")
    return 1 if oracle.failed or not oracle.passed else 0


if __name__ == "__main__":
    sys.exit(main())
