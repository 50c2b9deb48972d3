#!/usr/bin/env bash
# run.sh BUILD SECONDS: runs each fuzz target of a build made with -DTILECAST_FUZZ=ON (and clang) for so long, from the
# seeds in corpus/. What a run learns stays in BUILD. An input that fails is printed and kept in BUILD/fuzz-NAME/.
set -euo pipefail
if [ $# != 2 ]; then
  echo "Usage: tests/fuzz/run.sh BUILD SECONDS" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
seconds=$2
for seeds in "$here"/corpus/*/; do
  name=$(basename "$seeds")
  found=$build/fuzz-$name
  mkdir -p "$found"
  echo "fuzz-$name: $seconds s"
  log=$build/fuzz-$name.log
  if ! "$build/bin/fuzz-$name" -max_total_time="$seconds" -max_len=70000 -timeout=10 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$found/failed-" "$found" "$seeds" >"$log" 2>&1; then
    tail -n 60 "$log"
    exit 1
  fi
  grep -E 'number_of_executed_units|new_units_added' "$log"
done
