#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rewrites disagreements.txt and exceptions.txt from what the test says of the cases as they are now.

    list_disagreements.py build/dev/tests/ops_test

Look at the difference before you commit it: a call that is new in the list is one that a change made wrong."""
import pathlib
import re
import subprocess
import sys

OPS = pathlib.Path(__file__).resolve().parent
DISAGREEMENTS = "# Calls to which retrace does not answer as PyTorch does yet. The test fails on one that agrees: take it off then.\n"
EXCEPTIONS = "# Rules without a right or a wrong case, and why (a tab before the reason).\n"


def answers():
    """Operator to PyTorch's answers."""
    found = {}
    for path in OPS.glob("*.cases"):
        for line in path.read_text().splitlines():
            if " -> " in line and not line.startswith("#"):
                call, result = line.split(" -> ", 1)
                found.setdefault(call.split("(")[0], []).append(result)
    return found


def reason(op, kind, results):
    if op.startswith("torchvision."):
        return "the oracle declares torchvision's operators, but has no kernels of them"
    if kind == "wrong":
        return "no call found yet that PyTorch refuses"
    if any(r.startswith("Unsupported: ") for r in results):
        return "PyTorch traces no call: it has no fake kernel, or the result depends on data"
    if any(r.startswith("NotImplementedError: ") for r in results):
        return "PyTorch has no kernel on CPU for what was tried"
    return "no call found yet that PyTorch takes"


def main():
    (OPS / "disagreements.txt").write_text(DISAGREEMENTS)
    (OPS / "exceptions.txt").write_text(EXCEPTIONS)
    text = subprocess.run([sys.argv[1]], capture_output=True, text=True).stdout
    calls = re.findall(r"^\S+\.cases:\d+: (.*)$", text, re.M)
    missing = re.findall(r"^(\S+): a (right|wrong) call$", text, re.M)
    known = answers()
    (OPS / "disagreements.txt").write_text(DISAGREEMENTS + "".join(f"{c}\n" for c in calls))
    lines = [f"{op} {kind}\t{reason(op, kind, known.get(op, []))}\n" for op, kind in missing]
    (OPS / "exceptions.txt").write_text(EXCEPTIONS + "".join(lines))
    print(len(calls), "disagreements,", len(missing), "exceptions,", sum(map(len, known.values())), "cases")


if __name__ == "__main__":
    sys.exit(main())
