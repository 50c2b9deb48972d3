"""Analysis. See __init__.py."""
import cv2
import numpy as np

from .parts import alpha_of, colour_of, grey_of, joined


def outline(height, width, points):
    """True for the pixels whose centre is less than a pixel away from the closed line through the points."""
    ys, xs = np.mgrid[0:height, 0:width]
    inside = np.zeros((height, width), bool)
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        # In half pixels: whole numbers.
        px, py = 2 * xs + 1 - 2 * ax, 2 * ys + 1 - 2 * ay
        dx, dy = 2 * (bx - ax), 2 * (by - ay)
        square, along, cross = dx * dx + dy * dy, px * dx + py * dy, px * dy - py * dx
        near = np.where(along <= 0, px ** 2 + py ** 2 < 4,
                        np.where(along > square, (px - dx) ** 2 + (py - dy) ** 2 < 4, cross ** 2 < 4 * square))
        inside |= near
    return inside


def label_box(height, width, points, text):
    """The label's rectangle (left, top, right, bottom), None when not one character fits."""
    unit = max(1, min(width, height) // 200)
    shown = min(len(text), (width // unit - 3) // 6)
    if shown <= 0:
        return None
    w, h = (6 * shown + 3) * unit, 12 * unit
    left = max(0, min(min(p[0] for p in points), width - w))
    top = max(0, min(max(p[1] for p in points) + 3, height - h))
    return left, top, left + w, min(top + h, height)


def read_codes(x, symbologies, draw, codes=()):
    if draw == "no":
        return x, 0
    alpha = alpha_of(x)
    colour = np.repeat(x[:, :, :1], 3, axis=2) if x.shape[2] <= 2 else x[:, :, :3]
    y = np.concatenate([colour] + ([] if alpha is None else [alpha]), axis=2)
    if codes:
        y = y.astype(np.int16)
    for points, _ in codes:
        y[outline(*y.shape[:2], points)] = [0, 255, 0, 255][:y.shape[2]]
    for points, text in codes:
        box = label_box(*y.shape[:2], points, text)
        if box:
            y[box[1]:box[3], box[0]:box[2]] = -1  # letters: compared as black or white
    return y, 0
