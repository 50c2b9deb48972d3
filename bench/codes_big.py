"""One photograph of 20 megapixels with 12 QR codes of very different sizes, for bench/codes_sets."""

import random

import numpy as np

import codes_paint as paint
import codes_symbols as symbols

WIDTH, HEIGHT = 5520, 3680
REGION_SIDE, REGION_OVERLAP = 2048, 512  # core/pyramid.h
# Pixels of a code's side, its version, and whether it lies across the borders of the regions of core/pyramid.h: the
# first of these is whole in four regions, the second in none.
CODES = ((400, 7, True), (900, 12, True), (2000, 8, False), (1300, 15, False), (650, 20, False), (500, 4, False),
         (300, 9, False), (220, 5, False), (160, 3, False), (120, 4, False), (80, 2, False), (60, 1, False))


def overlaps(side):
    """Where two neighbouring regions overlap on an axis, as core/pyramid.c cuts it: first and last pixel."""
    step = REGION_SIDE - REGION_OVERLAP
    count = 1 if side <= REGION_SIDE else (side - REGION_OVERLAP + step - 1) // step
    step = (side - REGION_OVERLAP + count - 1) // count
    return [(i * step, i * step + REGION_OVERLAP) for i in range(1, count)]


def find_place(rng, size, taken, across):
    """The top left of a free box: across borders at the middle of an overlap on both axes, else anywhere."""
    for _ in range(500):
        if across:
            middle = [sum(rng.choice(overlaps(side))) / 2 for side in (WIDTH, HEIGHT)]
            place = np.array(middle) - size / 2
        else:
            place = np.array([rng.uniform(10, WIDTH - size[0] - 10), rng.uniform(10, HEIGHT - size[1] - 10)])
        box = (*place, *(place + size))
        inside = min(box) >= 5 and box[2] <= WIDTH - 5 and box[3] <= HEIGHT - 5
        if inside and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            return place, box
    return None


def lay_out(rng):
    """Quadrangles of the labels around their middles, with their places; None when they do not fit."""
    taken, quads = [], []
    for side, version, across in CODES:
        module = side / (17 + 4 * version)
        angle = rng.uniform(-10, 10) if side > 1000 else rng.uniform(0, 360)
        quad = paint.turned_quad(((25 + 4 * version) * module,) * 2, angle, rng, 0.01)
        low, size = paint.bounds(quad)
        found = find_place(rng, size, taken, across)
        if not found:
            return None
        taken.append(found[1])
        quads.append(quad - low + found[0])
    return quads


def make(seed, photographs):
    """The picture, and its symbols with their corners and sides."""
    rng = random.Random(f"{seed} big")
    quads = next(quads for quads in (lay_out(rng) for _ in range(1000)) if quads)
    picture = paint.cut_photograph(rng, photographs, WIDTH, HEIGHT)
    codes = []
    for (side, version, across), quad in zip(CODES, quads):
        symbol = symbols.make_qr(rng, version, "M", "byte", rng.randrange(symbols.MASKS))
        contrast = (20, 235) if side < 100 else (50, 200)
        codes.append((symbol, paint.print_symbol(rng, picture, symbol, quad, *contrast), {"side": side, "across": across}))
    return picture, codes
