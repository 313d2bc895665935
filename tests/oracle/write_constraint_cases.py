#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/unit/shapes/constraints.txt: dynamic-shape specs, guards met in a trace, and PyTorch's verdict.

    PYTHONHASHSEED=0 python tests/oracle/write_constraint_cases.py [sessions] [seed] > tests/unit/shapes/constraints.txt

One line a step, fields separated by tabs. Expressions are srepr texts; line breaks in errors are written "\\n".
"""
import logging
import operator
import random
import sys

import sympy
import torch
from torch._dynamo.source import TensorPropertySource
from torch._export import non_strict_utils as ns
from torch._export.serde.serialize import _print_sympy
from torch.export import Dim
from torch.export.dynamic_shapes import (
    _combine_args, _DerivedDim, _get_dim_name_mapping, _process_dynamic_shapes, _StaticDim)
from torch.fx.experimental import symbolic_shapes as ss

logging.disable(logging.CRITICAL)


class Module(torch.nn.Module):
    def forward(self, x, y, z):
        return x


def bound(value):
    return "oo" if value >= sys.maxsize else "-oo" if value < -sys.maxsize else str(value)


def step(*fields):
    print("\t".join(str(f) for f in fields))


def random_spec(rng):
    dims = [Dim(name, **rng.choice([{}, {}, {"min": 2}, {"max": 64}, {"min": 3, "max": 128}, {"min": 4}]))
            for name in ("a", "b", "c")]
    sizes = {d: rng.choice([2, 3, 4, 5, 6, 8, 12]) for d in dims}

    def dim():
        root = rng.choice(dims)
        kind = rng.random()
        if kind < 0.5:
            return root, sizes[root]
        if kind < 0.6:
            return root + 1, sizes[root] + 1
        if kind < 0.7:
            return 2 * root, 2 * sizes[root]
        if kind < 0.75:
            return 2 * root + 1, 2 * sizes[root] + 1
        size = rng.choice([1, 2, 3, 4, 6, 8])
        return rng.choice([None, Dim.AUTO, Dim.AUTO, Dim.DYNAMIC, Dim.STATIC, size]), size

    spec, tensors = {}, []
    for name in "xyz":
        pairs = [dim() for _ in range(rng.randint(1, 2))]
        spec[name] = {i: d for i, (d, _) in enumerate(pairs)}
        hints = [max(1, s + (1 if rng.random() < 0.02 else 0)) for _, s in pairs]
        tensors.append(torch.empty(hints))
    return spec, tensors


def write_setup(mode, equalities, spec):
    env = mode.shape_env
    places = {}
    for i, tracked in enumerate(env.tracked_fakes):
        sizes = []
        for d, (size, constraint) in enumerate(zip(tracked.fake.shape, tracked.symbolic_context.constraint_sizes)):
            places[f"{tracked.source.name}.size()[{d}]"] = f"{i},{d}"
            symbolic = isinstance(size, torch.SymInt)
            hint = size.node.hint if symbolic else size
            kind = "-"
            if isinstance(constraint, ss.StrictMinMaxConstraint):
                kind = f"strict:{bound(constraint.vr.lower)}:{bound(constraint.vr.upper)}"
            elif constraint is not None:
                kind = f"relaxed:{int(constraint.warn_only)}"
            sizes.append(f"{hint},{'dynamic' if symbolic else 'static'},{kind}")
        step("input", tracked.source.name, *sizes)
    for symbol in equalities.phantom_symbols:
        constraint = env.var_to_range[symbol]
        if isinstance(symbol, sympy.Symbol):
            step("phantom", env.var_to_sources[symbol][0].name, env.backed_var_to_val[symbol],
                 bound(constraint.lower), bound(constraint.upper))
    for a, b in equalities.source_pairs:
        step("pair", places[a.name], places[b.name])
    for source, root, fn in equalities.derived_equalities:
        place = places[root.name] if isinstance(root, TensorPropertySource) else env.var_to_sources[root][0].name
        offset = int(fn(sympy.Integer(0)))
        step("derived", places[source.name], place, int(fn(sympy.Integer(1))) - offset, offset)
    for source in equalities.relaxed_sources:
        step("relaxed", places[source.name])
    for source, name in env.source_name_to_debug_name.items():
        step("debug", source, name)
    for name, dim in _get_dim_name_mapping(spec).items():
        if isinstance(dim, _StaticDim):
            continue
        scale, offset, root, low, high = 1, 0, name, "0", "oo"
        if isinstance(dim, _DerivedDim):
            root, offset = dim.root.__name__, int(dim.fn(sympy.Integer(0)))
            scale = int(dim.fn(sympy.Integer(1))) - offset
        else:
            low, high = bound(dim.min), bound(dim.max)
        step("dim", name, root, scale, offset, low, high)


def random_guard(rng, fakes):
    sizes = [s for t in fakes for s in t.shape if isinstance(s, torch.SymInt)]
    if not sizes:
        return None
    a, b = rng.choice(sizes), rng.choice(sizes)
    kind = rng.random()
    if kind < 0.25:
        return a == b
    if kind < 0.4:
        return a % rng.choice([2, 3, 4]) == 0
    if kind < 0.5:
        return operator.eq(a, rng.choice([2, 3, 4, 6, 8]))
    if kind < 0.7:
        return rng.choice([operator.le, operator.ge, operator.lt])(a, rng.choice([2, 3, 4, 8, 16, 100]))
    if kind < 0.8:
        return a == rng.choice([2 * b, b + 1, b - 1])
    if kind < 0.9:
        return a // 2 == rng.choice([2, 3, 4])
    return rng.choice([a + b > 5, a * 2 >= b, a // 2 <= 50])


def session(number, rng):
    spec, tensors = random_spec(rng)
    module = Module()
    try:
        constraints = _process_dynamic_shapes(_combine_args(module.forward, tuple(tensors), {}), spec)
        mode, fakes, _, equalities, signature, _ = ns.make_fake_inputs(module, tuple(tensors), {}, spec)
    except Exception:
        return
    step("session", number)
    write_setup(mode, equalities, spec)
    for _ in range(rng.randint(0, 3)):
        condition = random_guard(rng, fakes)
        if isinstance(condition, torch.SymBool):
            try:
                step("guard", _print_sympy(condition.node._expr), ss.guard_bool(condition))
            except Exception as e:
                step("guard", _print_sympy(condition.node._expr), f"error: {type(e).__name__}")
                return
    try:
        ns.produce_guards_and_solve_constraints(mode, None, spec, equalities, signature)
        answer = "fine"
    except Exception as e:
        kind = "" if isinstance(e, ss.ConstraintViolationError) else type(e).__name__
        answer = f"error: {kind}" + str(e).split("\n\nUser stack")[0].replace("\n", "\\n")
    step("solve", answer)


def main():
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for number in range(sessions):
        session(number, random.Random(rng.getrandbits(64)))


main()
