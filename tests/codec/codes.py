"""Reads the codes of tests/data/codes and compares them with codes.tsv.

codes.py INSPECT DATA EXPECTED: the columns are those that `inspect --codes` prints; corners may be 2 pixels off.
"""

import glob
import subprocess
import sys

inspect, data, expected_file = sys.argv[1:]


def parse(text):
    codes = []
    for line in text.split("\n")[:-1]:
        name, kind, corners, content = line.split("\t")
        codes.append((name, kind, [int(n) for corner in corners.split() for n in corner.split(",")], content))
    return codes


def same(a, b):
    return a[:2] == b[:2] and a[3] == b[3] and all(abs(m - n) <= 2 for m, n in zip(a[2], b[2]))


with open(expected_file, encoding="utf-8") as file:
    expected = parse(file.read())
files = sorted(glob.glob(data + "/codes/*.png"))
output = subprocess.run([inspect, "--codes", *files], capture_output=True, encoding="utf-8")
print(output.stderr, end="")
found = parse(output.stdout)
failed = output.returncode != 0 or not files
for missing in [code for code in expected if not any(same(code, other) for other in found)]:
    failed = True
    print("not found:", missing)
for extra in [code for code in found if not any(same(code, other) for other in expected)]:
    failed = True
    print("not expected:", extra)
if [code[0] for code in found] != [code[0] for code in expected]:
    failed = True
    print("the number or order of codes differs")
print(f"{len(found)} codes in {len(files)} pictures")
sys.exit(failed)
