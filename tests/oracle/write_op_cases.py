#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the expected sides of tests/ops/*.cases with the installed PyTorch (2.13).

    write_op_cases.py                         # every file: the right side of every line anew
    write_op_cases.py --family view [--only REGEX]
    write_op_cases.py --make --programs DIR   # instead makes calls for rules that lack a right or a wrong one
    write_op_cases.py --pool OUT --programs DIR   # all calls that it can make, not a choice: to look for trouble
"""
import argparse
import gc
import json
import logging
import os
import pathlib
import re
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import torch  # noqa: E402
import torch.ao.quantization.fx._decomposed  # noqa: E402, F401: declares quantized_decomposed

try:
    import torchvision_ops  # noqa: F401: declares torchvision's operators where there is no CPU build
    import torchvision  # noqa: F401
except ImportError:
    pass

import operator_rows  # noqa: E402
from make_op_calls import Calls, target_of  # noqa: E402
from op_call import answer, read  # noqa: E402

CASES = pathlib.Path(__file__).resolve().parents[2] / "tests" / "ops"
ERROR = re.compile(r"^[A-Za-z]+: ")


def in_child(function):
    """The result of `function`, in a process of its own: a wrong call may crash PyTorch. None: it did."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with os.fdopen(send, "w") as out:
                json.dump(function(), out)
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive) as given:
        text = given.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def answers(calls):
    """(call, right side) of those that PyTorch answers."""
    done = in_child(lambda: [answer(c) for c in calls])
    if done is None:
        done = [in_child(lambda c=c: answer(c)) for c in calls]
    return [(str(c), a) for c, a in zip(calls, done) if a is not None]


def choice(answered):
    """A few calls that differ in what comes of them: static, symbolic, data-dependent, and each kind of error; short ones
    first, and what the argument parser refuses only where nothing else is wrong."""
    right, wrong, refused = {}, {}, {}
    for call, result in sorted(answered, key=lambda pair: len(pair[0]) + len(pair[1])):
        if ERROR.match(result):
            parser = "Expected a value of type" in result or "is missing value" in result or "proper Tensor" in result
            kind = re.sub(r"[-\d\[\], ]+", "", result)
            (refused if parser else wrong).setdefault(kind, (call, result))
        else:
            symbol = "u" if re.search(r"\bu\d", call) else "s" if ":" in call else ""
            dtype = re.search(r"\b(i64|bool|c64|f16)\[", call)
            right.setdefault((symbol, dtype and not symbol and dtype[1]), (call, result))
    return list(right.values())[:4] + (list(wrong.values())[:4] or list(refused.values())[:1])


def line(call, result):
    return f"{call} -> {result}"


def read_lines(path):
    return path.read_text().splitlines() if path.exists() else []


def rewritten(path, only):
    """The file's lines with their right sides asked again."""
    lines = read_lines(path)
    for i, text in enumerate(lines):
        call = text.split(" -> ")[0]
        if text and not text.startswith("#") and re.search(only, call):
            lines[i] = next((line(*pair) for pair in answers([read(call)])), text)
    return lines


def covered(lines):
    """Operators that have a right and a wrong call."""
    kinds = {}
    for text in lines:
        if " -> " in text and not text.startswith("#"):
            call, result = text.split(" -> ", 1)
            kinds.setdefault(call.split("(")[0], set()).add(bool(ERROR.match(result)))
    return {op for op, both in kinds.items() if len(both) == 2}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--pool", type=pathlib.Path)
    parser.add_argument("--changes", type=int, default=10, help="wrong calls to try, a rule")
    parser.add_argument("--tries", type=int, default=12, help="calls to make up where programs hold none")
    parser.add_argument("--programs", nargs="*", default=[], help="folders of exported programs to take calls from")
    options = parser.parse_args()
    families = {}
    for rule, family in operator_rows.rules().items():
        families.setdefault(family, []).append(rule)
    if options.family:
        families = {name: families[name] for name in options.family.split(",")}
    chosen = [r for rules in families.values() for r in rules if re.search(options.only, r)]
    calls = Calls(chosen, options.programs) if options.make or options.pool else None
    gc.freeze()
    for family, rules in families.items():
        path = (options.pool or CASES) / f"{family}.cases"
        lines = [] if options.pool else read_lines(path) if options.make else rewritten(path, options.only)
        have = covered(lines)
        for rule in sorted(rules):
            if calls is None or not re.search(options.only, rule) or target_of(rule) in have:
                continue
            answered = answers(calls.of(rule, options.changes, options.tries))
            old = [text for text in lines if text.split("(")[0] == target_of(rule)]
            new = [line(*pair) for pair in (answered if options.pool else choice(answered))]
            lines = [text for text in lines if text not in old] + sorted({*old, *new}, key=(old + new).index)
            if options.pool:
                path.write_text("\n".join(lines) + "\n")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        print(family, len(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
