#!/usr/bin/env python3
"""Whole-command `retrace check` beside PyTorch's two re-exports of the same program, in one run.

    against_torch.py RETRACE RETRACE_BENCH ORACLE_PYTHON SHARED_DIR CORPUS_DIR [--programs N] [--strict]

ORACLE_PYTHON has torch==2.13.0. PyTorch's time is that of the two exports alone (imports and load left out); ours is
that of the whole command, process start included, and that of the check inside a process (read, two exports, hash,
diff; retrace_bench, built with -DRETRACE_BENCH=ON), which also times the floor: simdjson's parse and walk.
Prints a row a program and the medians of the ratios.
"""
import argparse, json, pathlib, statistics, subprocess, time


def in_process(bench, path, which):
    """Seconds an iteration of the benchmark whose name ends so."""
    done = subprocess.run([bench, path, f"--benchmark_filter={which}", "--benchmark_format=json", "--benchmark_min_time=0.2"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["benchmarks"][0]["real_time"] / 1e9


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("retrace"); p.add_argument("bench"); p.add_argument("python"); p.add_argument("shared"); p.add_argument("corpus")
    p.add_argument("--programs", type=int, default=12); p.add_argument("--strict", action="store_true")
    a = p.parse_args()
    cases = [json.loads(l) for l in open(pathlib.Path(a.corpus) / "cases.jsonl")]
    cases = [c for c in cases if c["strict"] == a.strict and c["spec"] in ("infer", "named", None) and all(x["ok"] for x in c["answer"])]
    cases = cases[:: max(1, len(cases) // a.programs)][: a.programs]
    oracle = subprocess.Popen([a.python, pathlib.Path(a.shared) / "oracle" / "oracle.py", "serve"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    whole, inside, floors = [], [], []
    for case in cases:
        path = str(pathlib.Path(a.corpus) / case["program"])
        print(json.dumps({"model": path, "strict": a.strict, "spec": case["spec"], "out": None, "chain": 2}),
              file=oracle.stdin, flush=True)
        answer = json.loads(oracle.stdout.readline())
        if not answer["ok"]:
            continue
        torch_seconds = sum(answer["seconds"])
        mode, shapes = "strict" if a.strict else "non-strict", case["spec"] or "static"
        command = [a.retrace, "check", path, "--" + mode, "--shapes", shapes, "--format", "json"]
        times = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - start)
        ours = statistics.median(times)
        core = in_process(a.bench, path, f"/check/{shapes}/{mode}$")
        floor = in_process(a.bench, path, "/floor$")
        whole.append(torch_seconds / ours); inside.append(torch_seconds / core); floors.append(core / floor)
        print(f"{case['id']:<56} torch {torch_seconds:7.3f} s  command {ours*1e3:7.2f} ms  check {core*1e3:7.2f} ms  floor "
              f"{floor*1e3:6.3f} ms  ratios {whole[-1]:6.0f} {inside[-1]:6.0f} {floors[-1]:5.1f}", flush=True)
    oracle.stdin.close()
    print(f"median ratio: whole command {statistics.median(whole):.0f}, in process {statistics.median(inside):.0f}; "
          f"lowest {min(whole):.0f}, {min(inside):.0f}; check over simdjson's parse and walk: median "
          f"{statistics.median(floors):.1f}, highest {max(floors):.1f}")


if __name__ == "__main__":
    main()
