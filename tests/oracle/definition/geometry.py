"""Geometry. See __init__.py."""
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
