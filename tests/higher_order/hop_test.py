#!/usr/bin/env python3
"""Re-exports the programs of tests/data/higher_order and compares with PyTorch's answers beside them.

    hop_test.py RETRACE        # hop_cases.py of tests/oracle writes the answers
"""
import json, pathlib, subprocess, sys, tempfile

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "higher_order"


def answer(retrace, case):
    mode = "--strict" if case["strict"] else "--non-strict"
    with tempfile.TemporaryDirectory() as out:
        command = [retrace, "check", str(DATA / case["program"]), mode, "--shapes", "infer", "--emit", out, "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        exports = json.loads(done.stdout)["results"][0]["exports"]
        made = [f"{out}/export{k + 1}.json" for k, e in enumerate(exports) if e["ok"]]
        hashes = subprocess.run([retrace, "hash", *made], capture_output=True, text=True).stdout if made else ""
    return {"hashes": [line.split()[0] for line in hashes.splitlines()], "fails": len(made) < len(exports)}


def main():
    cases = json.loads((DATA / "expected.json").read_text())
    failed = 0
    for case in cases:
        now, wanted = answer(sys.argv[1], case), {"hashes": case["hashes"], "fails": case["fails"]}
        if now != wanted:
            failed += 1
            print(f"{case['program']} ({'strict' if case['strict'] else 'non-strict'}): {now}, PyTorch {wanted}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
