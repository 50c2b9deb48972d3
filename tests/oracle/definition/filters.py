"""Filters. See __init__.py."""
import cv2
import numpy as np

from .parts import alpha_of, colour_of, grey_of, joined


def gaussian_blur(x, ksize, sigma):
    return joined(cv2.GaussianBlur(colour_of(x), (ksize, ksize), sigma), alpha_of(x)), 0


def sharpen(x):
    kernel = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    return joined(cv2.filter2D(colour_of(x), -1, kernel), alpha_of(x)), 0
