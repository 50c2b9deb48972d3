"""Filters. See __init__.py."""
import cv2
import numpy as np

from .parts import alpha_of, colour_of, grey_of, joined


def box_blur(x, ksize):
    return joined(cv2.blur(colour_of(x), (ksize, ksize)), alpha_of(x)), 0


def gaussian_blur(x, ksize, sigma):
    return joined(cv2.GaussianBlur(colour_of(x), (ksize, ksize), sigma), alpha_of(x)), 0


def sharpen(x):
    kernel = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    return joined(cv2.filter2D(colour_of(x), -1, kernel), alpha_of(x)), 0


def detail(x):
    blurred = cv2.GaussianBlur(colour_of(x), (5, 5), 0)
    kernel = np.array([[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]])
    return joined(cv2.filter2D(blurred, -1, kernel), alpha_of(x)), 0


def convolve(x, kernel, offset):
    side = {9: 3, 25: 5, 49: 7}[len(kernel)]
    weights = np.array(kernel).reshape(side, side)
    whole = all(v == int(v) for v in kernel)
    return joined(cv2.filter2D(colour_of(x), -1, weights, delta=offset), alpha_of(x)), 0 if whole else 1


def dilate(x, ksize, iterations):
    return joined(cv2.dilate(colour_of(x), np.ones((ksize, ksize)), iterations=iterations), alpha_of(x)), 0


def erode(x, ksize, iterations):
    return joined(cv2.erode(colour_of(x), np.ones((ksize, ksize)), iterations=iterations), alpha_of(x)), 0


def median_blur(x, ksize):
    return joined(cv2.medianBlur(colour_of(x), ksize), alpha_of(x)), 0


def bilateral(x, d, sigma_color, sigma_space):
    return joined(cv2.bilateralFilter(colour_of(x), d, sigma_color, sigma_space), alpha_of(x)), 1
