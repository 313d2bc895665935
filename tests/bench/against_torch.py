#!/usr/bin/env python3
"""Whole-command `retrace check` beside PyTorch's two re-exports of the same program, in one run.

    against_torch.py RETRACE ORACLE_PYTHON SHARED_DIR CORPUS_DIR [--programs N] [--strict]

ORACLE_PYTHON has torch==2.13.0. PyTorch's time is that of the two exports alone (imports and load left out); ours is
that of the whole command, process start included, and, from --timing, of the check inside the process.
Prints a row a program and the medians of the ratios.
"""
import argparse, json, pathlib, statistics, subprocess, time


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("retrace"); p.add_argument("python"); p.add_argument("shared"); p.add_argument("corpus")
    p.add_argument("--programs", type=int, default=12); p.add_argument("--strict", action="store_true")
    a = p.parse_args()
    cases = [json.loads(l) for l in open(pathlib.Path(a.corpus) / "cases.jsonl")]
    cases = [c for c in cases if c["strict"] == a.strict and c["spec"] in ("infer", "named", None) and all(x["ok"] for x in c["answer"])]
    cases = cases[:: max(1, len(cases) // a.programs)][: a.programs]
    oracle = subprocess.Popen([a.python, pathlib.Path(a.shared) / "oracle" / "oracle.py", "serve"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    whole, inside = [], []
    for case in cases:
        path = str(pathlib.Path(a.corpus) / case["program"])
        print(json.dumps({"model": path, "strict": a.strict, "spec": case["spec"], "out": None, "chain": 2}),
              file=oracle.stdin, flush=True)
        answer = json.loads(oracle.stdout.readline())
        if not answer["ok"]:
            continue
        torch_seconds = sum(answer["seconds"])
        command = [a.retrace, "check", path, "--strict" if a.strict else "--non-strict", "--shapes",
                   case["spec"] or "static", "--format", "json", "--timing"]
        times, in_process = [], []
        for _ in range(5):
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True)
            times.append(time.perf_counter() - start)
            in_process.append(json.loads(done.stdout)["results"][0]["timing"]["total_ns"] / 1e9)
        ours, core = statistics.median(times), statistics.median(in_process)
        whole.append(torch_seconds / ours); inside.append(torch_seconds / core)
        print(f"{case['id']:<60} torch {torch_seconds:7.3f} s  command {ours*1e3:8.2f} ms  check {core*1e3:8.2f} ms"
              f"  ratio {whole[-1]:7.0f} / {inside[-1]:7.0f}", flush=True)
    oracle.stdin.close()
    print(f"median ratio: whole command {statistics.median(whole):.0f}, in process {statistics.median(inside):.0f}; "
          f"lowest {min(whole):.0f}, {min(inside):.0f}")


if __name__ == "__main__":
    main()
