#!/usr/bin/env bash
# run.sh BUILD SECONDS: runs each fuzz target of a build with clang and -DTILECAST_FUZZ=ON for SECONDS, two at a time. Seeds
# are in corpus/; new inputs and failing ones are written to BUILD/fuzz-NAME/.
set -euo pipefail
if [ $# != 2 ]; then
  echo "Usage: tests/fuzz/run.sh BUILD SECONDS" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
seconds=$2

fuzz() {
  local name=$1 found=$build/fuzz-$1 log=$build/fuzz-$1.log
  mkdir -p "$found"
  if ! "$build/bin/fuzz-$name" -max_total_time="$seconds" -max_len=70000 -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$found/failed-" "$found" "$here/corpus/$name" >"$log" 2>&1; then
    echo "fuzz-$name failed:"
    tail -n 60 "$log"
    return 1
  fi
  echo "fuzz-$name: $seconds s, $(sed -n 's/.*number_of_executed_units: *//p' "$log") inputs, nothing found"
}
export -f fuzz
export build here seconds
printf '%s\n' "$here"/corpus/*/ | xargs -n 1 basename | xargs -P 2 -I NAME bash -c 'fuzz NAME'
