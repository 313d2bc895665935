#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes core/ops/schemas.inc: the operator schemas of the installed PyTorch (aten, prims, quantized) and of the
other namespaces that core/ops/families/custom.cpp has rules for. Needs torchvision beside torch.

    python3 tests/oracle/write_schemas.py > core/ops/schemas.inc
"""
import re
import sys

import torch
import torch._prims  # noqa: F401: registers prims
import torch.ao.quantization.fx._decomposed  # noqa: F401: registers quantized_decomposed
import torch.distributed._functional_collectives  # noqa: F401: registers _c10d_functional
import torch.export.custom_ops  # noqa: F401: registers export
import torch.nn.modules.linear_cross_entropy  # noqa: F401: registers torch_nn
import torchvision  # noqa: F401: registers torchvision

NAMESPACES = ("aten::", "prims::", "quantized::", "_c10d_functional::", "export::", "quantized_decomposed::", "torch_nn::", "torchvision::")


def split(text: str) -> list[str]:
    """At commas outside brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for i, c in enumerate(text):
        if c in "\"'" and text[i - 1] != "\\":
            quoted = not quoted
        elif not quoted and c in "([{":
            depth += 1
        elif not quoted and c in ")]}":
            depth -= 1
        elif c == "," and not quoted and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return parts + [last] if last else parts


def closing(text: str, at: int) -> int:
    """The bracket that closes the one at `at`."""
    depth, quoted = 0, False
    for i in range(at, len(text)):
        if text[i] in "\"'" and text[i - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (text[i] == "(") - (text[i] == ")")
            if depth == 0:
                return i
    raise ValueError(text)


def parse(text: str):
    """(name, [(name, type, default or None, kwarg_only)], [return type])."""
    open_ = text.index("(")
    close = closing(text, open_)
    args, kwarg_only = [], False
    for part in split(text[open_ + 1:close]):
        if part == "*":
            kwarg_only = True
            continue
        declaration, _, default = part.partition("=")
        type_, _, name = declaration.rpartition(" ")
        args.append((name, type_.strip(), default if "=" in part else None, kwarg_only))
    returns = text[close + 1:].partition("->")[2].strip()
    if returns.startswith("(") and closing(returns, 0) == len(returns) - 1:
        returns = returns[1:-1]
    types = [re.sub(r" [A-Za-z_][A-Za-z0-9_]*$", "", r) if not r.startswith("Dict(") else r for r in split(returns)]
    return text[:open_], args, types


def overload(name: str):
    namespace, rest = name.split("::")
    packet, _, which = rest.partition(".")
    return getattr(getattr(getattr(torch.ops, namespace), packet), which or "default")


def tags_of(name: str) -> set[str]:
    try:
        return {str(t).removeprefix("Tag.") for t in overload(name).tags}
    except (AttributeError, RuntimeError):
        return set()


def is_composite(name: str) -> bool:
    try:
        return overload(name)._can_decompose()
    except (AttributeError, RuntimeError):  # an operator of TorchScript alone
        return False


def literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def flag(value: bool) -> str:
    return "true" if value else "false"


class Pool:
    """Lists laid end to end in one array; equal lists share their place."""

    def __init__(self):
        self.rows, self.place = [], {}

    def add(self, rows: list[str]) -> str:
        key = tuple(rows)
        if key not in self.place:
            self.place[key] = len(self.rows)
            self.rows += rows
        return f"{self.place[key]}, {len(rows)}"


def main() -> int:
    schemas = {}
    for schema in torch._C._jit_get_all_schemas():
        name = schema.name + ("." + schema.overload_name if schema.overload_name else "")
        if name.startswith(NAMESPACES):
            schemas[name] = str(schema)
    arguments, lists, returns, rows = Pool(), Pool(), Pool(), []
    for name in sorted(schemas):
        _, parameters, types = parse(schemas[name])
        spelled = ["{%s, %s, %s, %s, %s}" % (literal(n), literal(t), literal(d or ""), flag(d is not None), flag(k))
                   for n, t, d, k in parameters]
        args_at = lists.add([arguments.add([one]).split(",")[0] for one in spelled])
        returns_at = returns.add([literal(t) for t in types])
        mutates = any("!" in t for _, t, _, _ in parameters)
        aliases = any("(" in t and "!" not in t for t in types if not t.startswith("Dict("))
        random = "nondeterministic_seeded" in tags_of(name)
        rows.append("{%s, %s, %s, %s, %s, %s, %s}" % (literal(name), args_at, returns_at, flag(is_composite(name)),
                                                      flag(mutates), flag(aliases), flag(random)))
    print(f"// Generated by tests/oracle/write_schemas.py from PyTorch {torch.__version__}. Do not edit.")
    for kind, name, lines in (("SchemaArg", "kArgs", arguments.rows), ("std::uint16_t", "kArgLists", lists.rows),
                              ("std::string_view", "kReturns", returns.rows), ("Row", "kRows", rows)):
        print(f"constexpr {kind} {name}[] = {{")
        print("\n".join("    " + line + "," for line in lines))
        print("};")
    return 0


if __name__ == "__main__":
    sys.exit(main())
