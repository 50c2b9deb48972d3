#!/usr/bin/env bash
# Installs what is missing, builds Tilecast into build/ and serves it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. scripts/packages.sh

usage() {
  cat <<'END'
Usage: ./run.sh [--port N] [--workers N] [--build] [--help]

Installs the packages that are missing (Debian 12 or 13; as root or with sudo), builds into build/, starts the gateway and
its pool of workers, and prints the address to open. Ctrl-C ends everything it started.

  --port N     the port to listen on (default 8080)
  --workers N  the number of workers (default: one for each core)
  --build      stop after building
  --help       show this text
Any other option is handed to the gateway: build/bin/tilecastd --help lists them.
END
}

build_only=no
gateway=()
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --build) build_only=yes ;;
    --port | --workers)
      if ! [[ ${2-} =~ ^[0-9]+$ ]]; then
        echo "run.sh: $1 needs a whole number" >&2
        exit 2
      fi
      gateway+=("$1" "$2")
      shift
      ;;
    *) gateway+=("$1") ;;
  esac
  shift
done

# shellcheck disable=SC2086 # a list of words
install_packages $PRODUCT_PACKAGES

log=build/build.log
mkdir -p build
if [ ! -e build/build.ninja ]; then
  echo "Configuring in build/ ..."
  # A compiler newer than those we know may have new warnings; here they must not stop anybody.
  cmake -S . -B build -G Ninja -DTILECAST_WERROR=OFF >"$log" 2>&1 || { cat "$log" >&2; rm -f build/build.ninja; exit 1; }
fi
if [ ! -e build/.built ]; then echo "Building (the first time takes a few minutes) ..."; fi
if ! ninja -C build product >"$log" 2>&1; then
  tail -n 60 "$log" >&2
  echo "The build failed; the lines above and $log say why." >&2
  exit 1
fi
touch build/.built
if [ $build_only = yes ]; then
  echo "Built: build/bin/tilecastd (the gateway), build/bin/tilecast (the command line), build/web (the page)"
  exit 0
fi
exec build/bin/tilecastd --web build/web "${gateway[@]}"
