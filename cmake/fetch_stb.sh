#!/bin/sh
# Copies stb_image.h 2.30 and stb_image_write.h into a folder, without installing a package.
#
#   fetch_stb.sh FOLDER
#
# They come from one version of the package libstb-dev, given here with checksums: it is downloaded from the mirrors that
# this machine's apt uses (Debian 13 and the Ubuntu releases that have it), and unpacked next to FOLDER. If no mirror has
# it, headers in /usr/include/stb are used if they are new enough. 2.27 of Debian 12 and 2.28 of Ubuntu 24.04 are not, as
# they write outside their buffers.
set -eu

VERSION='0.0~git20241109.5c20573+ds-1'
DEB_SHA256=36fbe0c268c76daa655180ea3c9933afc41c6449ec5e53ef3d4907b516147650 # Debian's build
IMAGE_SHA256=594c2fe35d49488b4382dbfaec8f98366defca819d916ac95becf3e75f4200b3
WRITE_SHA256=cbd5f0ad7a9cf4468affb36354a1d2338034f2c12473cf1a8e32053cb6914a05

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

# Downloads the package, by the source line $1, into the current folder, with an apt state of its own.
download() {
  echo "$1" >sources.list
  set -- -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=- \
    -o Dir::State="$PWD/state" -o Dir::State::Lists="$PWD/lists" -o Dir::Cache="$PWD/cache" \
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3
  apt-get -q "$@" update && apt-get -q "$@" download "libstb-dev=$VERSION*"
}

# fetch SUITE SITE: whether root/ now holds the two headers, byte for byte. What Debian built is known by its checksum,
# so any mirror will do; of another's build the mirror's signature is verified first.
fetch() {
  rm -rf root libstb-dev_*.deb
  if [ "$1" = trixie ]; then
    download "deb [trusted=yes] $2 $1 main" || return 1
    echo "$DEB_SHA256  $(echo libstb-dev_*.deb)" | sha256sum -c --quiet || return 1
  else
    download "deb $2 $1 universe" || return 1
  fi
  dpkg -x libstb-dev_*.deb root || return 1
  printf '%s  %s\n' "$IMAGE_SHA256" root/usr/include/stb/stb_image.h \
    "$WRITE_SHA256" root/usr/include/stb/stb_image_write.h | sha256sum -c --quiet
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
: >log

# The mirrors as apt is configured; this asks none of them, and works when no list has been downloaded yet.
for site in $(apt-get update --print-uris 2>>log | sed -n "s|^'\(.*\)/dists/.*/InRelease' .*|\1|p" | sort -u); do
  for suite in trixie questing resolute; do # Debian 13; Ubuntu 25.10, 26.04
    if fetch "$suite" "$site" >>log 2>&1; then
      take "$work/root/usr/include/stb"
      rm -rf lists cache state libstb-dev_*.deb
      exit 0
    fi
  done
done

if new_enough /usr/include/stb; then
  take /usr/include/stb
  exit 0
fi
grep '^E:' log >&2 || true
fail "stb_image 2.30 is missing: none of this machine's apt mirrors has libstb-dev $VERSION with the right checksum, and \
/usr/include/stb holds none that is new enough (libstb-dev of Debian 13 or later)"
