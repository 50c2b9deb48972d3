#!/usr/bin/python3
"""Makes pictures of codes whose texts are known, for bench/codes: each set is a folder with pictures, manifest.tsv
(picture, texts) and codes.json (what each code is, and its corners in pixels, without its quiet zone).

qr           clean QR codes: every version, level, mode and mask
qr-photo     the same codes printed into photographs at 12 angles, 4 scales and 3 contrasts
linear       clean EAN-13, Code 128, Code 39, Interleaved 2 of 5 and DataBar, as many of each
linear-photo the same printed into photographs at 8 angles, 3 scales and 3 contrasts
linear-cut   bar codes of which only a part is in the photograph: none can be read, and none may be told
big          a photograph of 20 megapixels with 12 QR codes of 60 to 2000 pixels

The same seed gives the same sets. Needs Debian's qrencode, zint and python3-opencv."""

import argparse
import json
import os
import pathlib
import random
import sys

sys.dont_write_bytecode = True
import cv2
import numpy as np

import codes_big
import codes_paint as paint
import codes_symbols as symbols

HERE = pathlib.Path(__file__).resolve().parent
ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"})
ANGLES = range(0, 360, 30)
# Pixels to a module. Below about 3, what the lens and JPEG do to a module no longer depends on the reader.
SCALES = (3, 4, 6, 8)
CONTRASTS = {"high": (20, 235), "medium": (60, 190), "low": (90, 160)}  # ink, paper
LINEAR_ANGLES = (0, 8, 20, 45, 90, 180, 250, 315)
LINEAR_SCALES = (2, 3, 5)
SIZES = ((800, 600), (1280, 960), (1600, 1200), (2048, 1536))  # of a photograph; more where a code needs it
PERSPECTIVE = 0.02  # in every other photograph


class Set:
    """A folder that pictures are written into."""

    def __init__(self, folder):
        self.folder = folder
        self.lines, self.facts = [], []
        os.makedirs(folder, exist_ok=True)

    def add(self, name, picture, codes):
        """`codes` are symbols with their corners and further facts."""
        options = [cv2.IMWRITE_JPEG_QUALITY, 92] if name.endswith(".jpg") else []
        if not cv2.imwrite(os.path.join(self.folder, name), picture, options):
            raise SystemExit(f"{self.folder}/{name} cannot be written")
        self.lines.append("\t".join([name] + [symbol.text.translate(ESCAPES) for symbol, _, _ in codes]) + "\n")
        self.facts.append({"picture": name, "codes": [
            {"type": symbol.kind, "text": symbol.text, "corners": np.round(corners, 2).tolist(), **symbol.facts, **more}
            for symbol, corners, more in codes]})

    def close(self):
        with open(os.path.join(self.folder, "manifest.tsv"), "w", encoding="utf-8", newline="") as file:
            file.writelines(self.lines)
        with open(os.path.join(self.folder, "codes.json"), "w", encoding="utf-8") as file:
            json.dump(self.facts, file, ensure_ascii=False, indent=1)
        print(f"{self.folder}: {len(self.lines)} pictures")


def write_clean(rng, made, name, symbol, modules):
    module = rng.choice(modules)
    picture, corners = paint.clean_picture(symbol, module)
    made.add(name + ".png", picture, [(symbol, corners, {"module": module})])


def write_printed(rng, made, name, symbol, photographs, combination):
    """Prints the symbol somewhere into a photograph that is large enough."""
    angle, module, contrast, perspective = combination
    quad = paint.turned_quad(paint.label_size(symbol, module), angle, rng, perspective)
    low, size = paint.bounds(quad)
    width, height = (max(side, int(need) + 60) for side, need in zip(rng.choice(SIZES), size))
    picture = paint.cut_photograph(rng, photographs, width, height)
    place = [rng.uniform(20, side - need - 20) for side, need in zip((width, height), size)]
    corners = paint.print_symbol(rng, picture, symbol, quad - low + place, *CONTRASTS[contrast])
    made.add(name + ".jpg", picture,
             [(symbol, corners, {"module": module, "angle": angle, "contrast": contrast, "perspective": perspective})])


def combinations(angles, scales, count):
    """`count` times angle, scale, contrast and perspective: all in turn, in an order that is tied to nothing else."""
    every = [(angle, scale, contrast) for angle in angles for scale in scales for contrast in CONTRASTS]
    order = []
    while len(order) < count:
        order += random.Random(len(order)).sample(every, len(every))
    return [(*combination, PERSPECTIVE * (i % 2)) for i, combination in enumerate(order[:count])]


