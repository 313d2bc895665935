#!/usr/bin/env bash
# tools.sh DIR: what the tests of reports use where it is there, from npm and PyPI: playwright-core, the schema of SARIF
# 2.1.0 (of @microsoft/jest-sarif) and Jenkins' schema of JUnit (of pytest's source). Then
#   PLAYWRIGHT_CORE=DIR/node_modules SARIF_SCHEMA=DIR/sarif.json JUNIT_SCHEMA=DIR/junit-10.xsd ctest -R 'reports|page'
# Debian: chromium nodejs npm python3-pip python3-jsonschema libxml2-utils.
set -euo pipefail
mkdir -p "$1"
cd "$1"
[ -d node_modules/playwright-core ] || npm install --silent --no-audit --no-fund --no-save --prefix . playwright-core @microsoft/jest-sarif
cp node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json sarif.json
if [ ! -f junit-10.xsd ]; then
  python3 -m pip download --quiet --no-deps --no-binary :all: pytest==8.3.4
  tar -xzf pytest-8.3.4.tar.gz --strip-components 3 pytest-8.3.4/testing/example_scripts/junit-10.xsd
fi
