#!/usr/bin/env bash
# Runs clang-tidy with the checks of .clang-tidy over every C file of the product. BUILD is a configured build folder.
#
#   scripts/tidy.sh BUILD
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:?a configured build folder}
mkdir -p "$build/tidy"

# One command for each file: the kernels are compiled once per instruction set, and clang-tidy would check each. GCC's
# options that clang does not have are left out.
python3 - "$build" <<'END_PYTHON' >"$build/tidy/files"
import json, os, re, sys
build, folders = sys.argv[1], ("core", "system", "codec", "control", "threads", "mpi_workers", "backend", "cli")
commands = {}
for entry in json.load(open(os.path.join(build, "compile_commands.json"))):
    path = os.path.relpath(entry["file"])
    if path.endswith(".c") and path.split("/")[0] in folders:
        entry["command"] = re.sub(r" -ftrivial-auto-var-init=\S+| -falign-(functions|loops)=\S+", "", entry["command"])
        commands.setdefault(path, entry)
with open(os.path.join(build, "tidy/compile_commands.json"), "w") as file:
    json.dump(list(commands.values()), file)
print("\n".join(sorted(commands)))
END_PYTHON
xargs -P "$(nproc)" -n 8 clang-tidy -p "$build/tidy" --quiet <"$build/tidy/files" 2>"$build/tidy/log" ||
  { cat "$build/tidy/log" >&2; exit 1; }