def qr_name(index, symbol):
    facts = symbol.facts
    return f"{index:03}-v{facts['version']}{facts['level']}-{facts['mode']}-mask{facts['mask']}"


def make_qr(args, folder, photographs):
    made = Set(folder)
    plan = combinations(ANGLES, SCALES, args.count)
    for index, symbol in enumerate(symbols.make_qrs(random.Random(args.seed), args.count)):
        rng = random.Random(f"{args.seed} {folder.name} {index}")
        name = qr_name(index, symbol)
        if photographs:
            write_printed(rng, made, name, symbol, photographs, plan[index])
        else:
            write_clean(rng, made, name, symbol, (2, 3, 4, 6) if symbol.facts["version"] < 20 else (2, 3, 4))
    made.close()


def make_linear(args, folder, photographs):
    """One set for each kind, so that each has its figures."""
    for kind in symbols.LINEAR:
        made = Set(folder / kind.lower().replace("/", "").replace("-", ""))
        plan = combinations(LINEAR_ANGLES, LINEAR_SCALES, args.count)
        for index in range(args.count):
            symbol = symbols.make_linear(random.Random(f"{args.seed} {kind} {index}"), kind, index)
            rng = random.Random(f"{args.seed} {folder.name} {kind} {index}")
            if photographs:
                write_printed(rng, made, f"{index:03}", symbol, photographs, plan[index])
            else:
                write_clean(rng, made, f"{index:03}", symbol, (2, 3, 4))
        made.close()


def write_cut(rng, made, name, symbol, photographs, combination):
    """A quarter to three quarters of the bars are beyond the picture's side."""
    angle, module, contrast, perspective = combination
    quad = paint.turned_quad(paint.label_size(symbol, module), angle, rng, perspective)
    along = (quad[1] - quad[0]) / np.linalg.norm(quad[1] - quad[0])
    cut = rng.uniform(-0.25, 0.25) * symbol.modules[0] * module * along  # from the middle of the bars
    axis = int(abs(along[1]) > abs(along[0]))  # the one that the bars follow one another on
    width, height = (int(max(side, need + 60)) for side, need in zip(SIZES[0], paint.bounds(quad)[1]))
    picture = paint.cut_photograph(rng, photographs, width, height)
    middle = np.array([width, height]) / 2
    middle[axis] = rng.choice([0, (width, height)[axis]])
    paint.print_symbol(rng, picture, symbol, quad - cut * (np.arange(2) == axis) + middle, *CONTRASTS[contrast])
    made.add(name + ".jpg", picture, [])


def make_cut(args, folder, photographs):
    made = Set(folder)
    for kind in symbols.LINEAR:
        plan = combinations([angle for angle in LINEAR_ANGLES if angle % 90 < 10], LINEAR_SCALES, args.count)
        for index in range(args.count):
            symbol = symbols.make_linear(random.Random(f"{args.seed} {kind} {index}"), kind, index)
            rng = random.Random(f"{args.seed} {folder.name} {kind} {index}")
            name = f"{kind.lower().replace('/', '')}-{index:03}"
            write_cut(rng, made, name, symbol, photographs, plan[index])
    made.close()


def make_big(args, folder, photographs):
    made = Set(folder)
    for index in range(args.count):
        made.add(f"{index:03}.jpg", *codes_big.make(args.seed + index, photographs))
    made.close()


KINDS = {"qr": (make_qr, 500, False), "qr-photo": (make_qr, 500, True), "linear": (make_linear, 100, False),
         "linear-photo": (make_linear, 100, True), "linear-cut": (make_cut, 20, True), "big": (make_big, 1, True)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder", type=pathlib.Path, help="where the set goes")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("--count", type=int, help="QR codes, bar codes of each kind, or large photographs (default: "
                        "500, 100 or 20, 1)")
    parser.add_argument("--photos", metavar="FILE", nargs="+",
                        default=sorted((HERE.parent / "static" / "samples").glob("*.jpg")),
                        help="photographs without codes to print into (default: those of static/samples)")
    args = parser.parse_args()
    make, count, printed = KINDS[args.kind]
    args.count = count if args.count is None else args.count
    if args.count < 1:
        parser.error("--count must be at least 1")
    cv2.setNumThreads(1)
    make(args, args.folder, paint.load_photographs(args.photos) if printed else None)


if __name__ == "__main__":
    main()
