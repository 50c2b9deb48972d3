"""The parts of a picture."""
import cv2
import numpy as np


def alpha_of(x):
    return x[:, :, -1:] if x.shape[2] in (2, 4) else None


def colour_of(x):
    """The picture without alpha as OpenCV takes it: two-dimensional grey or BGR."""
    if x.shape[2] <= 2:
        return np.ascontiguousarray(x[:, :, 0])
    return np.ascontiguousarray(x[:, :, 2::-1])


def joined(colour, alpha):
    x = colour[:, :, None] if colour.ndim == 2 else colour[:, :, ::-1]
    return np.ascontiguousarray(x if alpha is None else np.concatenate([x, alpha], axis=2))


def grey_of(x):
    c = colour_of(x)
    return c if c.ndim == 2 else cv2.cvtColor(c, cv2.COLOR_BGR2GRAY)
