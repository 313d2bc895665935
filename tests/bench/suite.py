#!/usr/bin/env python3
"""How fast a check is, beside PyTorch, beside simdjson and beside `cat`, in one run over a corpus.

    suite.py RETRACE RETRACE_BENCH ORACLE_PYTHON SHARED_DIR CORPUS_DIR [NAME...] [--programs N] [--mode MODE] [--out FILE]

NAMEs choose the programs whose case id contains one; without, all, or N spread over the corpus. Of each it measures
    PyTorch     the load, the two re-exports, and the shortest script (a process of its own); ORACLE_PYTHON has torch 2.13.0
    in process  simdjson's parse and walk of the bytes, and the check with its phases (retrace_bench, medians)
    commands    `retrace check` and `cat` of the file (hyperfine, medians)
    memory      VmHWM of the command (time -f %M);  instructions of the command (callgrind)
It prints a row a program and a table of the ratios beside their aims, and writes all of it as JSON. Times mean
something only where nothing else runs; instructions do everywhere.
"""
import argparse, json, pathlib, statistics, subprocess, tempfile, time

PHASES = ("read", "rebuild", "export1", "export2", "hash", "diff")
MIB = 1 << 20


def output(command, **options):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)


class Torch:
    """PyTorch in a process that stays, and in one of its own."""

    def __init__(self, python, shared):
        self.oracle = [python, pathlib.Path(shared) / "oracle" / "oracle.py"]
        self.served = subprocess.Popen(list(map(str, self.oracle + ["serve"])), text=True, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, path, case, chain):
        start = time.perf_counter()
        job = {"model": str(path), "strict": case["strict"], "spec": case["spec"], "out": None, "chain": chain}
        print(json.dumps(job), file=self.served.stdin, flush=True)
        return json.loads(self.served.stdout.readline()), time.perf_counter() - start

    def measure(self, path, case):
        """Absent where PyTorch fails."""
        self.ask(path, case, 0)
        _, load = self.ask(path, case, 0)
        answer, _ = self.ask(path, case, 2)
        if not answer["ok"]:
            return None
        script = self.oracle + ["retrace", path, "--chain", "2", "--spec", case["spec"] or "static"]
        start = time.perf_counter()
        output(script + ["--strict"] * case["strict"])
        return {"torch_load": load, "torch_exports": sum(answer["seconds"]), "torch_script": time.perf_counter() - start}


def in_process(bench, path, shapes, mode):
    chosen = f"/(floor|check/{shapes}/{mode})$"
    done = output([bench, path, f"--benchmark_filter={chosen}", "--benchmark_format=json", "--benchmark_min_time=0.1",
                   "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true"], check=True)
    median = {b["run_name"].split("/")[1]: b for b in json.loads(done.stdout)["benchmarks"] if b["aggregate_name"] == "median"}
    check = median["check"]
    return {"floor": median["floor"]["real_time"] / 1e9, "check": check["real_time"] / 1e9,
            "phases": {phase: check[phase] / 1e9 for phase in PHASES}}


def commands(command, path):
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        output(["hyperfine", "-N", "-i", "--warmup", 10, "--runs", 60, "--export-json", out.name, " ".join(command), f"cat {path}"],
               check=True)
        ours, cat = json.load(open(out.name))["results"]
    return {"command": ours["median"], "cat": cat["median"]}


def memory(command):
    """A small program starts it: a child begins with the peak of what it was forked from."""
    return int(output(["/usr/bin/time", "-f", "%M", *command]).stderr.split()[-1]) * 1024


def instructions(command):
    seen = output(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]).stderr
    return int(next(line for line in seen.splitlines() if "Collected" in line).split()[-1])


def measure(given, torch, case):
    path = pathlib.Path(given.corpus) / case["program"]
    mode, shapes = "strict" if case["strict"] else "non-strict", case["spec"] or "static"
    theirs = torch.measure(path, case)
    if theirs is None:
        return None
    command = [given.retrace, "check", str(path), "--" + mode, "--shapes", shapes, "-q"]
    return {"id": case["id"], "mode": mode, "bytes": path.stat().st_size, **theirs,
            **in_process(given.bench, path, shapes, mode), **commands(command, path), "peak": memory(command),
            "instructions": instructions(command)}


