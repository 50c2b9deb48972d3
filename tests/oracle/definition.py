"""What every operation must compute, in terms of OpenCV: one function per operation, named as it is on the wire.

Pictures are numpy arrays of height × width × channels in our order: grey, grey+alpha, RGB, RGBA. A function takes the
picture and its arguments (numbers, names of choices) and gives (expected picture, greatest difference allowed)."""
import cv2
import numpy as np

cv2.setNumThreads(1)


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


def gaussian_blur(x, ksize, sigma):
    return joined(cv2.GaussianBlur(colour_of(x), (ksize, ksize), sigma), alpha_of(x)), 0


def sharpen(x):
    kernel = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    return joined(cv2.filter2D(colour_of(x), -1, kernel), alpha_of(x)), 0


def canny(x, low, high):
    return joined(cv2.Canny(colour_of(x), low, high), alpha_of(x)), 0


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


def outline(height, width, points):
    """True for the pixels whose centre is less than a pixel away from the closed line through the points."""
    ys, xs = np.mgrid[0:height, 0:width]
    inside = np.zeros((height, width), bool)
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        # In half pixels: whole numbers.
        px, py = 2 * xs + 1 - 2 * ax, 2 * ys + 1 - 2 * ay
        dx, dy = 2 * (bx - ax), 2 * (by - ay)
        square, along, cross = dx * dx + dy * dy, px * dx + py * dy, px * dy - py * dx
        near = np.where(along <= 0, px ** 2 + py ** 2 < 4,
                        np.where(along > square, (px - dx) ** 2 + (py - dy) ** 2 < 4, cross ** 2 < 4 * square))
        inside |= near
    return inside


def label_box(height, width, points, text):
    """The label's rectangle (left, top, right, bottom), None when not one character fits."""
    unit = max(1, min(width, height) // 200)
    shown = min(len(text), (width // unit - 3) // 6)
    if shown <= 0:
        return None
    w, h = (6 * shown + 3) * unit, 12 * unit
    left = max(0, min(min(p[0] for p in points), width - w))
    top = max(0, min(max(p[1] for p in points) + 3, height - h))
    return left, top, left + w, min(top + h, height)


def read_codes(x, symbologies, draw, codes=()):
    if draw == "no":
        return x, 0
    alpha = alpha_of(x)
    colour = np.repeat(x[:, :, :1], 3, axis=2) if x.shape[2] <= 2 else x[:, :, :3]
    y = np.concatenate([colour] + ([] if alpha is None else [alpha]), axis=2)
    if codes:
        y = y.astype(np.int16)
    for points, _ in codes:
        y[outline(*y.shape[:2], points)] = [0, 255, 0, 255][:y.shape[2]]
    for points, text in codes:
        box = label_box(*y.shape[:2], points, text)
        if box:
            y[box[1]:box[3], box[0]:box[2]] = -1  # letters: compared as black or white
    return y, 0
