"""Tone and colour. See __init__.py."""
import cv2
import numpy as np

from .parts import alpha_of, colour_of, grey_of, joined


def grayscale(x):
    return joined(grey_of(x), alpha_of(x)), 0


def invert(x):
    return joined(cv2.bitwise_not(colour_of(x)), alpha_of(x)), 0


def threshold(x, level, method):
    kind = cv2.THRESH_BINARY + (cv2.THRESH_OTSU if method == "otsu" else 0)
    return joined(cv2.threshold(grey_of(x), level, 255, kind)[1], alpha_of(x)), 0


def brightness_contrast(x, contrast, brightness):
    c = colour_of(x)
    y = cv2.convertScaleAbs(c, alpha=contrast, beta=brightness)
    return joined(np.where(c * float(contrast) + brightness >= 0, y, 0).astype(np.uint8), alpha_of(x)), 0


def equalize(x):
    return joined(cv2.equalizeHist(grey_of(x)), alpha_of(x)), 0