def line(r):
    phases = " ".join(f"{r['phases'][p] * 1e3:.2f}" for p in PHASES)
    return (f"{r['id']:<56} torch {r['torch_load']:.2f} + {r['torch_exports']:.2f} s | floor {r['floor'] * 1e3:.3f} check "
            f"{r['check'] * 1e3:.2f} ms ({phases}) | command {r['command'] * 1e3:.1f} cat {r['cat'] * 1e3:.1f} ms | "
            f"{r['peak'] / MIB:.1f} MiB, file {r['bytes'] / MIB:.2f} | {r['instructions'] / 1e6:.1f} M instructions")


def ratios(rows):
    """(what, value, aim, is it reached)"""
    def of(what, f, aim, reached, chosen=rows):
        values = [f(r) for r in chosen]
        for name, value in (("median", statistics.median(values)), ("worst", (max if aim[0] == "<" else min)(values))) if values else ():
            yield what, name, value, aim, reached(name, value)

    yield from of("check in process / simdjson's parse and walk", lambda r: r["check"] / r["floor"], "<= 6, none over 15",
                  lambda name, v: v <= (6 if name == "median" else 15))
    for mode, aim in (("non-strict", 1000), ("strict", 3000)):
        yield from of(f"PyTorch's two re-exports / check in process, {mode}", lambda r: r["torch_exports"] / r["check"],
                      f">= {aim}", lambda _, v, aim=aim: v >= aim, [r for r in rows if r["mode"] == mode])
    yield from of("PyTorch's script / command", lambda r: r["torch_script"] / r["command"], ">= 1000", lambda _, v: v >= 1000)
    yield from of("command / (3 times cat + 3 ms)", lambda r: r["command"] / (3 * r["cat"] + 0.003), "<= 1 (ResNet-18)",
                  lambda _, v: v <= 1, [r for r in rows if "tv.resnet18." in r["id"]])
    yield from of("peak / (4 times the file + 8 MiB)", lambda r: r["peak"] / (4 * r["bytes"] + 8 * MIB), "<= 1", lambda _, v: v <= 1)


def chosen_cases(given):
    cases = [json.loads(line) for line in open(pathlib.Path(given.corpus) / "cases.jsonl")]
    modes = {"both": (False, True), "non-strict": (False,), "strict": (True,)}[given.mode]
    cases = [c for c in cases if c["strict"] in modes and c["spec"] in ("infer", "named", None) and all(x["ok"] for x in c["answer"])]
    if given.names:
        return [c for c in cases if any(name in c["id"] for name in given.names)]
    return cases[:: max(1, len(cases) // given.programs)][: given.programs] if given.programs else cases


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("retrace", "bench", "python", "shared", "corpus"):
        p.add_argument(name)
    p.add_argument("names", nargs="*"); p.add_argument("--programs", type=int)
    p.add_argument("--mode", choices=("both", "non-strict", "strict"), default="both"); p.add_argument("--out", default="bench.json")
    given = p.parse_args()
    torch, rows = Torch(given.python, given.shared), []
    for case in chosen_cases(given):
        if row := measure(given, torch, case):
            rows.append(row)
            print(line(row), flush=True)
    table = list(ratios(rows))
    print("\n| ratio | of | value | aim | reached |\n| --- | --- | --- | --- | --- |")
    for what, of, value, aim, reached in table:
        print(f"| {what} | {of} | {value:.2f} | {aim} | {'yes' if reached else 'no'} |")
    keys = ("ratio", "of", "value", "aim", "reached")
    pathlib.Path(given.out).write_text(json.dumps({"programs": rows, "ratios": [dict(zip(keys, t)) for t in table]}, indent=1))


if __name__ == "__main__":
    main()
