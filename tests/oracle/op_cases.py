#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a corpus of one-operator programs from PyTorch's own operator database, in the form score.py reads.

    python3 tests/oracle/op_cases.py DIR [--only REGEX] [--dtypes float32,int64] [--samples 2] [--part 0/2]

Each sample is exported once, static and with Dim.AUTO. The exported program is its own answer: what PyTorch's
kernels for fake tensors made of the operator is recorded in it, and a re-export of it must come to the same.
"""
import argparse
import json
import logging
import os
import re
import sys
import warnings

import torch
import torch.utils._pytree as pytree
from torch._export.serde.serialize import serialize
from torch.testing._internal.common_methods_invocations import op_db


class OneCall(torch.nn.Module):
    """Calls `op` with tensors taken from forward's arguments and everything else baked in."""

    def __init__(self, op, leaves, spec):
        super().__init__()
        self.op, self.leaves, self.spec = op, leaves, spec

    def forward(self, *ts):
        rest = iter(ts)
        leaves = [next(rest) if isinstance(x, torch.Tensor) else x for x in self.leaves]
        args, kwargs = pytree.tree_unflatten(leaves, self.spec)
        return self.op(*args, **kwargs)


def tensors_only(result) -> bool:
    return all(isinstance(x, (torch.Tensor, int, float, bool, type(None))) for x in pytree.tree_leaves(result))


def export(op, sample, dynamic: bool):
    leaves, spec = pytree.tree_flatten(((sample.input, *sample.args), dict(sample.kwargs)))
    inputs = tuple(x.detach() for x in leaves if isinstance(x, torch.Tensor))
    shapes = (tuple({d: torch.export.Dim.AUTO for d in range(x.dim())} for x in inputs),) if dynamic else None
    with torch.no_grad():
        return torch.export.export(OneCall(op, leaves, spec), inputs, dynamic_shapes=shapes, strict=False)


def write(directory: str, name: str, program, dynamic: bool) -> dict:
    path = f"programs/{name}.json"
    artifact = serialize(program)
    with open(os.path.join(directory, path), "wb") as out:
        out.write(artifact.exported_program)
    answer = {"ok": True, "program": path}
    return {"id": name, "group": "auto" if dynamic else "static", "program": path, "strict": False,
            "spec": "infer" if dynamic else None, "answer": [answer, answer], "torch_seconds": [0, 0]}


def cases_of(info, dtype, samples: int, directory: str):
    for number, sample in enumerate(info.sample_inputs("cpu", dtype, requires_grad=False)):
        if number >= samples:
            return
        for dynamic in (False, True):
            name = f"{info.name}.{info.variant_test_name or 'x'}.{str(dtype)[6:]}.{number}.{'auto' if dynamic else 'static'}"
            try:
                yield write(directory, name.replace("/", "_"), export(info.op, sample, dynamic), dynamic)
            except Exception as error:  # noqa: BLE001: PyTorch cannot export it; no case
                print(name, type(error).__name__, str(error).splitlines()[0][:100] if str(error) else "", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory")
    parser.add_argument("--only", default="")
    parser.add_argument("--dtypes", default="float32,int64,bool,complex64,float16")
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--part", default="0/1")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    os.makedirs(os.path.join(options.directory, "programs"), exist_ok=True)
    part, parts = map(int, options.part.split("/"))
    with open(os.path.join(options.directory, f"cases{part}.jsonl"), "w") as out:
        for place, info in enumerate(op_db):
            if place % parts != part or not re.search(options.only, info.name):
                continue
            for dtype in (getattr(torch, d) for d in options.dtypes.split(",")):
                if dtype not in info.dtypes:
                    continue
                for case in cases_of(info, dtype, options.samples, options.directory):
                    out.write(json.dumps(case) + "\n")
                    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
