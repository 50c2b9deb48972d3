"""Decodes the pictures of tests/data and compares what comes out, or the sentence that refuses it, with expected.tsv.

files.py INSPECT DATA EXPECTED: the columns are those that inspect.c prints; * stands for anything (JPEG's pixels differ
between libjpeg-turbo and stb by rounding; oracle.py looks at them).
"""

import fnmatch
import glob
import os
import subprocess
import sys

inspect, data, expected_file = sys.argv[1:]
files = [f for f in sorted(glob.glob(data + "/pictures/**", recursive=True)) if os.path.isfile(f)]
with open(expected_file, encoding="utf-8") as lines:
    expected = {line.split("\t")[0]: line.rstrip("\n").split("\t") for line in lines}
output = subprocess.run([inspect, *files], capture_output=True, text=True)
print(output.stderr, end="")
found = {line.split("\t")[0]: line.split("\t") for line in output.stdout.splitlines()}

failed = output.returncode != 0
for name in sorted(expected.keys() | found.keys()):
    want, have = expected.get(name), found.get(name)
    if not want or not have or len(want) != len(have) or not all(map(fnmatch.fnmatchcase, have, want)):
        failed = True
        print(f"{name}:\n  expected {want}\n  found    {have}")
print(f"{len(found)} files")
sys.exit(failed)
