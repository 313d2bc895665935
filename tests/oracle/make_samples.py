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


class Rows(torch.nn.Module):
    def forward(self, x, y):
        return x + y[1:]


def dim_specialised():
    """One or two rows, of which one is no longer a choice once the example has two."""
    rows = Dim("rows", min=1, max=2)
    return export(Rows(), (torch.randn(2, 4), torch.randn(3, 4)), dynamic_shapes={"x": {0: rows}, "y": {0: rows + 1}})


class Twice(torch.nn.Module):
    def forward(self, x):
        return x.relu().unsqueeze(0).expand(2, -1, 4)


def dim_fixed():
    return export(Twice(), (torch.randn(6, 4),), dynamic_shapes={"x": {0: Dim("rows")}})


def _fix(document):
    """expand is told the example's number of rows."""
    nodes = document["graph_module"]["graph"]["nodes"]
    expand = next(node for node in nodes if node["target"] == "torch.ops.aten.expand.default")
    expand["inputs"][1]["arg"]["as_ints"][1] = 6
    return document


class Flat(torch.nn.Module):
    def forward(self, x):
        return x.relu().sum(-1)


def range_narrowed():
    """A Dim without a minimum; an inferred one starts at 2."""
    return export(Flat(), (torch.randn(4, 3),), dynamic_shapes={"x": {0: Dim("rows", max=64)}})


class Normed(torch.nn.Module):
    """Evaluated, so that nothing reads num_batches_tracked."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(x)


def input_dropped():
    return export(Normed().eval(), (torch.randn(4, 3),))


class Scale(torch.nn.Module):
    def __init__(self, value):
        super().__init__()
        self.register_buffer("value", torch.tensor([value]))


class Scales(torch.nn.Module):
    """The first module owns a buffer alone, the second a parameter, too."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Scale(1.0), Scale(2.0)
        self.second.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x * self.first.value * self.second.value * self.second.weight


def order_changed():
    return export(Scales(), (torch.randn(3),))


class Constants(torch.nn.Module):
    """Without a user input non-strict export puts constants before buffers, strict export after them."""

    def __init__(self):
        super().__init__()
        self.constant = torch.ones(2)
        self.register_buffer("buffer", torch.zeros(2))

    def forward(self):
        return self.constant + self.buffer


def constant_moved():
    return export(Constants(), ())


class Collapse(torch.nn.Module):
    def forward(self, x):
        return x.view(-1, 64) * 2


def mode_disagrees():
    rows, columns = Dim("rows", min=2, max=16), Dim("columns", min=2, max=16)
    return export(Collapse(), (torch.randn(3, 5, 64),), dynamic_shapes={"x": {0: rows, 1: columns}}, strict=False)


class Learned(torch.nn.Module):
    """A constant that requires a gradient, and is no parameter."""

    def __init__(self):
        super().__init__()
        self.constant = torch.ones(2, requires_grad=True)

    def forward(self, x):
        return x + self.constant


def requires_grad_changed():
    return export(Learned(), (torch.randn(2),))


class Two(torch.nn.Module):
    def forward(self, x):
        return x.relu(), x.neg()


def two_outputs():
    return export(Two(), (torch.randn(4, 3),))


def _edited(edit):
    """A copy of `two_outputs` after a deliberate edit."""
    document = _strip(json.loads(serialize(two_outputs()).exported_program))
    edit(document["graph_module"], document["graph_module"]["graph"]["tensor_values"])
    return document


def _stale(module, values):
    values["relu"]["sizes"][0] = {"as_int": 13}


def _other_dtype(module, values):
    for value in values.values():
        value["dtype"] = 8


def _other_size(module, values):
    for value in values.values():
        value["sizes"][0] = {"as_int": 8}


def _other_strides(module, values):
    for value in values.values():
        value["strides"] = [{"as_int": 1}, {"as_int": 4}]


def _other_operator(module, values):
    module["graph"]["nodes"][0]["target"] = "torch.ops.aten.sigmoid.default"


def _unknown_operator(module, values):
    module["graph"]["nodes"][0]["target"] = "torch.ops.aten._test_check_tensor.default"


def _undefined(module, values):
    module["graph"]["nodes"][0]["inputs"][0]["arg"]["as_tensor"]["name"] = "nowhere"


def _as_list(module, values):
    signature = module["module_call_graph"][0]["signature"]
    signature["out_spec"] = signature["out_spec"].replace("builtins.tuple", "builtins.list")


def _swapped(module, values):
    for entries in (module["graph"]["outputs"], module["signature"]["output_specs"]):
        entries.reverse()


MAKERS = {"resnet18": resnet18, "bert": bert, "derived-dims": derived_dims, "data-dependent": data_dependent,
          "failing": failing}
# samples/findings/<name>.json
FINDINGS = {"dim-specialised": dim_specialised, "dim-fixed": dim_fixed, "range-narrowed": range_narrowed, "input-dropped": input_dropped,
            "order-changed": order_changed, "constant-moved": constant_moved, "mode-disagrees": mode_disagrees,
            "two-outputs": two_outputs, "requires-grad-changed": requires_grad_changed}
CHANGES = {"failing": _break, "dim-fixed": _fix}
EDITS = {"metadata-stale": _stale, "dtype-changed": _other_dtype, "size-changed": _other_size,
         "stride-changed": _other_strides, "output-changed": _swapped, "operator-changed": _other_operator,
         "operator-unsupported": _unknown_operator, "program-invalid": _undefined, "tree-spec-changed": _as_list}


def _write(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n")


def main():
    for name in sys.argv[1:] or [*MAKERS, *FINDINGS, *EDITS]:
        torch.manual_seed(0)
        if name in EDITS:
            _write(SAMPLES / "findings" / f"{name}.json", _edited(EDITS[name]))
            continue
        maker = MAKERS.get(name) or FINDINGS[name]
        document = _strip(json.loads(serialize(maker()).exported_program))
        if name in CHANGES:
            document = CHANGES[name](document)
        _write(SAMPLES / name / "model.json" if name in MAKERS else SAMPLES / "findings" / f"{name}.json", document)


if __name__ == "__main__":
    main()
