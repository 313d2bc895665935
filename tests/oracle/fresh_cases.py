#!/usr/bin/env python3
"""Makes cases that nobody tuned to, asks the live oracle, and scores a built retrace on them.

    fresh_cases.py SEED OUT_DIR --shared SHARED_DIR [--retrace BIN] [--ops N] [--models N] [--edits N]

Operator samples of PyTorch's operator database at a random sample and dtype, torchvision and timm models at random
input sizes, and edits of both at a fresh seed. OUT_DIR becomes a corpus as oracle/score.py reads it; with --retrace it
is scored at once (with --wipe). Needs torch==2.13.0; models where torchvision and timm are installed.
"""
import argparse, json, logging, pathlib, random, subprocess, sys, warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import torch
import torch.utils._pytree as pytree
from torch.export import Dim, export
from torch._export.serde.serialize import serialize

DTYPES = [torch.float32, torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.complex64]


class Operator(torch.nn.Module):
    """One call of an operator with its tensors as inputs, the rest baked in."""

    def __init__(self, function, args, kwargs):
        super().__init__()
        flat, self.spec = pytree.tree_flatten((args, kwargs))
        self.function = function
        self.slots = [None if isinstance(x, torch.Tensor) else x for x in flat]
        self.places = [i for i, x in enumerate(flat) if isinstance(x, torch.Tensor)]

    def forward(self, *ts):
        flat = list(self.slots)
        for place, tensor in zip(self.places, ts):
            flat[place] = tensor
        args, kwargs = pytree.tree_unflatten(flat, self.spec)
        return self.function(*args, **kwargs)


def operator_programs(rng, count):
    from torch.testing._internal.common_methods_invocations import op_db
    while count > 0:
        op = rng.choice(op_db)
        dtype = rng.choice([d for d in DTYPES if d in op.dtypes] or [next(iter(op.dtypes))])
        try:
            samples = list(op.sample_inputs("cpu", dtype, requires_grad=False))
            sample = rng.choice(samples)
            module = Operator(op.op, (sample.input, *sample.args), sample.kwargs)
            tensors = tuple(x for x in pytree.tree_leaves(((sample.input, *sample.args), sample.kwargs)) if isinstance(x, torch.Tensor))
            dynamic = rng.random() < 0.5
            spec = {"ts": tuple({i: Dim.AUTO for i in range(t.dim())} for t in tensors)} if dynamic else None
            yield f"op.{op.name}.{count}.{'auto' if dynamic else 'static'}", export(module, tensors, dynamic_shapes=spec)
        except Exception:
            continue
        count -= 1


def model_programs(rng, count):
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision, timm
    makers = [("tv", n) for n in torchvision.models.list_models(module=torchvision.models)]
    makers += [("timm", n) for n in timm.list_models() if any(k in n for k in ("tiny", "nano", "small", "pico", "atto", "18", "x0"))]
    while count > 0:
        kind, name = rng.choice(makers)
        size = rng.choice([64, 96, 128, 160, 192, 224])
        try:
            model = (torchvision.models.get_model(name) if kind == "tv" else timm.create_model(name)).eval()
            image = torch.randn(rng.choice([2, 3, 4]), 3, size, size)
            dims = rng.choice([None, {0: Dim("batch", max=rng.choice([16, 64, 1024]))}, {i: Dim.AUTO for i in range(4)}])
            program = export(model, (image,), dynamic_shapes=None if dims is None else (dims,))
            yield f"{kind}.{name}.{size}.{count}", program
        except Exception:
            continue
        count -= 1


def strip(document):
    graphs = [document["graph_module"]["graph"]]
    while graphs:
        graph = graphs.pop()
        for node in graph["nodes"]:
            node["metadata"] = {}
            graphs += [i["arg"]["as_graph"]["graph"] for i in node["inputs"] if "as_graph" in i["arg"]]
    return document


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("seed", type=int); p.add_argument("out", type=pathlib.Path); p.add_argument("--shared", type=pathlib.Path, required=True)
    p.add_argument("--retrace"); p.add_argument("--ops", type=int, default=150); p.add_argument("--models", type=int, default=6)
    p.add_argument("--edits", type=int, default=100)
    a = p.parse_args()
    rng = random.Random(a.seed); torch.manual_seed(a.seed)
    oracle_dir = a.shared / "oracle"
    sys.path.insert(0, str(oracle_dir))
    import mutate
    (a.out / "programs").mkdir(parents=True, exist_ok=True); (a.out / "answers").mkdir(exist_ok=True)
    programs = []
    def keep(name, document, group):
        path = a.out / "programs" / f"{name}.json"
        path.write_text(json.dumps(document))
        programs.append((name, path, group))
    for source, group, count in ((operator_programs, "ops", a.ops), (model_programs, "models", a.models)):
        for name, program in source(rng, count):
            try:
                keep(name, strip(json.loads(serialize(program).exported_program)), group)
            except Exception:
                pass
    originals = list(programs)
    for k in range(a.edits if originals else 0):
        name, path, _ = rng.choice(originals)
        made = mutate.mutate(json.loads(path.read_text()), rng)
        if made:
            keep(f"edit.{name}.{k}", made[0], "edits")
    oracle = subprocess.Popen([sys.executable, oracle_dir / "oracle.py", "serve"], text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with open(a.out / "cases.jsonl", "w") as cases:
        for name, path, group in programs:
            strict = rng.random() < 0.3
            spec = rng.choice(["infer", "infer", "named", None])
            answer = str(a.out / "answers" / f"{name}.{{k}}.json")
            print(json.dumps({"model": str(path), "strict": strict, "spec": spec, "out": answer, "chain": 2}), file=oracle.stdin, flush=True)
            line = oracle.stdout.readline()
            if not line:
                break
            reply, made = json.loads(line), []
            for k in (1, 2):
                program = pathlib.Path(answer.replace("{k}", str(k)))
                if program.exists():
                    made.append({"ok": True, "program": str(program.relative_to(a.out))})
            if not reply["ok"]:
                if reply["stage"] == "serialize":
                    continue
                found = reply["message"].split("While executing %")
                node = found[1].split(" ")[0] if len(found) > 1 else None
                made = made[: reply.get("step", 1) - 1] + [{"ok": False, "stage": reply["stage"], "type": reply["type"], "message": reply["message"], "node": node}]
            print(json.dumps({"id": name, "group": f"fresh {group}", "program": str(path.relative_to(a.out)), "strict": strict, "spec": spec, "answer": made}), file=cases)
    if a.retrace:
        subprocess.run([sys.executable, oracle_dir / "score.py", "--retrace", a.retrace, a.out, "--wipe", "--list", a.out / "disagree.txt"], check=True)


if __name__ == "__main__":
    main()
