"""Compares decoded pictures with OpenCV's: every pixel natively; for the page's decoder JPEG may differ by rounding.

oracle.py INSPECT DATA native|page
"""

import glob
import subprocess
import sys
import tempfile

import cv2
import numpy as np

inspect, data, kind = sys.argv[1:]


def ours(path, folder):
    pam = folder + "/picture.pam"
    subprocess.run([inspect, "--pam", path, pam], check=True, stdout=subprocess.DEVNULL)
    with open(pam, "rb") as file:
        header, pixels = file.read().split(b"ENDHDR\n", 1)
    size = dict(line.split(b" ", 1) for line in header.split(b"\n")[1:-1])
    return np.frombuffer(pixels, np.uint8).reshape(*(int(size[key]) for key in (b"HEIGHT", b"WIDTH", b"DEPTH")))


def as_rgba(pixels):
    """Grey, grey+alpha, RGB or RGBA to RGBA, as int."""
    channels = pixels.shape[2]
    colours = pixels[..., : 3 if channels > 2 else 1]
    if colours.shape[2] == 1:
        colours = np.repeat(colours, 3, axis=2)
    alpha = pixels[..., -1:] if channels in (2, 4) else np.full_like(pixels[..., :1], 255)
    return np.concatenate([colours, alpha], axis=2).astype(int)


def theirs(path):
    # IMREAD_UNCHANGED, which is needed for alpha, does not turn a JPEG upright.
    pixels = cv2.imread(path, cv2.IMREAD_ANYCOLOR if path.endswith(".jpg") else cv2.IMREAD_UNCHANGED)
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2:
        return pixels[..., None]
    return pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]


def transparent(path):
    with open(path, "rb") as file:
        return b"tRNS" in file.read()


failed = compared = 0
with tempfile.TemporaryDirectory() as folder:
    names = [name for kind_of in ("*.jpg", "*.png", "*.bmp", "*.p?m", "pngsuite/*.png")
             for name in glob.glob(f"{data}/pictures/{kind_of}")]
    for name in sorted(names):
        # Damaged, or not known to OpenCV: Apple's own PNG, and an orientation in a PNG.
        if any(part in name for part in ("_corrupt_", "_iphone_", "/exif.png")):
            continue
        have, want = as_rgba(ours(name, folder)), as_rgba(theirs(name))
        if transparent(name):  # OpenCV knows only a palette's
            have, want = have[..., :3], want[..., :3]
        compared += 1
        if have.shape != want.shape:
            failed += 1
            print(f"{name}: {have.shape} is not {want.shape}")
            continue
        difference = np.abs(have - want)
        # OpenCV's own arithmetic for inks is coarser.
        most = 2 if "cmyk" in name else 0
        if name.endswith(".jpg") and kind == "page":
            bad = difference.mean() > 0.5 or difference.max() > 12
        else:
            bad = difference.max() > most
        if bad:
            failed += 1
            print(f"{name}: differs by {difference.max()}, on average by {difference.mean():.3f}")
print(f"{compared} pictures compared, {failed} differ")
sys.exit(failed > 0 or compared == 0)
