#!/usr/bin/env python3
"""How often a program that retrace writes bears PyTorch's names throughout: of nodes, values, inputs and bodies.

    names.py RETRACE CORPUS_DIR [--step N] [--least PERCENT] [--list]

CORPUS_DIR is an unpacked corpus; where it is absent the test is skipped (exit 77). Every N-th case in which PyTorch's
first export succeeds is run and compared. Fails below PERCENT. No level of the comparison sees names (docs/hash.md);
a failing export's node does, and whoever reads the program.
"""
import argparse, json, pathlib, subprocess, sys, tempfile

SKIPPED = 77


def names(program):
    """All names of a program, its bodies' too, in order."""
    found, graphs = [], [program["graph_module"]["graph"]]
    while graphs:
        graph = graphs.pop()
        found += [json.dumps(argument) for argument in graph["inputs"] + graph["outputs"]]
        for node in graph["nodes"]:
            found += [node["name"], json.dumps(node["outputs"])]
            bodies = [i["arg"]["as_graph"] for i in node["inputs"] if "as_graph" in i["arg"]]
            found += [body["name"] for body in bodies]
            graphs += [body["graph"] for body in bodies]
    return found


def written(retrace, corpus, case):
    """What retrace writes for the first export; None where it fails."""
    with tempfile.TemporaryDirectory() as out:
        command = [retrace, "check", corpus / case["program"], "--shapes", case["spec"] or "static", "--emit", out]
        subprocess.run(command + (["--strict"] if case["strict"] else []), capture_output=True)
        path = pathlib.Path(out) / "export1.json"
        return json.loads(path.read_text()) if path.exists() else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("retrace")
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("--list", action="store_true", help="print what differs, a case a line")
    options = parser.parse_args()
    if not (options.corpus / "cases.jsonl").exists():
        print(f"SKIPPED: no recorded answers at {options.corpus}")
        return SKIPPED
    cases = [json.loads(line) for line in open(options.corpus / "cases.jsonl")]
    cases = [c for c in cases if c["answer"][0].get("program") and not isinstance(c["spec"], dict)][:: options.step]
    equal = 0
    for case in cases:
        ours = written(options.retrace, options.corpus, case)
        theirs = json.loads((options.corpus / case["answer"][0]["program"]).read_text())
        ours, theirs = ours and names(ours), names(theirs)
        equal += ours == theirs
        if options.list and ours != theirs:
            print(case["id"], [(a, b) for a, b in zip(ours or [], theirs) if a != b][:3])
    share = 100 * equal / len(cases)
    print(f"{options.corpus.name}: all names are PyTorch's in {equal} of {len(cases)}, {share:.2f} %")
    return 1 if share < options.least else 0


if __name__ == "__main__":
    sys.exit(main())
