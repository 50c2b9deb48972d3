"""Edges. See __init__.py."""
import cv2
import numpy as np

from .parts import alpha_of, colour_of, grey_of, joined


def canny(x, low, high):
    return joined(cv2.Canny(colour_of(x), low, high), alpha_of(x)), 0


def laplacian(x):
    return joined(cv2.convertScaleAbs(cv2.Laplacian(grey_of(x), cv2.CV_16S, ksize=1)), alpha_of(x)), 0


def sobel(x):
    dx, dy = (cv2.Sobel(grey_of(x), cv2.CV_16S, *order, ksize=3) for order in ((1, 0), (0, 1)))
    return joined(cv2.convertScaleAbs(cv2.add(np.abs(dx), np.abs(dy))), alpha_of(x)), 0
