# SPDX-License-Identifier: Apache-2.0
"""What the source tree says of operators: the rules of core/ops/families, the schemas of core/ops/schemas.inc and
the reasons of unsupported.def beside this. Standard library only."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPS = ROOT / "core" / "ops"


def rules() -> dict[str, str]:
    """Operator (without "aten::") to the family file that has its rule."""
    found = {}
    for path in sorted((OPS / "families").glob("*.cpp")):
        for name in re.findall(r'\{"([\w:.]+)",\s', path.read_text()):
            found[name] = path.stem
    return found


def schemas() -> dict[str, bool]:
    """aten overloads (without "aten::") that a program may hold, to whether they decompose. Not those that write to
    `out` arguments: keyword-only ones that are mutated."""
    text = (OPS / "schemas.inc").read_text()
    args_text, rows_text = text.split("kArgLists[]")[0], text.split("kRows[]")[1]
    places = [int(n) for n in re.findall(r"^    (\d+),$", text.split("kArgLists[]")[1].split("};")[0], re.M)]
    args = re.findall(r'^    \{"(?:[^"\\]|\\.)*", "((?:[^"\\]|\\.)*)", "(?:[^"\\]|\\.)*", (?:true|false), (true|false)\},$', args_text, re.M)
    result = {}
    for name, first, count, composite in re.findall(r'^    \{"aten::([^"]+)", (\d+), (\d+), \d+, \d+, (true|false)', rows_text, re.M):
        mine = [args[place] for place in places[int(first):int(first) + int(count)]]
        if not any("!" in type_ and kwarg_only == "true" for type_, kwarg_only in mine):
            result[name] = composite == "true"
    return result


def unsupported() -> dict[str, str]:
    return dict(re.findall(r'^\{"([^"]+)", "([^"]*)"\},$', pathlib.Path(__file__).with_name("unsupported.def").read_text(), re.M))
