# SPDX-License-Identifier: Apache-2.0
"""Writes tests/unit/expr/cases.txt: what SymPy and torch.utils._sympy make of random expressions.

A line a case, fields separated by tabs: input in prefix form (evaluated inside out), srepr, str.
An input that raises has the one word "error" for both.
Run with a Python that has PyTorch:
    python tests/oracle/write_expr_cases.py > tests/unit/expr/cases.txt
    python tests/oracle/write_expr_cases.py --corpus DIRECTORY > tests/unit/expr/srepr.txt
"""

import argparse
import random
import re
import signal
from pathlib import Path

import sympy
from sympy.logic.boolalg import to_cnf
from torch.fx.experimental.symbolic_shapes import canonicalize_bool_expr, safe_expand
from torch.utils._sympy import functions as F
from torch.utils._sympy.solve import try_solve

S77, S17, S6 = (sympy.Symbol(n, positive=True, integer=True) for n in ("s77", "s17", "s6"))
U0, U1 = (sympy.Symbol(n, integer=True) for n in ("u0", "u1"))
Z0 = sympy.Symbol("zuf0")
SYMBOLS = {str(s): s for s in (S77, S17, S6, U0, U1, Z0)}

FUNCTIONS = {
    "add": lambda *a: sympy.Add(*a),
    "mul": lambda *a: sympy.Mul(*a),
    "sub": lambda a, b: a - b,
    "neg": lambda a: -a,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: F.PowByNatural(a, b),
    "max": lambda *a: F.Max(*a),
    "min": lambda *a: F.Min(*a),
    "floordiv": F.FloorDiv,
    "ceildiv": F.CeilDiv,
    "cleandiv": F.CleanDiv,
    "mod": F.Mod,
    "pymod": F.PythonMod,
    "modidx": F.ModularIndexing,
    "lshift": F.LShift,
    "rshift": F.RShift,
    "tofloat": F.ToFloat,
    "inttruediv": F.IntTrueDiv,
    "floattruediv": F.FloatTrueDiv,
    "trunc": F.TruncToInt,
    "ceil": F.CeilToInt,
    "sqrt": F.OpaqueUnaryFn_sqrt,
    "eq": sympy.Eq,
    "ne": sympy.Ne,
    "lt": sympy.Lt,
    "le": sympy.Le,
    "gt": sympy.Gt,
    "ge": sympy.Ge,
    "and": sympy.And,
    "or": sympy.Or,
    "not": sympy.Not,
    "ite": lambda c, a, b: sympy.Piecewise((a, c), (b, True)),
    "expand": safe_expand,
    "cnf": to_cnf,
    "canon": canonicalize_bool_expr,
    "gcd": sympy.gcd,
    "solve": lambda r, x: solved(r, x),
    "swap": lambda e: e.xreplace({S77: S17, S17: S77, U0: sympy.Integer(4)}),
}


def solved(relation, thing):
    result = try_solve(relation, thing)
    return sympy.S.false if result is None else result[0]


def evaluate(tokens):
    token = next(tokens)
    if token == "(":
        name = next(tokens)
        args = []
        while (arg := evaluate(tokens)) is not None:
            args.append(arg)
        return FUNCTIONS[name](*args)
    if token == ")":
        return None
    if token in SYMBOLS:
        return SYMBOLS[token]
    return sympy.Float(float(token)) if "." in token else sympy.Integer(int(token))


