#!/usr/bin/env bash
# Installs what the tests need, builds everything and runs every test. After it the release binary is build/retrace.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tests/install.sh clang
cmake --preset release -DRETRACE_TESTS=ON >&2
cmake --build build >&2
ctest --test-dir build --output-on-failure --no-tests=error -j "$(nproc)"
