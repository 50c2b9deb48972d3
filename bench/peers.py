"""OpenCV's side of bench/kernels: for each pipeline the calls that compute the same, as one would write them to be fast.

PEERS lists every operation with its defaults, then variants, then chains. `prepare` gets the BGR picture, allocates every
picture on the way (`dst=` wherever a function takes one) and returns a function without arguments; only that is timed.
It returns the result: BGR or grey."""
import dataclasses
import typing

import cv2
import numpy as np


@dataclasses.dataclass
class Peer:
    pipeline: str
    prepare: typing.Callable
    tolerance: int = 0  # greatest difference of a channel
    share: float = 0.0  # of the pixels that may differ by more
    point: bool = False  # has a goal relative to memcpy
    note: str = ""  # said where the two do not compute the same; then they are not compared, nor in the means


def empty(b, channels=0, depth=np.uint8):
    return np.zeros(b.shape[:2] + ((channels,) if channels else ()), depth)


def on_picture(call):
    """Of a function `call(b, dst)` that gives a picture like `b`."""
    def prepare(b):
        dst = empty(b, 3)
        return lambda: call(b, dst)
    return prepare


def on_grey(call, channels=0):
    """Of a function `call(g, dst)` on the grey picture, with the conversion to grey."""
    def prepare(b):
        g, dst = empty(b), empty(b, channels)

        def run():
            cv2.cvtColor(b, cv2.COLOR_BGR2GRAY, dst=g)
            return call(g, dst)
        return run
    return prepare


def grayscale(b):
    dst = empty(b)
    return lambda: cv2.cvtColor(b, cv2.COLOR_BGR2GRAY, dst=dst)


def threshold(kind):
    return on_grey(lambda g, dst: cv2.threshold(g, 128, 255, kind, dst=dst)[1])


def adaptive(method):
    return on_grey(lambda g, dst: cv2.adaptiveThreshold(g, 255, method, cv2.THRESH_BINARY, 11, 2, dst=dst))


def gamma(value):
    table = np.round(255 * (np.arange(256) / 255) ** (1 / value)).astype(np.uint8)
    return on_picture(lambda b, dst: cv2.LUT(b, table, dst=dst))


def heatmap(colours):
    return on_grey(lambda g, dst: cv2.applyColorMap(g, colours, dst=dst), 3)


def stretch_contrast(b):
    dst = empty(b, 3)
    samples = b.reshape(b.shape[0], -1)

    def run():
        cdf = cv2.calcHist([samples], [0], None, [256], [0, 256]).ravel().cumsum(dtype=np.float64)
        least = cdf[cdf > 0][0]
        table = np.where(cdf > 0, (cdf - least) * 255 / max(cdf[-1] - least, 1), 0).astype(np.uint8)
        return cv2.LUT(b, table, dst=dst)
    return run


def filter2d(kernel):
    side = round(len(kernel) ** 0.5)
    matrix = np.array(kernel, np.float32).reshape(side, side)
    return on_picture(lambda b, dst: cv2.filter2D(b, -1, matrix, dst=dst))


DETAIL = [-1, -1, -1, -1, 9, -1, -1, -1, -1]
SHARPEN = [0, -1, 0, -1, 5, -1, 0, -1, 0]


def convolve(kernel, tolerance=0):
    return Peer("convolve kernel=" + ",".join(map(str, kernel)), filter2d(kernel), tolerance)


def detail(b):
    soft, dst, kernel = empty(b, 3), empty(b, 3), np.array(DETAIL, np.float32).reshape(3, 3)

    def run():
        cv2.GaussianBlur(b, (5, 5), 0, dst=soft)
        return cv2.filter2D(soft, -1, kernel, dst=dst)
    return run


def morphology(call, ksize, iterations):
    element = np.ones((ksize, ksize), np.uint8)
    return on_picture(lambda b, dst: call(b, element, dst=dst, iterations=iterations))


def laplacian(b):
    g, wide, dst = empty(b), empty(b, depth=np.int16), empty(b)

    def run():
        cv2.cvtColor(b, cv2.COLOR_BGR2GRAY, dst=g)
        cv2.Laplacian(g, cv2.CV_16S, ksize=1, dst=wide)
        return cv2.convertScaleAbs(wide, dst=dst)
    return run


def sobel(b):
    g, dx, dy = empty(b), empty(b, depth=np.int16), empty(b, depth=np.int16)
    ax, ay, dst = empty(b), empty(b), empty(b)

    def run():
        cv2.cvtColor(b, cv2.COLOR_BGR2GRAY, dst=g)
        cv2.Sobel(g, cv2.CV_16S, 1, 0, ksize=3, dst=dx)
        cv2.Sobel(g, cv2.CV_16S, 0, 1, ksize=3, dst=dy)
        cv2.convertScaleAbs(dx, dst=ax)
        cv2.convertScaleAbs(dy, dst=ay)
        return cv2.add(ax, ay, dst=dst)
    return run