class Writer:
    """Random inputs, small ones first."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def atom(self):
        if self.random.random() < 0.4:
            return str(self.random.choice([0, 1, 1, 2, 2, 3, 4, 4, 5, 8, 16, 64, -1, -2, -3]))
        return self.random.choice(["s77", "s77", "s17", "s17", "s6", "u0", "u1"])

    def number(self, depth):
        if depth == 0 or self.random.random() < 0.15:
            return self.atom()
        name = self.random.choice(
            ["add"] * 6 + ["mul"] * 5 + ["sub"] * 2 + ["floordiv"] * 4 + ["max"] * 2 + ["min", "neg", "mod", "pymod", "pow"]
            + ["ceildiv", "cleandiv", "modidx", "lshift", "rshift", "ite", "expand", "gcd"]
        )
        n = self.number
        if name in ("add", "mul", "max", "min"):
            args = [n(depth - 1) for _ in range(self.random.choice([2, 2, 2, 3, 3, 4]))]
        elif name in ("neg", "expand"):
            args = [n(depth - 1)]
        elif name in ("pow", "lshift", "rshift"):
            args = [n(depth - 1), str(self.random.choice([0, 1, 2, 2, 3]))]
        elif name == "modidx":
            args = [n(depth - 1), str(self.random.choice([1, 2, 4])), str(self.random.choice([2, 3, 8]))]
        elif name == "ite":
            args = [self.relation(0), n(depth - 1), n(depth - 1)]
        elif name in ("floordiv", "mod", "pymod", "ceildiv") and self.random.random() < 0.6:
            args = [n(depth - 1), str(self.random.choice([2, 2, 3, 4, 8, 16]))]
        else:
            args = [n(depth - 1), n(depth - 1)]
        return f"( {name} {' '.join(args)} )"

    def relation(self, depth):
        name = self.random.choice(["eq", "ne", "lt", "le", "gt", "ge"])
        return f"( {name} {self.number(depth)} {self.number(depth)} )"

    def boolean(self, depth):
        if depth == 0 or self.random.random() < 0.3:
            return self.relation(self.random.choice([0, 1, 1, 2]))
        name = self.random.choice(["and", "or", "not", "canon", "canon", "cnf"])
        count = 1 if name in ("not", "canon", "cnf") else self.random.choice([2, 2, 3])
        return f"( {name} {' '.join(self.boolean(depth - 1) for _ in range(count))} )"

    def floating(self, depth):
        if depth == 0:
            return self.random.choice(["zuf0", "0.5", "2.0", f"( tofloat {self.number(1)} )"])
        name = self.random.choice(["add", "mul", "floattruediv", "inttruediv", "sqrt", "trunc", "ceil"])
        if name == "inttruediv":
            return f"( {name} {self.number(1)} {self.number(1)} )"
        args = [self.floating(depth - 1) for _ in range(1 if name in ("sqrt", "trunc", "ceil") else 2)]
        return f"( {name} {' '.join(args)} )"

    def case(self):
        depth = self.random.choice([1, 1, 2, 2, 2, 3, 3, 4])
        kind = self.random.random()
        if kind < 0.5:
            return self.number(depth)
        if kind < 0.65:
            return self.relation(min(depth, 3))
        if kind < 0.85:
            return self.boolean(min(depth, 3))
        if kind < 0.9:
            return f"( swap {self.number(depth)} )"
        if kind < 0.95:
            return f"( solve {self.relation(min(depth, 2))} {self.random.choice(['s77', 'u0'])} )"
        return self.floating(min(depth, 2))


class TooSlow(Exception):
    pass


def alarm(*_):
    raise TooSlow


def outside_our_scope(text, line):
    """Complex infinity, fractions, and what SymPy's polynomials and Piecewise folding do to a choice."""
    if "zoo" in line or "ITE" in line or "/" in line.split("\t")[2].replace("//", ""):
        return True
    return " ite " in text and bool(re.search(" (gcd|ceildiv|modidx|rshift|floordiv|canon) ", text))


def line_of(text):
    signal.alarm(5)
    try:
        e = evaluate(iter(text.split()))
        return f"{text}\t{sympy.printing.repr.srepr(e)}\t{e}"
    except TooSlow:
        return None
    except Exception:
        return f"{text}\terror\terror"
    finally:
        signal.alarm(0)


def corpus_texts(directory):
    """Every expr_str of the programs under a directory: what must be read and printed back unchanged."""
    found = set()
    for path in Path(directory).rglob("*.json*"):
        found.update(re.findall(r'expr_str\\?": ?\\?"([^"\\]+)', path.read_text()))
    return sorted(found, key=lambda text: (len(text), text))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", help="write the expr_str texts of this directory instead")
    arguments = parser.parse_args()
    if arguments.corpus:
        print("\n".join(corpus_texts(arguments.corpus)))
        return
    signal.signal(signal.SIGALRM, alarm)
    writer = Writer(arguments.seed)
    seen = set()
    while len(seen) < arguments.count:
        text = writer.case()
        if text in seen or len(text) > 400:
            continue
        seen.add(text)
        line = line_of(text)
        if line is not None and len(line) < 4000 and not outside_our_scope(text, line):
            print(line)


if __name__ == "__main__":
    main()
