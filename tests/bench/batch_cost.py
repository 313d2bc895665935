#!/usr/bin/env python3
"""What a batch costs beside the single checks, how it grows with workers, and its memory; for a quiet machine.

    batch_cost.py RETRACE [--corpus DIR] [--programs 2000] [--rounds 3]

Prints CPU seconds (user and system, of all processes) and wall time, the least of the rounds, for `check` of all
programs in one process, `batch -j1` with a store and `batch -j2` with a store, once over programs as they come and
once over those that take more than a millisecond; then the peaks of one process at 1,000 and 100,000 programs. Wall
times mean something only where nothing else runs.
"""
import argparse, json, os, pathlib, subprocess, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command):
    start = time.monotonic()
    p = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1, 2)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def copies(paths, folder, programs):
    for i in range(programs):
        part = folder / f"part{i // 1000:03}"
        part.mkdir(parents=True, exist_ok=True)
        data = paths[i % len(paths)].read_bytes().rstrip()
        (part / f"model{i:06}.json").write_bytes(data + b"".join(b" \t"[i >> k & 1:][:1] for k in range(17)))
    return folder


def compare(title, retrace, zoo, rounds):
    files = sorted(zoo.rglob("*.json"))
    db = zoo.parent / "store.db"
    kinds = {"check": [retrace, "check", "-q", *files]}
    for jobs in (1, 2):
        kinds[f"batch -j{jobs}"] = [retrace, "batch", zoo, "-q", f"-j{jobs}", "--db", db]
    best = {}
    for _ in range(rounds):
        for kind, command in kinds.items():
            for old in zoo.parent.glob("store.db*"):
                old.unlink()
            wall, cpu, _ = run(command)
            best[kind] = [min(a, b) for a, b in zip(best.get(kind, (1e9, 1e9)), (wall, cpu))]
    print(f"{title}: {len(files)} programs")
    for kind, (wall, cpu) in best.items():
        print(f"  {kind:10} {wall:7.2f} s wall {cpu:7.2f} s CPU")
    check, one, two = best["check"], best["batch -j1"], best["batch -j2"]
    print(f"  batch -j1 / check: {one[1] / check[1]:.2f} of CPU, {one[0] / check[0]:.2f} of wall (to be <= 1.25)")
    print(f"  -j2 / -j1: {one[0] / two[0]:.2f} times the speed (to be >= 1.8), {two[1] / one[1]:.2f} times the CPU", flush=True)


def slow_programs(retrace, zoo):
    out = subprocess.run([retrace, "batch", zoo, "-j1", "--timing", "--format", "jsonl"], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    return [pathlib.Path(r["file"]) for r in rows if r.get("timing", {}).get("total_ns", 0) > 1_000_000]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("retrace", type=os.path.abspath)
    arguments.add_argument("--corpus", type=pathlib.Path, default=ROOT / "samples")
    arguments.add_argument("--programs", type=int, default=2000)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    sources = sorted(p for p in given.corpus.rglob("*.json") if p.stat().st_size < 1_000_000 and "answers" not in p.parts)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        step = max(1, len(sources) // given.programs)
        zoo = copies(sources[::step], folder / "zoo", given.programs)
        compare("as they come", given.retrace, zoo, given.rounds)
        slow = slow_programs(given.retrace, zoo)
        if slow:
            compare("over a millisecond", given.retrace, copies(slow, folder / "slow", min(given.programs, 4 * len(slow))), given.rounds)
        small, big = (run([given.retrace, "batch", copies([ROOT / "tests/data/relu.json"], folder / str(n), n), "-q", "-j2",
                           "--db", folder / f"{n}.db"])[2] for n in (1000, 100_000))
        print(f"peak of a process: {small:.1f} MiB at 1,000 programs, {big:.1f} at 100,000: {big / small:.2f} (to be <= 1.2)")


main()
