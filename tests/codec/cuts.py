"""Cuts JPEG files everywhere: the page's decoder delivers what the native one does, with the same warning, and the two
pictures look alike.

cuts.py INSPECT_NATIVE INSPECT_PAGE DATA
"""

import os
import subprocess
import sys
import tempfile

import numpy as np

*inspectors, data = sys.argv[1:]
NAMES = ["coffee_600x400.jpg"] + [f"pictures/{name}.jpg" for name in
                                  ("baseline", "progressive", "restarts", "grey", "cmyk", "exif_6")]
# The page's decoder leaves out the last few blocks before the cut, and libjpeg smooths the blocks of a progressive picture
# as long as most of their coefficients are missing: at most so much of the samples may be this far apart.
MOST_WRONG, MOST_WRONG_SMOOTHED, FAR = 0.01, 0.2, 24


def lines(inspect, files):
    output = subprocess.run([inspect, *files], capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in output.splitlines()]


def pixels(inspect, file, folder):
    pam = folder + "/picture.pam"
    subprocess.run([inspect, "--pam", file, pam], check=True, stdout=subprocess.DEVNULL)
    with open(pam, "rb") as picture:
        return np.frombuffer(picture.read().split(b"ENDHDR\n", 1)[1], np.uint8).astype(int)


failed = compared = 0
worst = 0.0
with tempfile.TemporaryDirectory() as folder:
    for name in NAMES:
        with open(f"{data}/{name}", "rb") as file:
            whole = file.read()
        sizes = sorted({*range(0, len(whole), max(1, len(whole) // 200)), *range(len(whole) - 40, len(whole))})
        cuts = [f"{folder}/{size}.jpg" for size in sizes]
        for size, cut in zip(sizes, cuts):
            with open(cut, "wb") as file:
                file.write(whole[:size])
        natives, pages = (lines(inspect, cuts) for inspect in inspectors)
        assert len(natives) == len(pages) == len(cuts)
        for size, native, page in zip(sizes, natives, pages):
            compared += 1
            same = native[1] == page[1] and (native[1] != "ok" or native[3:5] + native[6:] == page[3:5] + page[6:])
            if not same:
                failed += 1
                print(f"{name} cut to {size} bytes:\n  native {native}\n  page   {page}")
        for cut, native in list(zip(cuts, natives))[20:200:20]:
            if native[1] != "ok":
                continue
            have, want = (pixels(inspect, cut, folder) for inspect in reversed(inspectors))
            wrong = (np.abs(have - want) > FAR).mean()
            worst = max(worst, wrong)
            if wrong > (MOST_WRONG_SMOOTHED if "progressive" in name else MOST_WRONG):
                failed += 1
                print(f"{name}, {os.path.basename(cut)}: {wrong:.2%} of the samples are not alike")
print(f"{compared} cuts compared, {failed} differ; at most {worst:.3%} of the samples of a picture are not alike")
sys.exit(failed > 0 or compared == 0)
