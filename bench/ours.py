"""What bench/kernels and bench/threads share: our side, a picture, the machine's name."""

import ctypes
import os
import pathlib
import sys

import cv2
import numpy as np

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data"


def load_picture(args):
    """The BGR picture, and what it is."""
    if args.image:
        b = cv2.imread(args.image, cv2.IMREAD_COLOR)
        if b is None:
            sys.exit(f"bench: {args.image} is no picture that OpenCV reads")
        return b, os.path.basename(args.image)
    width, height = map(int, args.size.split("x"))
    b = cv2.imread(str(DATA / "coffee_600x400.jpg"))
    # Three times as large, mirrored to fill, with the grain of a sensor: as sharp as a camera's picture.
    b = cv2.resize(b, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    rows, columns = (np.abs((np.arange(n) + side) % (2 * side) - side) for n, side in
                     ((height, b.shape[0] - 1), (width, b.shape[1] - 1)))
    b = b[rows][:, columns]
    grain = np.random.default_rng(1).normal(0, 2, b.shape)
    return np.clip(b + grain, 0, 255).astype(np.uint8), "made from coffee_600x400.jpg"


class Ours:
    """Our side: the shared library made of bench/kernels.c. Calls let other threads of Python go on."""

    def __init__(self, path):
        if not path.exists():
            sys.exit(f"bench: {path} is not there; build it with `ninja kernels`, or name its folder with --build")
        self.lib = ctypes.CDLL(str(path))
        self.lib.kernels_level.restype = self.lib.kernels_op.restype = ctypes.c_char_p
        self.lib.kernels_new.restype = ctypes.c_void_p
        self.lib.kernels_run.restype = ctypes.c_double
        self.lib.kernels_result.restype = ctypes.c_void_p
        self.message = ctypes.create_string_buffer(1024)
        levels = ((self.lib.kernels_level(i), i) for i in range(4))
        self.levels = {name.decode(): i for name, i in levels if name}
        self.ops, index = [], 0
        while name := self.lib.kernels_op(index):
            self.ops.append(name.decode())
            index += 1

    def measure(self, pipeline, level, x, threads):
        height, width, channels = x.shape
        pointer = self.lib.kernels_new(pipeline.encode(), self.levels[level], ctypes.c_void_p(x.ctypes.data), width, height,
                                       channels, threads, self.message, ctypes.c_size_t(1024))
        if not pointer:
            sys.exit(f"bench: {self.message.value.decode()}")
        return ctypes.c_void_p(pointer)

    def run(self, measure):
        ms = self.lib.kernels_run(measure, self.message, ctypes.c_size_t(1024))
        if ms < 0:
            sys.exit(f"bench: {self.message.value.decode()}")
        return ms

    def result(self, measure):
        shape = (ctypes.c_int * 3)()
        data = self.lib.kernels_result(measure, shape)
        width, height, channels = shape
        pixels = np.ctypeslib.as_array(ctypes.cast(data, ctypes.POINTER(ctypes.c_uint8)), (height, width, channels))
        return pixels[:, :, 0] if channels == 1 else pixels


def processor():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown processor")
