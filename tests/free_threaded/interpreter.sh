#!/usr/bin/env bash
# Builds CPython 3.13 without a GIL into the folder given, from the source that Debian 13 has; no
# package of a GIL-free interpreter exists. apt verifies what it fetches from the mirror that this
# machine uses anyway, in a configuration of its own: nothing of the system's is changed.
set -euo pipefail
SUITE=trixie VERSION=3.13
mkdir -p "$1"
prefix=$(cd "$1" && pwd)

missing=()
for file in openssl/ssl.h zlib.h ffi.h sqlite3.h lzma.h bzlib.h; do
  echo "#include <$file>" | gcc -fsyntax-only -x c - 2>/dev/null || missing+=("$file")
done
command -v apt-get >/dev/null && command -v dpkg-source >/dev/null || missing+=("apt and dpkg-source")
if [ ${#missing[@]} -gt 0 ]; then
  echo "No interpreter without a GIL, and none can be built: ${missing[*]} missing." >&2
  echo "On Debian, as root: apt-get install dpkg-dev libssl-dev zlib1g-dev libffi-dev" \
       "libsqlite3-dev liblzma-dev libbz2-dev; elsewhere: PYTHON=path/of/python${VERSION}t" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p lists/partial cache/archives/partial
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
if [ -z "$mirror" ]; then
  echo "apt knows no mirror of Debian (is apt-get update due?)" >&2
  exit 1
fi
echo "deb-src $mirror $SUITE main" > sources.list
own=(-q -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=-
     -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
     -o APT::Get::AllowUnauthenticated=false)
apt-get "${own[@]}" update
apt-get "${own[@]}" source --download-only "python$VERSION/$SUITE"
tar -xf python$VERSION*.orig.tar.xz
cd Python-$VERSION*/
echo "configuring and compiling, two to three minutes ..."
nice ./configure -q --prefix="$prefix" --disable-gil --disable-test-modules > configure.out
nice make -s -j "$(nproc)" > make.out 2>&1 || { tail -n 40 make.out >&2; exit 1; }
nice make -s altinstall > install.out 2>&1 || { tail -n 40 install.out >&2; exit 1; }
"$prefix/bin/python${VERSION}t" -c \
  'import bz2, ctypes, lzma, sqlite3, ssl, sys, zlib; assert not sys._is_gil_enabled(); print(sys.version)'
