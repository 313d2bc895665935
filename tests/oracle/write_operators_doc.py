#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/operators.md: which operators have a rule, by family, and which have none, by reason.

    python3 tests/oracle/write_operators_doc.py > docs/operators.md
"""
import collections
import sys

import operator_rows


def grouped(pairs):
    """Key to sorted names, keys sorted."""
    groups = collections.defaultdict(list)
    for name, key in pairs:
        groups[key].append(name)
    return {key: sorted(groups[key]) for key in sorted(groups)}


def names(items: list[str]) -> str:
    """Overloads under their packet: add (Tensor, Scalar)."""
    packets = collections.defaultdict(list)
    for item in items:
        packet, _, overload = item.partition(".")
        packets[packet].append(overload)
    def one(packet: str, overloads: list[str]) -> str:
        named = [o for o in overloads if o]
        return f"`{packet}`" + (f" ({', '.join(named)})" if named else "")
    return ", ".join(one(p, o) for p, o in sorted(packets.items()))


def main() -> int:
    rules, schemas, unsupported = operator_rows.rules(), operator_rows.schemas(), operator_rows.unsupported()
    script = [n for n, why in unsupported.items() if why.startswith("TorchScript")]
    traceable = len(schemas) - len(script)
    covered = sum(name in rules for name in schemas)
    backward = sum(why.startswith("autograd kernel") for why in unsupported.values())
    countable = traceable - backward
    print("# Operators\n")
    print("Written by `tests/oracle/write_operators_doc.py`; do not edit.\n")
    print(f"PyTorch registers {len(schemas)} aten overloads that do not write to `out` arguments. {len(script)} of them are")
    print(f"TorchScript's alone and cannot be traced, {backward} more are kernels of backward graphs without a rule. Of the other")
    print(f"{countable}, {covered} have a rule ({100 * covered / countable:.1f} %); each of the rest stands below with its reason. A composite")
    print("operator's rule runs what PyTorch's own composite runs; where PyTorch takes no call of an operator that a program")
    print("can hold, the rule is its refusal, with its text (family no_kernel and others).\n")
    print("## With a rule\n")
    for family, items in grouped(rules.items()).items():
        print(f"### {family} ({len(items)})\n\n{names(items)}\n")
    print("## Without a rule\n")
    for why, items in grouped(unsupported.items()).items():
        print(f"### {why} ({len(items)})\n\n{names(items)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
