"""Prints symbols into pictures, for bench/codes_sets: exact areas of the modules, any quadrangle, any contrast."""

import cv2
import numpy as np

FINE = 3  # samples to a pixel, each way
LARGEST_PHOTOGRAPH = 12e6  # pixels; larger ones are reduced


def load_photographs(files):
    """Colour pictures, none of them huge."""
    photographs = []
    for file in files:
        picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if picture is None:
            raise SystemExit(f"codes_sets: {file} is no picture that OpenCV reads")
        shrink = (LARGEST_PHOTOGRAPH / picture.shape[0] / picture.shape[1]) ** 0.5
        if shrink < 1:
            picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        photographs.append(picture)
    return photographs


def cut_photograph(rng, photographs, width, height):
    """A random part of a random photograph, enlarged if it is too small."""
    picture = rng.choice(photographs)
    grow = max(width / picture.shape[1], height / picture.shape[0])
    if grow > 1:
        picture = cv2.resize(picture, None, fx=grow + 0.001, fy=grow + 0.001, interpolation=cv2.INTER_CUBIC)
    left, top = rng.randint(0, picture.shape[1] - width), rng.randint(0, picture.shape[0] - height)
    return picture[top:top + height, left:left + width].copy()


def label_size(symbol, module):
    """Of the symbol with its quiet zone, in pixels."""
    return tuple((side + 2 * symbol.quiet) * module for side in symbol.modules)


def turned_quad(size, degrees, rng=None, perspective=0.0):
    """The corners of a label of this size around (0, 0), from its own top left clockwise; `perspective` moves each by up
    to that share of the shorter side."""
    width, height = size
    corners = np.array([(-width, -height), (width, -height), (width, height), (-width, height)]) / 2
    angle = np.radians(degrees)
    corners = corners @ np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    if perspective:
        corners += np.array([[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(4)]) * perspective * min(size)
    return corners


def bounds(points):
    low, high = points.min(axis=0), points.max(axis=0)
    return low, high - low


def mapping(symbol, quad):
    """From modules, counted from the symbol's own top left, to pixels: the quadrangle is the label's."""
    (width, height), quiet = symbol.modules, symbol.quiet
    label = [(-quiet, -quiet), (width + quiet, -quiet), (width + quiet, height + quiet), (-quiet, height + quiet)]
    return cv2.getPerspectiveTransform(np.float32(label), np.float32(quad))


def corners_of(symbol, quad):
    """The symbol's own corners in pixels, without the quiet zone."""
    (width, height) = symbol.modules
    square = np.float32([[(0, 0), (width, 0), (width, height), (0, height)]])
    return cv2.perspectiveTransform(square, mapping(symbol, quad))[0]


def coverage(symbol, quad, left, top, width, height):
    """How much of each pixel of a rectangle is label, and how much ink: two planes from 0 to 1."""
    quiet = symbol.quiet * symbol.unit
    samples = np.pad(np.where(symbol.ink, 255, 0).astype(np.uint8), quiet)
    to_modules = np.diag((1 / symbol.unit, 1 / symbol.unit, 1)) @ np.array(
        [(1, 0, 0.5 - quiet), (0, 1, 0.5 - quiet), (0, 0, 1)])  # from the middles of samples
    to_fine = np.array([(FINE, 0, -FINE * left - 0.5), (0, FINE, -FINE * top - 0.5), (0, 0, 1)])
    transform = to_fine @ mapping(symbol, quad) @ to_modules
    planes = []
    for plane in (np.full_like(samples, 255), samples):
        fine = cv2.warpPerspective(plane, transform, (width * FINE, height * FINE), flags=cv2.INTER_NEAREST)
        planes.append(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255)
    return planes


def clean_picture(symbol, module):
    """Black on white, upright, each module `module` whole pixels."""
    size = label_size(symbol, module)
    quad = turned_quad(size, 0) + np.array(size) / 2
    _, ink = coverage(symbol, quad, 0, 0, int(round(size[0])), int(round(size[1])))
    return np.round(255 - 255 * ink).astype(np.uint8), corners_of(symbol, quad)


def print_symbol(rng, picture, symbol, quad, ink_grey, paper_grey):
    """Prints a label into the colour picture: slightly tinted paper, light that falls off by up to a tenth, the lens's
    blur and the sensor's noise. Returns the symbol's corners."""
    low, high = np.floor(quad.min(axis=0)) - 2, np.ceil(quad.max(axis=0)) + 3
    left, top = (max(0, int(n)) for n in low)
    right, bottom = (min(int(n), side) for n, side in zip(high, picture.shape[1::-1]))
    label, ink = coverage(symbol, quad, left, top, right - left, bottom - top)
    y, x = np.mgrid[0:bottom - top, 0:right - left].astype(np.float32)
    light = 1 - rng.uniform(0, 0.1) * x / (right - left) - rng.uniform(0, 0.1) * y / (bottom - top)
    grey = (paper_grey - (paper_grey - ink_grey) * ink) * light
    below = picture[top:bottom, left:right].astype(np.float32)
    tint = np.float32([rng.uniform(0.96, 1) for _ in range(3)])
    mixed = below + label[:, :, None] * (grey[:, :, None] * tint - below)
    mixed = cv2.GaussianBlur(mixed, (0, 0), 0.5)
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 2, mixed.shape).astype(np.float32)
    picture[top:bottom, left:right] = np.clip(mixed + noise, 0, 255).round().astype(np.uint8)
    return corners_of(symbol, quad)
