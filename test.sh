#!/usr/bin/env bash
# Installs what the tests need, builds everything and runs every test. Exit 0 when all of them passed.
#
#   ./test.sh            all of it, in less than half an hour
#   ./test.sh --soak     also what takes longer: Debian 12 beside Debian 13 (tests/systems), every allocation that can
#                        fail (tests/torture), 300 s of fuzzing for each target
#   ./test.sh REGEX      only the tests of the release build whose name matches
#
# FUZZ_SECONDS=N sets the time for each fuzz target. The systems are tried in chroots, which needs root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. scripts/packages.sh

systems=(trixie)
if [ "${1-}" = --soak ]; then
  shift
  systems+=(bookworm)
  export TILECAST_SOAK=1
fi
FUZZ_SECONDS=${FUZZ_SECONDS:-${TILECAST_SOAK:+300}}
FUZZ_SECONDS=${FUZZ_SECONDS:-20}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

step() { printf '\n== %s (%d s)\n' "$1" $SECONDS; }

# build FOLDER TARGETS CMAKE-OPTION…: configures and builds; prints the log only if that fails.
build() {
  local folder=$1 targets=$2 log=build/test-${1//\//-}.log
  shift 2
  # shellcheck disable=SC2086 # a list of words
  { cmake -S . -B "$folder" -G Ninja -DTILECAST_WERROR=ON "$@" && ninja -C "$folder" $targets; } >"$log" 2>&1 || {
    grep -E -A 15 'FAILED|error|Error' "$log" | tail -n 80
    echo "The build in $folder failed; $log has all of it."
    return 1
  }
}

# shellcheck disable=SC2086 # lists of words
install_packages $PRODUCT_PACKAGES $TEST_PACKAGES

step "Format and types"
git ls-files '*.c' '*.h' '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
python3 tests/style/check.py
mkdir -p build
(cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent check) >build/check.log 2>&1 || {
  cat build/check.log
  exit 1
}

if [ $# -gt 0 ]; then
  step "Build"
  build build all
  step "Tests"
  exec ctest --test-dir build --output-on-failure --no-tests=error -R "$1"
fi

# Beside the build, as it waits for downloads part of the time; not beside the tests, some of which measure time.
step "Build, here and on ${systems[*]}"
tests/systems/run "${systems[@]}" >build/systems.out 2>&1 &
systems_pid=$!
trap 'kill $systems_pid && wait $systems_pid' EXIT
build build all
trap - EXIT
wait $systems_pid && systems_code=0 || systems_code=$?
cat build/systems.out
[ $systems_code = 0 ] || [ $systems_code = 77 ] # skipped

# Three at a time on two cores: many tests wait for processes that die, stop or do not answer.
step "Tests"
ctest --test-dir build --output-on-failure --no-tests=error -j 3

step "clang-tidy"
scripts/tidy.sh build

step "Build with ThreadSanitizer"
build build/races race-tests -DTILECAST_SANITIZE=thread
step "Tests for data races"
ctest --test-dir build/races --output-on-failure --no-tests=error -j 2 -L races

step "Build with AddressSanitizer and UndefinedBehaviorSanitizer"
build build/sanitize all -DCMAKE_BUILD_TYPE=Debug -DTILECAST_SANITIZE=address
step "Tests with sanitizers"
ctest --test-dir build/sanitize --output-on-failure --no-tests=error -j 3

step "Fuzzing, $FUZZ_SECONDS s for each target"
build build/fuzz fuzz-targets -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DTILECAST_FUZZ=ON
tests/fuzz/run.sh build/fuzz "$FUZZ_SECONDS"

if [ $systems_code = 77 ]; then tail -n 1 build/systems.out; fi
step "All passed"
