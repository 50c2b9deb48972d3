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


def adaptive_threshold(x, ksize, c, method):
    g = grey_of(x)
    kind = cv2.ADAPTIVE_THRESH_MEAN_C if method == "mean" else cv2.ADAPTIVE_THRESH_GAUSSIAN_C
    y = cv2.adaptiveThreshold(g, 255, kind, cv2.THRESH_BINARY, ksize, c)
    if method == "gaussian" and ksize > 9:
        # OpenCV's sums in single precision round a mean that is nearly a half either way. Where it decides, any will
        # do: -1. The weights up to 9 are 256ths, and their sums exact.
        weights = cv2.getGaussianKernel(ksize, 0)
        mean = cv2.sepFilter2D(g.astype(float), -1, weights, weights, borderType=cv2.BORDER_REPLICATE)
        above = g + np.ceil(c) - np.floor(mean)
        y = np.where((np.abs(mean % 1 - 0.5) < 1e-4) & (above > 0) & (above <= 1), -1, y.astype(np.int16))
    return joined(y, alpha_of(x)), 0


def brightness(x, amount):
    return joined(np.clip(colour_of(x).astype(int) + amount, 0, 255).astype(np.uint8), alpha_of(x)), 0


def gamma(x, value):
    table = np.rint(255 * (np.arange(256) / 255) ** (1 / value)).astype(np.uint8)
    return joined(cv2.LUT(colour_of(x), table), alpha_of(x)), 0


def bgr_of(x):
    c = colour_of(x)
    return cv2.cvtColor(c, cv2.COLOR_GRAY2BGR) if c.ndim == 2 else c


def channel(x, keep):
    kept = [[[keep == name for name in ("blue", "green", "red")]]]
    return joined(bgr_of(x) * np.uint8(kept), alpha_of(x)), 0


def hsv(x):
    return joined(cv2.cvtColor(bgr_of(x), cv2.COLOR_BGR2HSV), alpha_of(x)), 0


def heatmap(x, map):
    return joined(cv2.applyColorMap(grey_of(x), getattr(cv2, "COLORMAP_" + map.upper())), alpha_of(x)), 0


def stretch_contrast(x):
    cdf = np.bincount(colour_of(x).ravel(), minlength=256).cumsum()
    least = cdf[cdf > 0].min()
    if least == cdf.max():
        return x, 0
    table = np.where(cdf > 0, (cdf - least) * 255 / (cdf.max() - least), 0).astype(np.uint8)
    return joined(table[colour_of(x)], alpha_of(x)), 0
