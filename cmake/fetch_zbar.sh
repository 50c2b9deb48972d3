#!/bin/sh
# Unpacks zbar's source code into FOLDER/zbar and FOLDER/include, without installing a package.
#
#   fetch_zbar.sh FOLDER
#
# It is the upstream tarball of Debian's and Ubuntu's source package with Debian's security patches, downloaded from the
# mirrors that this machine's apt uses and checked against the checksums below, so that the page reads codes with the same
# version as the native library. TILECAST_ZBAR may name a tarball to use instead, of a version that needs no patches.
set -eu

# Upstream versions known to work: Debian 12 has the first, Debian 13 the second.
SHA256_0_23_92=dffc16695cb6e42fa318a4946fd42866c0f5ab735f7eaf450b108d1c3a19b4ba
SHA256_0_23_93=212dfab527894b8bcbcc7cd1d43d63f5604a07473d31a5f02889e372614ebe28

# Debian's patches for the first: CVE-2023-40889 and CVE-2023-40890, which are fixed in the next version.
PATCHES_0_23_92='ffef62cf0d2f4b5d9d898526185a04c2f20ec0d710e449b45ed32d5e8eea9f43 debian/patches/0003-CVE-2023-40889-qrdec.c-Fix-array-out-of-bounds-acces.patch
caa92a7dd8bf6bde3ad15097befd0619b896ffc6eda333da23285523116ea3f9 debian/patches/0004-Add-bounds-check-for-CVE-2023-40890.patch'

fail() {
  echo "fetch_zbar.sh: $*" >&2
  exit 1
}

# Downloads the newest tarballs that the machine's mirrors have into the current folder, with an apt state of its own.
download() {
  mkdir -p state lists/partial cache/archives/partial
  : >state/status
  apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
    while read -r site release component; do
      case $component in
        main | universe) echo "deb-src [trusted=yes] $site $release $component" ;; # trusted for its checksum
      esac
    done >sources.list
  set -- -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=- \
    -o Dir::State="$PWD/state" -o Dir::State::Lists="$PWD/lists" -o Dir::Cache="$PWD/cache" \
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3
  # A repository without sources only fails to update.
  apt-get -q "$@" update || :
  apt-get -q "$@" source --download-only zbar
}

# Prints the upstream version of the tarball $1; fails when it is none that is known.
known_version() {
  sum=$(sha256sum "$1")
  case ${sum%% *} in
    "$SHA256_0_23_92") echo 0.23.92 ;;
    "$SHA256_0_23_93") echo 0.23.93 ;;
    *) return 1 ;;
  esac
}

[ $# = 1 ] || fail 'usage: fetch_zbar.sh FOLDER'
folder=$1
[ -e "$folder/.complete" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder/download"
folder=$(cd "$folder" && pwd)
cd "$folder/download"

if [ -n "${TILECAST_ZBAR-}" ]; then
  tarball=$TILECAST_ZBAR
else
  command -v apt-get >/dev/null || fail 'the source code of zbar comes from a Debian source package, and' \
    'there is no apt-get here; put zbar_0.23.93.orig.tar.gz somewhere and name it in the variable TILECAST_ZBAR'
  download >log 2>&1 || {
    tail -n 20 log >&2
    fail "none of this machine's apt mirrors gave the source package zbar; put zbar_0.23.93.orig.tar.gz somewhere and" \
      'name it in the variable TILECAST_ZBAR'
  }
  tarball=$(ls zbar_*.orig.tar.gz)
fi
version=$(known_version "$tarball") ||
  fail "$tarball is neither version 0.23.92 nor 0.23.93 of zbar: its checksum is unknown"

tar -xzf "$tarball" -C "$folder" --strip-components 1 --wildcards --no-wildcards-match-slash '*/zbar' '*/include' '*/LICENSE*' '*/COPYING*'
if [ "$version" = 0.23.92 ]; then
  tar -xJf zbar_*.debian.tar.xz debian/patches 2>/dev/null || fail "version $version needs Debian's patches; take 0.23.93"
  echo "$PATCHES_0_23_92" | while read -r sum patch; do
    echo "$sum  $patch" | sha256sum --check --quiet >/dev/null || fail "$patch is not the patch that is known"
    patch -s -d "$folder" -p 1 <"$patch" || fail "$patch does not apply"
  done
fi
cd "$folder"
rm -rf download
: >.complete
