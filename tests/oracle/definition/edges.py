"""Edges. See __init__.py."""
import cv2
import numpy as np

from .parts import alpha_of, colour_of, grey_of, joined


def canny(x, low, high):
    return joined(cv2.Canny(colour_of(x), low, high), alpha_of(x)), 0
