#!/usr/bin/env bash
# Runs the batch, then hands its reports to GitHub, whatever the run's status; ends with that status.
set -uo pipefail
retrace="${RETRACE:-$RUNNER_TEMP/retrace/retrace}"
mkdir -p "$REPORTS"
# PATHS and ARGUMENTS are lists separated by blanks; patterns are retrace's to expand.
set -f
# shellcheck disable=SC2086
"$retrace" batch $PATHS $ARGUMENTS --quiet --report "junit=$REPORTS/junit.xml" --report "sarif=$REPORTS/retrace.sarif" \
  --report "html=$REPORTS/retrace.html" --report "md=$REPORTS/summary.md" --report "github=$REPORTS/annotations.txt"
status=$?
[ -f "$REPORTS/annotations.txt" ] && cat "$REPORTS/annotations.txt"
[ -f "$REPORTS/summary.md" ] && cat "$REPORTS/summary.md" >>"$GITHUB_STEP_SUMMARY"
echo "sarif=$REPORTS/retrace.sarif" >>"$GITHUB_OUTPUT"
exit $status
