#!/usr/bin/env bash
# install.sh [PACKAGE...]: Debian packages that building and testing retrace need, and those named; installs only what is
# missing.
set -euo pipefail
packages=(g++ cmake ninja-build ccache pkg-config python3 xz-utils libcli11-dev libfmt-dev libspdlog-dev
          nlohmann-json3-dev libxxhash-dev libsimdjson-dev libsqlite3-dev libzip-dev zipcmp zipmerge ziptool libexpected-dev
          libgtest-dev libbenchmark-dev libmimalloc-dev "$@")
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "installing: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq "${missing[@]}" >&2
