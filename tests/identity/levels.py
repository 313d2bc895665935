#!/usr/bin/env python3
"""`retrace diff` gives the three levels of the reference comparison on recorded programs and PyTorch's exports of them.

    levels.py RETRACE SHARED_DIR CORPUS_DIR [--sample N]

Skipped (exit 77) where SHARED_DIR holds no corpus. CORPUS_DIR holds the unpacked corpora (as the ratchet leaves them).
"""
import concurrent.futures, json, os, pathlib, subprocess, sys

SKIPPED = 77
LEVELS = ("exact", "dataflow", "symbolic")


def one(job):
    retrace, shared, program, answer = job
    sys.path.insert(0, str(shared / "oracle"))
    import canon
    want = canon.compare(canon.load(program), canon.load(answer))
    done = subprocess.run([retrace, "diff", program, answer, "--format", "json"], capture_output=True, text=True, timeout=60)
    try:
        got = json.loads(done.stdout)["results"][0]["equal"]
    except Exception:
        return f"{program} {answer}: exit {done.returncode} {done.stderr[-200:]}"
    wrong = [l for l in LEVELS if got[l] != want[l]]
    return f"{program} {answer}: {wrong} (reference {[want[l] for l in LEVELS]})" if wrong else None


def main():
    retrace, shared, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    sample = int(sys.argv[sys.argv.index("--sample") + 1]) if "--sample" in sys.argv else None
    if not (shared / "corpus").is_dir():
        print(f"SKIPPED: no recorded answers at {shared}/corpus")
        return SKIPPED
    jobs = []
    for corpus in ("suite", "zoo", "ops", "edits"):
        root = work / corpus
        if not root.exists():
            root.mkdir(parents=True)
            subprocess.run(["tar", "-xJf", shared / "corpus" / f"{corpus}.tar.xz", "-C", root], check=True)
        for line in open(root / "cases.jsonl"):
            case = json.loads(line)
            if case["answer"][0]["ok"]:
                jobs.append((retrace, shared, str(root / case["program"]), str(root / case["answer"][0]["program"])))
    if sample:
        jobs = jobs[:: max(1, len(jobs) // sample)]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        wrong = [w for w in pool.map(one, jobs, chunksize=8) if w]
    for w in wrong[:20]:
        print(w)
    print(f"{len(jobs) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
