#!/usr/bin/env bash
# Installs what building needs, builds build/retrace and checks a real program: ResNet-18 as PyTorch exported it.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tests/install.sh
cmake --preset release -DRETRACE_TESTS=OFF >&2
cmake --build build --target retrace >&2
build/retrace check samples/resnet18/model.json --strict
