#!/usr/bin/env python3
"""Holds build/retrace against PyTorch's recorded answers and fails where a score fell below its threshold.

    ratchet.py RETRACE SHARED_DIR WORK_DIR

SHARED_DIR holds corpus/*.tar.xz and oracle/score.py; where it is absent the test is skipped (exit 77).
thresholds.json: corpus -> {"sample": cases to run, "groups": {group: {column: percent}}}. Thresholds are raised
when a score rises and never lowered.
"""
import json, pathlib, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def unpack(archive, target):
    if not (target / "cases.jsonl").exists():
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-xJf", archive, "-C", target], check=True)


def percentages(table):
    """group -> column -> percent, over the cases that have the column."""
    result = {}
    for group, counts in table.items():
        row = {k: 100 * counts[k] / counts["cases"] for k in ("agree", "verdict")}
        for k in ("node", "exact", "dataflow", "symbolic"):
            if counts.get(k + " of"):
                row[k] = 100 * counts.get(k, 0) / counts[k + " of"]
        result[group] = row
    return result


def main():
    retrace, shared, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    if not (shared / "corpus").is_dir():
        print(f"SKIPPED: no recorded answers at {shared}/corpus")
        return SKIPPED
    fallen = []
    scores = work.parent / "score"
    scores.mkdir(parents=True, exist_ok=True)
    for corpus, wanted in json.loads((HERE / "thresholds.json").read_text()).items():
        unpack(shared / "corpus" / f"{corpus}.tar.xz", work / corpus)
        out = scores / f"{corpus}.json"
        command = [sys.executable, shared / "oracle" / "score.py", "--retrace", retrace, work / corpus, "--wipe",
                   "--json", out, "--list", scores / f"{corpus}.list"]
        if wanted.get("sample"):
            command += ["--sample", str(wanted["sample"])]
        print(f"== {corpus}", flush=True)
        subprocess.run(command, check=True)
        reached = percentages(json.loads(out.read_text())["groups"])
        for group, columns in wanted["groups"].items():
            for column, threshold in columns.items():
                have = reached[group][column]
                if have + 1e-9 < threshold:
                    fallen.append(f"{group} {column}: {have:.2f} % < {threshold} %")
    for line in fallen:
        print("FELL:", line)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
