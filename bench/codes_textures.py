"""Pictures without codes that look as if there might be some: seeded noise, stripes, grids, fabrics, print."""

import cv2
import numpy as np

SIZES = ((640, 480), (800, 600), (1024, 768))
BAR_WIDTHS = ((1, 2), (1, 2.5), (1, 3), (1, 2, 3), (1, 2, 3, 4))


def grid(width, height, rng, degrees=None):
    """Coordinates of the pixels, turned by a random angle (or none)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = np.radians(rng.choice([0, 90, rng.uniform(0, 180)]) if degrees is None else degrees)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def between(share, rng):
    """0..1 to grey levels of a random contrast."""
    dark, light = rng.uniform(0, 90), rng.uniform(150, 255)
    return dark + (light - dark) * share


def white_noise(width, height, rng):
    cell = int(rng.integers(1, 9))
    small = rng.integers(0, 256, (height // cell + 1, width // cell + 1)).astype(np.float32)
    if rng.random() < 0.5:
        small = np.where(small < 128, 0, 255).astype(np.float32)
    return cv2.resize(small, None, fx=cell, fy=cell, interpolation=cv2.INTER_NEAREST)[:height, :width]


def clouds(width, height, rng):
    total = np.zeros((height, width), np.float32)
    for octave in range(2, 8):
        small = rng.normal(0, 1, (2 ** octave, 2 ** octave)).astype(np.float32)
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) / 2 ** (octave * rng.uniform(0.2, 0.9))
    return between((total - total.min()) / np.ptp(total), rng)


def checkerboard(width, height, rng):
    u, v = grid(width, height, rng)
    side = rng.uniform(2, 40)
    return between((np.floor(u / side) + np.floor(v / side)) % 2, rng)


def stripes(width, height, rng):
    u, _ = grid(width, height, rng)
    wave = np.sin(u * 2 * np.pi / rng.uniform(3, 40) + rng.uniform(0, 6))
    return between(np.clip(wave * rng.uniform(0.5, 20), -1, 1) / 2 + 0.5, rng)


def bars(width, height, rng):
    """Bars of random widths, as bar codes have them."""
    u, _ = grid(width, height, rng)
    module = rng.uniform(1.5, 6)
    kinds = BAR_WIDTHS[rng.integers(len(BAR_WIDTHS))]
    widths = rng.choice(kinds, 4000) * module
    edges = np.cumsum(widths)
    return between(np.searchsorted(edges, u - u.min()) % 2, rng)


def labels(width, height, rng):
    """Short runs of bars in white boxes."""
    picture = np.full((height, width), rng.uniform(100, 255), np.float32)
    for _ in range(rng.integers(3, 12)):
        w, h = int(rng.integers(60, width // 2)), int(rng.integers(20, height // 3))
        x, y = int(rng.integers(0, width - w)), int(rng.integers(0, height - h))
        picture[y:y + h, x:x + w] = 250
        patch = bars(max(1, w - 20), max(1, h - 8), rng)
        picture[y + 4:y + 4 + patch.shape[0], x + 10:x + 10 + patch.shape[1]] = patch
    return picture


def halftone(width, height, rng):
    u, v = grid(width, height, rng, 45)
    pitch = rng.uniform(4, 14)
    dots = np.cos(u * 2 * np.pi / pitch) + np.cos(v * 2 * np.pi / pitch)
    return np.where(dots / 4 + 0.5 < clouds(width, height, rng) / 255, 255, 0).astype(np.float32)


def print_text(width, height, rng):
    picture = np.full((height, width), rng.uniform(200, 255), np.float32)
    scale = rng.uniform(0.4, 1.6)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789|/[]#=+-  "
    for y in range(int(24 * scale), height, int(28 * scale)):
        text = "".join(letters[i] for i in rng.integers(0, len(letters), 90))
        cv2.putText(picture, text, (8, y), int(rng.integers(0, 8)), scale, rng.uniform(0, 90), int(rng.integers(1, 3)),
                    cv2.LINE_AA)
    return picture


def bricks(width, height, rng):
    u, v = grid(width, height, rng, rng.choice([0, 0, 90, 10]))
    h, joint = rng.uniform(10, 50), rng.uniform(2, 6)
    row = np.floor(v / h)
    w = h * rng.uniform(1.5, 3)
    wall = ((v % h) > joint) & (((u + row % 2 * w / 2) % w) > joint)
    return between(wall * 1.0, rng) + rng.normal(0, 6, u.shape)


def fabric(width, height, rng):
    u, v = grid(width, height, rng)
    warp, weft = rng.uniform(3, 16), rng.uniform(3, 16)
    over = (np.floor(u / warp) * rng.integers(1, 4) + np.floor(v / weft)) % rng.integers(2, 6) < 1
    thread = np.where(over, np.abs(np.sin(u * np.pi / warp)), np.abs(np.sin(v * np.pi / weft)))
    return between(thread, rng) + rng.normal(0, 4, u.shape)


def squares(width, height, rng):
    """Nested squares like finder patterns, over a grid of random modules."""
    module = int(rng.integers(2, 9))
    picture = np.where(rng.random((height // module + 1, width // module + 1)) < 0.5, 30.0, 230.0).astype(np.float32)
    for _ in range(rng.integers(2, 30)):
        x, y = int(rng.integers(0, picture.shape[1] - 8)), int(rng.integers(0, picture.shape[0] - 8))
        for inset, grey in ((0, 30), (1, 230), (2, 30)):
            picture[y + inset:y + 7 - inset, x + inset:x + 7 - inset] = grey
    return cv2.resize(picture, None, fx=module, fy=module, interpolation=cv2.INTER_NEAREST)[:height, :width]


KINDS = (white_noise, clouds, checkerboard, stripes, bars, labels, halftone, print_text, bricks, fabric, squares)


def make(index, seed):
    """The texture with this number, and its name."""
    rng = np.random.default_rng((seed, index))
    kind = KINDS[index % len(KINDS)]
    width, height = SIZES[rng.integers(len(SIZES))]
    picture = kind(width, height, rng)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), rng.uniform(0.5, 1.5))
    return f"{index:03}-{kind.__name__.replace('_', '-')}.png", np.clip(picture, 0, 255).round().astype(np.uint8)
