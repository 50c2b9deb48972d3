# Sourced by run.sh and test.sh: installs the Debian packages that are missing, and says so.

# What building and running the product needs.
PRODUCT_PACKAGES="gcc g++ libc6-dev cmake ninja-build pkg-config ca-certificates dpkg-dev emscripten libwebsockets-dev
libcjson-dev libsqlite3-dev libopenmpi-dev openmpi-bin libzbar-dev libzxing-dev libjpeg-dev libspng-dev zlib1g-dev"

# What the tests need on top: the oracle, makers of codes, a browser, the second compiler and its fuzzer, the formatter.
TEST_PACKAGES="git clang clang-format clang-tidy llvm python3 python3-opencv python3-numpy chromium qrencode zint"
# Other systems are tried in chroots, and several hosts in network namespaces.
if [ "$(id -u)" = 0 ]; then TEST_PACKAGES+=" debootstrap iproute2"; fi

have_package() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] && return
  # A virtual package such as libjpeg-dev, or one that a newer release has under another name.
  dpkg-query -W -f '${db:Status-Status} ${Provides}\n' 2>/dev/null | grep -qE "^installed .*\b$1\b"
}

# Runs a command as root, through sudo if need be.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages PACKAGE…: installs those that are missing.
install_packages() {
  local missing=() package
  for package in "$@"; do have_package "$package" || missing+=("$package"); done
  # Node may also come from elsewhere than Debian's packages.
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  [ ${#missing[@]} = 0 ] && return
  if ! command -v apt-get >/dev/null; then
    echo "Tilecast is built with Debian packages, and there is no apt-get here. Needed: ${missing[*]}" >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    echo "These packages are missing; install them as root and start again: apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "Installing ${#missing[@]} packages: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy \
    --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    echo "The packages could not be installed; the lines above say why." >&2
    return 1
  fi
  rm -f "$log"
}
