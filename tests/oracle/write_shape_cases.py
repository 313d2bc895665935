#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/unit/shapes/cases.txt: random sessions with PyTorch's ShapeEnv, to be replayed by ours.

    PYTHONHASHSEED=0 python tests/oracle/write_shape_cases.py [sessions] [seed] > tests/unit/shapes/cases.txt

A session creates symbols, asks questions of expressions over them, and ends with what the environment knows.
One line a step, fields separated by tabs: verb, arguments, answer. Expressions are srepr texts.
"""
import logging
import operator
import random
import sys

import sympy
import torch
from torch._dynamo.source import LocalSource, TensorProperty, TensorPropertySource
from torch.fx.experimental import symbolic_shapes as ss
from torch.utils._sympy.numbers import int_oo

logging.disable(logging.CRITICAL)


def text(expr):
    from torch._export.serde.serialize import _print_sympy

    if isinstance(expr, (bool, int)):
        return str(expr)
    return _print_sympy(sympy.sympify(expr))


def bound(value):
    # Our ranges have 64 bits, whose limits stand for the infinities.
    return "oo" if value >= sys.maxsize else "-oo" if value < -sys.maxsize else str(value)


class Session:
    def __init__(self, rng):
        self.rng = rng
        self.env = ss.ShapeEnv(tracked_fakes=[], trace_asserts=False)
        self.values = []  # SymInts
        self.symbols = []
        self.alive = True

    def step(self, *fields):
        print("\t".join(str(f) for f in fields))

    def create_symbols(self):
        rng = self.rng
        for i in range(rng.randint(1, 4)):
            source = TensorPropertySource(LocalSource(rng.choice("xyzw")), TensorProperty.SIZE, i)
            hint = rng.choice([0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 12, 16, 24, 32, 100])
            if rng.random() < 0.1:
                expr = self.env.create_unspecified_symbol(hint, source, ss.DimDynamic.DYNAMIC)
                self.step("unspecified", hint, source.name, text(expr))
            else:
                dynamic = rng.choice(["DYNAMIC"] * 4 + ["DUCK", "STATIC"])
                constraint, range_text = None, "-"
                if rng.random() < 0.25:
                    low = rng.choice([0, 1, 2, 3, 4])
                    high = rng.choice([int_oo, 64, 128, 1024])
                    constraint = ss.StrictMinMaxConstraint(warn_only=False, vr=ss.ValueRanges(low, high))
                    range_text = f"{low},{bound(high)}"
                try:
                    expr = self.env.create_symbol(hint, source, ss.DimDynamic[dynamic], constraint)
                except ss.ConstraintViolationError as e:
                    self.step("symbol", hint, source.name, dynamic, range_text, f"error: {e}")
                    self.alive = False
                    return
                self.step("symbol", hint, source.name, dynamic, range_text, text(expr))
            value = self.env.create_symintnode(expr, hint=hint, source=source)
            if isinstance(value, torch.SymInt):
                self.values.append(value)
                self.symbols.append(value.node._expr)
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            value = self.env.create_unbacked_symint()
            self.step("unbacked", text(value.node._expr))
            self.values.append(value)
            self.symbols.append(value.node._expr)
            if rng.random() < 0.5:
                ss._constrain_range_for_size(value)
                self.step("size", text(value.node._expr))

    def integer(self, depth):
        rng = self.rng
        if depth == 0 or rng.random() < 0.3:
            return rng.choice(self.values) if rng.random() < 0.8 else rng.choice([0, 1, 2, 3, 4, 8, 64, -1])
        a, b = self.integer(depth - 1), self.integer(depth - 1)
        kind = rng.random()
        if kind < 0.3:
            return a + b
        if kind < 0.4:
            return a - b
        if kind < 0.65:
            return a * b
        if kind < 0.78:
            return a // rng.choice([2, 3, 4, 8])
        if kind < 0.88:
            return a % rng.choice([2, 3, 4, 8])
        if kind < 0.91 and isinstance(b, torch.SymInt):
            return a // b
        if kind < 0.95:
            return torch.sym_max(a, rng.choice([0, 1, b]))
        if kind < 0.98:
            return torch.sym_min(a, b)
        return torch.sym_int(a / rng.choice([2, 4]))

    def some_integer(self, depth):
        while True:
            try:
                return self.integer(depth)
            except (ZeroDivisionError, AssertionError):
                pass

    def boolean(self):
        rng = self.rng
        while True:
            a, b = self.some_integer(rng.randint(0, 2)), self.some_integer(rng.randint(0, 2))
            if rng.random() < 0.4:
                b = rng.choice([0, 1, 2, 3, 4, 5, 8, 16, 2**31, 9223372036854775807])
            if rng.random() < 0.1:
                a, b = a % rng.choice([2, 4, 8]), 0
            relation = rng.choice(["eq", "eq", "eq", "ne", "lt", "le", "gt", "ge"])
            result = getattr(operator, relation)(a, b)
            if rng.random() < 0.08:
                other = getattr(operator, rng.choice(["lt", "ge", "eq"]))(self.some_integer(1), self.some_integer(1))
                result = rng.choice([torch.sym_not, lambda x: x])(result)
                if isinstance(result, torch.SymBool) and isinstance(other, torch.SymBool):
                    result = rng.choice([operator.and_, operator.or_])(result, other)
            if isinstance(result, torch.SymBool):
                return result

    def ask(self):
        rng = self.rng
        verb = rng.choice(["guard"] * 4 + ["check"] * 3 + ["known"] * 2 + ["or_false", "or_true", "int", "bound", "simplify"])
        if verb in ("int", "bound", "simplify"):
            value = self.some_integer(2)
            if not isinstance(value, torch.SymInt):
                return
            if verb == "int" and rng.random() < 0.7:
                return
        else:
            value = self.boolean()
        expr = text(value.node._expr)
        forgot_hint = value.node.hint is None and not ss.free_unbacked_symbols(value.node._expr)
        if forgot_hint:  # made of an unbacked symbol that was replaced: the text does not say so
            return
        try:
            answer = self.answer(verb, value)
        except ss.GuardOnDataDependentSymNode as e:
            answer, self.alive = "error: " + str(e).split("  (")[0], verb in ("guard", "int")
        except Exception as e:
            answer, self.alive = f"error: {type(e).__name__}", False
        self.step(verb, expr, answer)

    def answer(self, verb, value):
        if verb == "guard":
            return ss.guard_bool(value)
        if verb == "check":
            return ss.expect_true(value)
        if verb == "known":
            return bool(ss.statically_known_true(value))
        if verb == "or_false":
            return ss.guard_or_false(value)
        if verb == "or_true":
            return ss.guard_or_true(value)
        if verb == "int":
            return ss.guard_int(value)
        if verb == "bound":
            r = self.env.bound_sympy(value.node.expr)
            return f"{bound(r.lower)},{bound(r.upper)}"
        return text(self.env.simplify(value.node.expr))

    def finish(self):
        env = self.env
        printer = ss.ShapeGuardPythonPrinter(env.var_to_sources, lambda s: s.name, env.var_to_sources)
        for symbol in dict.fromkeys(self.symbols):
            r = env.var_to_range[symbol]
            self.step("state_range", text(symbol), f"{bound(r.lower)},{bound(r.upper)}")
            self.step("state_replaced", text(symbol), text(env.replace(symbol)))
        for guard in env.guards:
            backed = all(s in env.var_to_sources for s in guard.expr.free_symbols)
            self.step("state_guard", text(guard.expr), printer.doprint(guard.expr) if backed else "-")
        for symbol, asserts in env.deferred_runtime_asserts.items():
            for ra in asserts:
                self.step("state_assert", symbol, text(ra.expr))

    def run(self, number):
        self.step("session", number)
        self.create_symbols()
        if not self.values:
            return
        for _ in range(self.rng.randint(2, 9)):
            if self.alive:
                self.ask()
        if self.alive:
            self.finish()


def main():
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for number in range(sessions):
        Session(random.Random(rng.getrandbits(64))).run(number)


main()
