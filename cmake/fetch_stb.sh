#!/bin/sh
# Puts stb_image.h and stb_image_write.h (2.30 or later) into a folder, without installing anything.
#
#   fetch_stb.sh FOLDER
#
# They come from one version of Debian's package libstb-dev, named here with its checksum: it is downloaded from the
# mirrors that this machine's apt already uses, and unpacked beside FOLDER. Where no mirror has it, headers installed
# in /usr/include/stb do if they are new enough. The 2.27 of Debian 12 is not: it writes outside its buffers.
set -eu

VERSION='0.0~git20241109.5c20573+ds-1'
SUITE=trixie
DEB_SHA256=36fbe0c268c76daa655180ea3c9933afc41c6449ec5e53ef3d4907b516147650

fail() {
  echo "fetch_stb.sh: $*" >&2
  exit 1
}

# Whether the stb_image.h in folder $1 is 2.30 or a later 2.x.
new_enough() {
  [ -r "$1/stb_image.h" ] && [ -r "$1/stb_image_write.h" ] || return 1
  minor=$(sed -n '1s/.* v2\.\([0-9][0-9]*\).*/\1/p' "$1/stb_image.h")
  [ -n "$minor" ] && [ "$minor" -ge 30 ]
}

# Gives the two headers in folder $1 to FOLDER.
take() {
  for header in stb_image.h stb_image_write.h; do
    ln -sf "$1/$header" "$folder/$header"
  done
}

# Downloads the package from the mirror $1 into the current folder, with an apt state of its own.
download() {
  echo "deb [trusted=yes] $1 $SUITE main" >sources.list
  set -- -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=- \
    -o Dir::State="$PWD/state" -o Dir::State::Lists="$PWD/lists" -o Dir::Cache="$PWD/cache" \
    -o APT::Sandbox::User= -o APT::Architectures=all,"$(dpkg --print-architecture)" -o Acquire::Languages=none \
    -o Acquire::Retries=3
  apt-get -q "$@" update && apt-get -q "$@" download "libstb-dev=$VERSION"
}

[ $# = 1 ] || fail 'usage: fetch_stb.sh FOLDER'
mkdir -p "$1"
folder=$(cd "$1" && pwd)
new_enough "$folder" && exit 0

command -v apt-get >/dev/null || fail 'stb_image 2.30 comes from a Debian package, and there is no apt-get here'
work=$folder/../stb-package
rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/state"
work=$(cd "$work" && pwd)
cd "$work"
: >state/status

# The package is trusted for its checksum, so any mirror will do; those without the suite only fail to update.
for site in $(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort -u); do
  download "$site" >>log 2>&1 || continue
  for deb in libstb-dev_*.deb; do
    echo "$DEB_SHA256  $deb" | sha256sum -c --quiet >>log 2>&1 || continue
    dpkg -x "$deb" root
    take "$work/root/usr/include/stb"
    rm -rf lists cache state "$deb"
    exit 0
  done
done

if new_enough /usr/include/stb; then
  take /usr/include/stb
  exit 0
fi
tail -n 20 log >&2 || true
fail "stb_image 2.30 is missing: none of this machine's apt mirrors has libstb-dev $VERSION ($SUITE) with the right \
checksum, and /usr/include/stb holds none that is new enough (libstb-dev of Debian 13 or later)"
