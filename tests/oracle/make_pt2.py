#!/usr/bin/env python3
"""Writes the small .pt2 archives of tests/data/pt2 with the installed PyTorch (2.13): make_pt2.py DIR"""
import sys, zipfile
import torch
from torch.export import Dim, export
from torch.export.pt2_archive._package import package_pt2
from torch._export.serde.serialize import serialize


class Tied(torch.nn.Module):
    """Two layers share one weight."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(4, 4)
        self.second = torch.nn.Linear(4, 4)
        self.second.weight = self.first.weight

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


class Constant(torch.nn.Module):
    """A small tensor constant, and a non-persistent buffer that is a view of a larger one."""

    def __init__(self):
        super().__init__()
        self.register_buffer("steps", torch.arange(6).reshape(2, 3).t(), persistent=False)

    def forward(self, x):
        return x + torch.tensor([1, 2, 3]) + self.steps[:, 0]


def programs():
    torch.manual_seed(0)
    batch = Dim("batch", min=2, max=64)
    tied = export(Tied(), (torch.randn(3, 4),), dynamic_shapes={"x": {0: batch}})
    constant = export(Constant(), (torch.randn(3),))
    return tied, constant


def write_old(path, program):
    """The layout of torch.export.save before .pt2 archives; today's torch.export.load still reads it."""
    artifact = serialize(program)
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("version", "8.20")
        z.writestr("serialized_exported_program.json", artifact.exported_program)
        z.writestr("serialized_state_dict.pt", artifact.state_dict)
        z.writestr("serialized_constants.pt", artifact.constants)
        z.writestr("serialized_example_inputs.pt", artifact.example_inputs)


def main(directory):
    tied, constant = programs()
    torch.export.save(tied, f"{directory}/tied.pt2")
    torch.export.save(constant, f"{directory}/constant.pt2")
    package_pt2(f"{directory}/several.pt2", exported_programs={"tied": tied, "constant": constant})
    write_old(f"{directory}/old.pt2", tied)
    torch.export.load(f"{directory}/old.pt2")
    torch.save({"a": torch.ones(1)}, f"{directory}/not_a_program.pt")


if __name__ == "__main__":
    main(sys.argv[1])
