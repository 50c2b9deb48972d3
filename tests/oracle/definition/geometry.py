"""Geometry. See __init__.py."""
import math

import cv2
import numpy as np

from .parts import alpha_of, colour_of, grey_of, joined


def resize(x, width, height, scale, method):
    h, w = x.shape[:2]
    if not width and not height:
        width, height = max(1, round(w * scale)), max(1, round(h * scale))
    elif not width:
        width = max(1, round(w * (height / h)))
    elif not height:
        height = max(1, round(h * (width / w)))
    flag = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR, "nearest": cv2.INTER_NEAREST}[method]
    # Channel by channel, as OpenCV rounds differently with two channels than with one, three and four.
    planes = [cv2.resize(np.ascontiguousarray(x[:, :, c]), (width, height), interpolation=flag)
              for c in range(x.shape[2])]
    return np.stack(planes, axis=2), 0


def flip(x, axis):
    return np.ascontiguousarray(cv2.flip(x, {"horizontal": 1, "vertical": 0, "both": -1}[axis]).reshape(x.shape)), 0


def crop(picture, /, **rect):
    left, top = rect["x"], rect["y"]
    right = left + rect["width"] if rect["width"] else None
    bottom = top + rect["height"] if rect["height"] else None
    return np.ascontiguousarray(picture[top:bottom, left:right]), 0


def rotate(x, angle, expand):
    h, w = x.shape[:2]
    if expand == "yes" and angle % 90 == 0:
        return np.ascontiguousarray(np.rot90(x, int(angle // 90))), 0
    if expand == "no":
        m, size = cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1), (w, h)
    else:
        m = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), angle, 1)
        c, s = abs(m[0, 0]), abs(m[0, 1])
        size = math.ceil(w * c + h * s - 1 / 1024), math.ceil(h * c + w * s - 1 / 1024)
        m[:, 2] += (size[0] - w) / 2, (size[1] - h) / 2
    return cv2.warpAffine(x, m, size).reshape(size[1], size[0], x.shape[2]), 0
