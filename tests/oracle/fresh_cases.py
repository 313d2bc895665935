#!/usr/bin/env python3
"""Makes cases that nobody tuned to, asks the live oracle, and scores a built retrace on them.

    fresh_cases.py SEED OUT_DIR --shared SHARED_DIR [--retrace BIN] [--ops N] [--each N] [--programs N] [--models N] [--edits N] [--edit DIR]...
                   [--ask DIR]... [--specs N] [--strict SHARE] [--only REGEX] [--nodes N] [--chain 1|2]

Samples of PyTorch's operator, reference and module databases at random dtypes and sizes (--ops: of rows drawn at
random, --each: of every row); small programs of what exports have to get right (fresh_programs.py), each asked about
--programs times; torchvision, timm and transformers models at random configs and sizes (fresh_models.py);
edits (oracle/mutate.py) of these and of the programs in each --edit DIR; the programs in each --ask DIR as they stand;
--specs N of all these asked about with a spec of their own (fresh_specs.py).
OUT_DIR becomes a corpus as oracle/score.py reads it; with --retrace it is scored at once (with --wipe), and
disagree.txt lists what differs. Needs torch==2.13.0; model libraries where they are installed.
"""
import argparse, json, logging, os, pathlib, random, re, subprocess, sys, warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
from live_oracle import LiveOracle, answers


def strip(document):
    """Without node metadata, as the shared programs are."""
    graphs = [document["graph_module"]["graph"]]
    while graphs:
        graph = graphs.pop()
        for node in graph["nodes"]:
            node["metadata"] = {}
            graphs += [i["arg"]["as_graph"]["graph"] for i in node["inputs"] if "as_graph" in i["arg"]]
    return document


class Corpus:
    def __init__(self, out, oracle, rng, strict_share, chain):
        self.out, self.oracle, self.rng, self.strict_share, self.chain, self.made = out, oracle, rng, strict_share, chain, []
        for folder in ("programs", "answers"):
            (out / folder).mkdir(parents=True, exist_ok=True)
        self.lines = open(out / "cases.jsonl", "a")

    def add(self, name, document, group, edit=None):
        path = self.out / "programs" / f"{name}.json"
        path.write_text(json.dumps(document))
        self.made.append(path)
        self.ask(name, path, group, edit)

    def ask(self, name, path, group, edit=None):
        strict, spec = self.rng.random() < self.strict_share, self.rng.choice(["infer", "infer", "named", None])
        self.ask_with(f"{name}.{spec or 'static'}", path, group, strict, spec, edit)

    def ask_with(self, name, path, group, strict, spec, edit=None):
        mode = "strict" if strict else "non-strict"
        name = f"{name}.{mode}"
        answer = answers(self.oracle, path, str(self.out / "answers" / f"{name}.{{k}}.json"), strict, spec, self.chain)
        if answer is None:
            return
        for e in answer:
            if "program" in e:
                e["program"] = os.path.relpath(e["program"], self.out)
        case = {"id": name, "group": f"fresh {group} {mode}", "program": os.path.relpath(path, self.out),
                "strict": strict, "spec": spec, "answer": answer}
        print(json.dumps(case | ({"edit": edit} if edit else {})), file=self.lines, flush=True)


def make_exported(corpus, programs, group, most_nodes):
    from torch._export.serde.serialize import serialize
    for name, program in programs:
        try:
            document = strip(json.loads(serialize(program).exported_program))
        except Exception:  # what PyTorch cannot save is no case
            continue
        if len(document["graph_module"]["graph"]["nodes"]) <= most_nodes:
            corpus.add(name, document, group)


def ask_given(corpus, paths):
    for path in paths:
        corpus.ask(path.stem, path, "given")


def make_edits(corpus, originals, count, mutate):
    for k in range(count if originals else 0):
        path = corpus.rng.choice(originals)
        edited = mutate.mutate(json.loads(path.read_text()), corpus.rng)
        if edited:
            corpus.add(f"edit.{path.stem}.{k}", edited[0], "edits", f"{edited[1]}: {edited[2]}")


def ask_specs(corpus, paths, count):
    import fresh_specs
    for k in range(count if paths else 0):
        path = corpus.rng.choice(paths)
        try:
            drawn = fresh_specs.draw(json.loads(path.read_text()), corpus.rng)
        except Exception:  # an edit of what the inputs are has no spec
            continue
        if drawn:
            corpus.ask_with(f"spec.{path.stem}.{k}", path, "specs", corpus.rng.random() < corpus.strict_share, drawn[1], f"spec: {drawn[0]}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("seed", type=int); p.add_argument("out", type=pathlib.Path); p.add_argument("--shared", type=pathlib.Path, required=True)
    p.add_argument("--retrace"); p.add_argument("--ops", type=int, default=150); p.add_argument("--each", type=int, default=0); p.add_argument("--programs", type=int, default=0); p.add_argument("--models", type=int, default=6)
    p.add_argument("--edits", type=int, default=100); p.add_argument("--edit", type=pathlib.Path, action="append", default=[])
    p.add_argument("--ask", type=pathlib.Path, action="append", default=[])
    p.add_argument("--strict", type=float, default=0.3, help="share of cases asked in strict mode"); p.add_argument("--only", default="")
    p.add_argument("--nodes", type=int, default=2000, help="leave out larger programs")
    p.add_argument("--chain", type=int, default=2, choices=[1, 2], help="exports one after the other")
    p.add_argument("--specs", type=int, default=0, help="programs asked about with a drawn spec")
    a = p.parse_args()
    rng, oracle_dir = random.Random(a.seed), a.shared / "oracle"
    sys.path.insert(0, str(oracle_dir))
    import mutate
    oracle = LiveOracle(oracle_dir)
    corpus = Corpus(a.out, oracle, rng, a.strict, a.chain)
    if a.ops or a.each or a.programs or a.models:
        import torch, fresh_models, fresh_operators, fresh_programs
        torch.manual_seed(a.seed)
        make_exported(corpus, fresh_operators.programs(rng, a.ops, a.only), "ops", a.nodes)
        make_exported(corpus, fresh_operators.programs_of_each(a.seed, a.each, a.only), "ops", a.nodes)
        for _ in range(a.programs):
            make_exported(corpus, fresh_programs.programs(rng, a.only), "programs", a.nodes)
        make_exported(corpus, fresh_models.programs(rng, a.models, a.only), "models", a.nodes)
    def found(folders):
        return sorted(path for folder in folders for path in folder.glob("*.json") if re.search(a.only, path.stem))
    ask_given(corpus, found(a.ask))
    given = found(a.edit)
    make_edits(corpus, corpus.made + given, a.edits, mutate)
    ask_specs(corpus, corpus.made + given, a.specs)
    corpus.lines.close()
    oracle.close()
    if a.retrace:
        subprocess.run([sys.executable, oracle_dir / "score.py", "--retrace", a.retrace, a.out, "--wipe", "--list", a.out / "disagree.txt"], check=True)


if __name__ == "__main__":
    main()
