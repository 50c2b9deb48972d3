"""Analysis. See __init__.py."""
import itertools

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


TURNS = np.arange(180)
COSINES = np.rint(np.cos(np.radians(TURNS)) * 2 ** 14).astype(np.int64)
SINES = np.rint(np.sin(np.radians(TURNS)) * 2 ** 14).astype(np.int64)
MOST_VOTES, MOST_LINES = 65535, 65536


def line_angles(edges, threshold):
    """For each edge pixel (y, x) the angle at which most edge pixels lie on one line with it; -1: too few."""
    ys, xs = np.nonzero(edges)
    best, angles = np.full(ys.size, -1), np.full(ys.size, -1)
    for t in TURNS:
        rho = (xs * COSINES[t] + ys * SINES[t] + 2 ** 13) >> 14
        rho -= rho.min(initial=0)
        votes = np.minimum(np.bincount(rho), MOST_VOTES)[rho]
        better = (votes > best) & (votes >= threshold)
        best[better], angles[better] = votes[better], t
    return ys, xs, angles


def in_walking_order(ys, xs):
    number = ((ys << 16 | xs) * 2654435761) & 0xFFFFFFFF
    number = ((number ^ number >> 16) * 2246822519) & 0xFFFFFFFF
    return np.argsort(number ^ number >> 16)


def line_way(x, y, angle, sign):
    """The pixels from (x, y) on along a line at this angle, without an end. With sign -1 the other way, without x, y."""
    steps = itertools.count(0 if sign > 0 else 1)
    radians = np.radians(angle)
    if 45 < angle < 135:
        slope = -sign * int(np.rint(np.cos(radians) / np.sin(radians) * 65536))
        return ((x + sign * k, (y * 65536 + 32768 + k * slope) >> 16) for k in steps)
    slope = -sign * int(np.rint(np.tan(radians) * 65536))
    return (((x * 65536 + 32768 + k * slope) >> 16, y + sign * k) for k in steps)


def find_lines(edges, threshold, min_length, max_gap):
    height, width = edges.shape
    ys, xs, angles = line_angles(edges, threshold)
    left = set(zip(xs.tolist(), ys.tolist()))
    found = []
    for i in in_walking_order(ys, xs):
        start = (int(xs[i]), int(ys[i]))
        if angles[i] < 0 or start not in left or len(found) == MOST_LINES:
            continue
        ends = [start, start]
        for k, sign in enumerate((1, -1)):
            gap = 0
            for pixel in line_way(*start, int(angles[i]), sign):
                if not (0 <= pixel[0] < width and 0 <= pixel[1] < height):
                    break
                if pixel in left:
                    left.remove(pixel)
                    ends[k], gap = pixel, 0
                else:
                    gap += 1
                    if gap > max_gap:
                        break
        a, b = sorted(ends)
        if b[0] - a[0] >= min_length or abs(b[1] - a[1]) >= min_length:
            found.append((*a, *b))
    return sorted(found, key=lambda s: (-(s[2] - s[0]) ** 2 - (s[3] - s[1]) ** 2, s[1], s[0], s[3], s[2]))


def lines(x, low, high, threshold, min_length, max_gap):
    edges = cv2.Canny(colour_of(x), low, high)
    alpha = alpha_of(x)
    drawn = np.repeat(x[:, :, :1], 3, axis=2) if x.shape[2] <= 2 else x[:, :, :3].copy()
    mask = np.zeros(x.shape[:2], np.uint8)
    for x1, y1, x2, y2 in find_lines(edges, threshold, min_length, max_gap):
        for picture, colour in ((drawn, (255, 0, 0)), (mask, 255)):
            cv2.line(picture, (x1, y1), (x2, y2), colour)
    return np.concatenate([drawn] + ([] if alpha is None else [np.maximum(alpha, mask[:, :, None])]), axis=2), 0


def contours(x, low, high):
    edges = cv2.Canny(grey_of(x), low, high)
    found, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    alpha = alpha_of(x)
    drawn = np.repeat(x[:, :, :1], 3, axis=2) if x.shape[2] <= 2 else x[:, :, :3].copy()
    mask = np.zeros(x.shape[:2], np.uint8)
    cv2.drawContours(drawn, found, -1, (0, 255, 0), 1)
    cv2.drawContours(mask, found, -1, 255, 1)
    return np.concatenate([drawn] + ([] if alpha is None else [np.maximum(alpha, mask[:, :, None])]), axis=2), 0