def canny(b):
    dst = empty(b)
    return lambda: cv2.Canny(b, 100, 200, edges=dst)


def resize(flag, width=0, scale=0.0):
    def prepare(b):
        height, full = b.shape[:2]
        size = (width, max(1, round(height * (width / full)))) if width else (round(full * scale), round(height * scale))
        dst = np.zeros((size[1], size[0], 3), np.uint8)
        return lambda: cv2.resize(b, size, dst=dst, interpolation=flag)
    return prepare


def rotate(angle):
    def prepare(b):
        height, width = b.shape[:2]
        dst = empty(b, 3)

        def run():
            matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
            return cv2.warpAffine(b, matrix, (width, height), dst=dst)
        return run
    return prepare


def turn(code):
    def prepare(b):
        height, width = b.shape[:2]
        dst = np.zeros((height, width, 3) if code == cv2.ROTATE_180 else (width, height, 3), np.uint8)
        return lambda: cv2.rotate(b, code, dst=dst)
    return prepare


def flip(code):
    return on_picture(lambda b, dst: cv2.flip(b, code, dst=dst))


def crop(b):
    height, width = b.shape[:2]
    left, top, right, bottom = min(500, width // 4), min(500, height // 4), width, height
    part = b[top:bottom, left:right]
    dst = np.zeros(part.shape, np.uint8)

    def run():
        np.copyto(dst, part)
        return dst
    return run


def copy(b):
    dst = empty(b, 3)

    def run():
        np.copyto(dst, b)
        return dst
    return run


def contours(b):
    g, edges, dst = empty(b), empty(b), empty(b, 3)

    def run():
        cv2.cvtColor(b, cv2.COLOR_BGR2GRAY, dst=g)
        cv2.Canny(g, 30, 100, edges=edges)
        found, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        np.copyto(dst, b)
        return cv2.drawContours(dst, found, -1, (0, 255, 0), 1)
    return run


def lines(b):
    edges, dst = empty(b), empty(b, 3)

    def run():
        cv2.Canny(b, 50, 150, edges=edges)
        found = cv2.HoughLinesP(edges, 1, np.pi / 180, 80, minLineLength=50, maxLineGap=10)
        np.copyto(dst, b)
        for x0, y0, x1, y1 in found[:, 0].tolist() if found is not None else ():
            cv2.line(dst, (x0, y0), (x1, y1), (0, 0, 255), 1)
        return dst
    return run


def read_qr(b):
    detector, dst = cv2.QRCodeDetector(), empty(b, 3)

    def run():
        detector.detectAndDecodeMulti(b)
        np.copyto(dst, b)
        return dst
    return run


def chain_canny(b):
    g, soft, dst = empty(b), empty(b), empty(b)

    def run():
        cv2.cvtColor(b, cv2.COLOR_BGR2GRAY, dst=g)
        cv2.GaussianBlur(g, (5, 5), 0, dst=soft)
        return cv2.Canny(soft, 100, 200, edges=dst)
    return run


def chain_tone(b):
    one, two, dst = empty(b, 3), empty(b, 3), empty(b, 3)
    kernel = np.array(SHARPEN, np.float32).reshape(3, 3)

    def run():
        cv2.convertScaleAbs(b, alpha=1.5, beta=40, dst=one)
        cv2.filter2D(one, -1, kernel, dst=two)
        return cv2.bitwise_not(two, dst=dst)
    return run


INTEGERS_5 = [0, 0, 1, 0, 0, 0, 1, 2, 1, 0, 1, 2, -15, 2, 1, 0, 1, 2, 1, 0, 0, 0, 1, 0, 0]
FRACTIONS_7 = [round(((i * 7) % 11 - 4) / 64, 6) for i in range(49)]

PEERS = [
    Peer("grayscale", grayscale, point=True),
    Peer("invert", on_picture(lambda b, dst: cv2.bitwise_not(b, dst=dst)), point=True),
    Peer("threshold", threshold(cv2.THRESH_BINARY), point=True),
    Peer("threshold method=otsu", threshold(cv2.THRESH_BINARY + cv2.THRESH_OTSU)),
    Peer("adaptive_threshold", adaptive(cv2.ADAPTIVE_THRESH_MEAN_C)),
    Peer("adaptive_threshold method=gaussian", adaptive(cv2.ADAPTIVE_THRESH_GAUSSIAN_C), share=0.001),
    Peer("brightness_contrast", on_picture(lambda b, dst: cv2.convertScaleAbs(b, alpha=1.5, beta=40, dst=dst)), point=True),
    Peer("brightness", on_picture(lambda b, dst: cv2.add(b, (60, 60, 60, 0), dst=dst)), point=True),
    Peer("gamma", gamma(1.0), point=True),
    Peer("gamma value=2.2", gamma(2.2), point=True),
    Peer("channel", on_picture(lambda b, dst: cv2.bitwise_and(b, (0, 0, 255, 0), dst=dst)), point=True),
    Peer("hsv", on_picture(lambda b, dst: cv2.cvtColor(b, cv2.COLOR_BGR2HSV, dst=dst)), point=True),
    Peer("heatmap", heatmap(cv2.COLORMAP_JET), point=True),
    Peer("heatmap map=viridis", heatmap(cv2.COLORMAP_VIRIDIS), point=True),
    Peer("equalize", on_grey(lambda g, dst: cv2.equalizeHist(g, dst=dst))),
    Peer("stretch_contrast", stretch_contrast),
    Peer("box_blur", on_picture(lambda b, dst: cv2.blur(b, (5, 5), dst=dst))),
    Peer("box_blur ksize=31", on_picture(lambda b, dst: cv2.blur(b, (31, 31), dst=dst))),
    Peer("gaussian_blur", on_picture(lambda b, dst: cv2.GaussianBlur(b, (5, 5), 0, dst=dst))),
    Peer("gaussian_blur ksize=31", on_picture(lambda b, dst: cv2.GaussianBlur(b, (31, 31), 0, dst=dst))),
    Peer("median_blur ksize=3", on_picture(lambda b, dst: cv2.medianBlur(b, 3, dst=dst))),
    Peer("median_blur", on_picture(lambda b, dst: cv2.medianBlur(b, 5, dst=dst))),
    Peer("median_blur ksize=11", on_picture(lambda b, dst: cv2.medianBlur(b, 11, dst=dst))),
    Peer("bilateral", on_picture(lambda b, dst: cv2.bilateralFilter(b, 9, 75, 75, dst=dst)), 1),
    Peer("sharpen", filter2d(SHARPEN)),
    Peer("detail", detail),
    convolve(SHARPEN),
    convolve(INTEGERS_5),
    convolve(FRACTIONS_7, 1),
    Peer("dilate", morphology(cv2.dilate, 5, 2)),
    Peer("dilate ksize=31", morphology(cv2.dilate, 31, 2)),
    Peer("erode", morphology(cv2.erode, 5, 2)),
    Peer("erode ksize=3 iterations=1", morphology(cv2.erode, 3, 1)),
    Peer("laplacian", laplacian),
    Peer("sobel", sobel),
    Peer("canny", canny),
    Peer("grayscale | canny", on_grey(lambda g, dst: cv2.Canny(g, 100, 200, edges=dst))),
    Peer("resize", resize(cv2.INTER_AREA, scale=0.5), 1),
    Peer("resize width=1024", resize(cv2.INTER_AREA, width=1024), 1),
    Peer("resize method=linear", resize(cv2.INTER_LINEAR, scale=0.5), 1),
    Peer("resize method=nearest", resize(cv2.INTER_NEAREST, scale=0.5)),
    Peer("resize scale=2 method=linear", resize(cv2.INTER_LINEAR, scale=2.0), 1),
    Peer("rotate", rotate(90), 1),
    Peer("rotate angle=30", rotate(30), 1),
    Peer("rotate expand=yes", turn(cv2.ROTATE_90_COUNTERCLOCKWISE)),
    Peer("rotate angle=180 expand=yes", turn(cv2.ROTATE_180)),
    Peer("flip", flip(1)),
    Peer("flip axis=vertical", flip(0)),
    Peer("flip axis=both", flip(-1)),
    Peer("crop", copy),
    Peer("crop x={left} y={top}", crop),
    Peer("contours", contours),
    Peer("lines", lines, note="cv2.HoughLinesP finds other segments"),
    Peer("read_codes symbologies=qr", read_qr, note="cv2.QRCodeDetector is another decoder"),
    Peer("grayscale | gaussian_blur ksize=5 | canny", chain_canny),
    Peer("brightness_contrast | sharpen | invert", chain_tone),
]


def listed(b):
    """The peers for a picture of this size: a crop that is inside it."""
    height, width = b.shape[:2]
    place = {"left": min(500, width // 4), "top": min(500, height // 4)}
    return [dataclasses.replace(peer, pipeline=peer.pipeline.format(**place)) for peer in PEERS]
