#!/usr/bin/env python3
"""Writes samples/<name>/model.json: programs that PyTorch 2.13 exports from PyPI's model libraries and from
small modules of our own. Needs torch==2.13.0, torchvision==0.28.0 (--no-deps) and transformers.

    make_samples.py [NAME...]          # all by default

Traces and source lines are dropped: no step reads them and they are most of the bytes.
"""
import json, logging, pathlib, sys, warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import torch
from torch.export import Dim, export
from torch._export.serde.serialize import serialize

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples"


def _torchvision():
    """The CPU index has no torchvision build: its compiled operators are declared, never run."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _torchvision.keep = library
    import torchvision
    return torchvision


def resnet18():
    model = _torchvision().models.resnet18().eval()
    return export(model, (torch.randn(2, 3, 224, 224),), dynamic_shapes={"x": {0: Dim("batch", min=2, max=64)}})


def bert():
    _torchvision()  # transformers imports it where it is installed
    from transformers import BertConfig, BertModel
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, vocab_size=128,
                        max_position_embeddings=64)
    model = BertModel(config).eval()
    ids = torch.ones(2, 16, dtype=torch.long)
    dims = {0: Dim("batch", min=2, max=32), 1: Dim("tokens", min=2, max=64)}
    return export(model, (), {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
                  dynamic_shapes={"input_ids": dims, "attention_mask": dims}, strict=False)


class Stats(torch.nn.Module):
    """Sizes relate to each other: y is x without its last row."""

    def __init__(self):
        super().__init__()
        self.project = torch.nn.Linear(8, 4)
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x, y):
        return self.project(x[:-1] + y) * self.scale


def derived_dims():
    rows = Dim("rows", min=3, max=100)
    return export(Stats().eval(), (torch.randn(6, 8), torch.randn(5, 8)),
                  dynamic_shapes={"x": {0: rows + 1}, "y": {0: rows}})


class Select(torch.nn.Module):
    """A size that depends on data: its assertions are written anew by each re-export."""

    def forward(self, x, n, m):
        k, l = n.item(), m.item()
        torch._check(k + l >= 2)
        torch._check(k + l <= x.shape[0])
        return x[: k + l].sum() + x.new_ones(k + l).sum()


def data_dependent():
    return export(Select(), (torch.randn(8), torch.tensor(2), torch.tensor(3)), dynamic_shapes=None)


def failing():
    """The derived program after a careless edit: y's slice is gone, so the sizes no longer meet."""
    return derived_dims()


def _strip(document):
    graphs = [document["graph_module"]["graph"]]
    while graphs:
        graph = graphs.pop()
        for node in graph["nodes"]:
            node["metadata"] = {k: v for k, v in node["metadata"].items() if k in ("nn_module_stack", "torch_fn")}
            graphs += [i["arg"]["as_graph"]["graph"] for i in node["inputs"] if "as_graph" in i["arg"]]
    return document


def _break(document):
    """Removes the slice of x and lets its user read x."""
    graph = document["graph_module"]["graph"]
    at = next(i for i, n in enumerate(graph["nodes"]) if n["target"] == "torch.ops.aten.slice.Tensor")
    node = graph["nodes"].pop(at)
    old, new = node["outputs"][0]["as_tensor"]["name"], node["inputs"][0]["arg"]["as_tensor"]["name"]
    for other in graph["nodes"]:
        for item in other["inputs"]:
            if item["arg"].get("as_tensor", {}).get("name") == old:
                item["arg"]["as_tensor"]["name"] = new
    del graph["tensor_values"][old]
    return document


MAKERS = {"resnet18": resnet18, "bert": bert, "derived-dims": derived_dims, "data-dependent": data_dependent,
          "failing": failing}


def main():
    for name in sys.argv[1:] or MAKERS:
        torch.manual_seed(0)
        document = _strip(json.loads(serialize(MAKERS[name]()).exported_program))
        if name == "failing":
            document = _break(document)
        path = SAMPLES / name / "model.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
