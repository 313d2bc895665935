#!/usr/bin/env python3
"""The house rules that a machine can check: which room may include which, one home for each third-party package,
sorted operator tables, the fixed top level, docs/operators.md as the tables have it.

    house.py [ROOT]
"""
import pathlib, re, subprocess, sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])

TOP = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "cli", "core", "docs", "samples", "serializers",
       "tests", "build"}

def rooms():
    """room -> rooms of core that it may include, besides itself and base: the table of docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = re.findall(r"^\| ([a-z_, ]+) \| ([a-z_ ]+) \|$", text.split("## Rooms")[1].split("## ")[0], re.M)[1:]
    return {name: set(allowed.split()) - {"nothing"} for names, allowed in table for name in names.split(", ")}


# package header prefix -> the folders that may include it
HOMES = {
    "CLI/": ("cli/",),
    "spdlog/": ("cli/",),
    "nlohmann/": ("serializers/", "tests/unit/"),
    "simdjson.h": ("tests/bench/", "tests/unit/serializers/"),
    "zip.h": ("serializers/pt2/", "tests/unit/"),
    "xxhash.h": ("core/hash/",),
    "sqlite3.h": ("serializers/store/",),
    "gtest/": ("tests/unit/",),
    "benchmark/": ("tests/bench/",),
}
# Findings that no sample shows, and why.
UNSHOWN = {
    "lock-changed": "of a run: tests/cli/batch_test.py provokes it by what it does, not by name",
    "memory-limit": "of a run: tests/cli/batch_test.py",
    "unexpected-pass": "of a run: tests/cli/batch_test.py",
}
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)


def problems():
    for entry in ROOT.iterdir():
        if not entry.name.startswith(".") and entry.name not in TOP:
            yield f"{entry.name} is not of the top level"
    allowed = rooms()
    sources = [p for folder in ("cli", "core", "serializers", "tests") for s in ("*.h", "*.cpp") for p in (ROOT / folder).rglob(s)]
    for path in sources:
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text()
        if not text.startswith("// SPDX-License-Identifier: Apache-2.0"):
            yield f"{name}: no SPDX line"
        parts = name.split("/")
        for include in INCLUDE.findall(text):
            for package, homes in HOMES.items():
                if include.startswith(package) and not name.startswith(homes):
                    yield f"{name} includes {include}, which lives in {', '.join(homes)}"
            if parts[0] == "core" and include.startswith(("serializers/", "cli/")):
                yield f"{name} includes {include}: core knows neither files nor the command line"
            if parts[0] == "serializers" and include.startswith("cli/"):
                yield f"{name} includes {include}"
            if parts[0] == "core" and len(parts) > 2 and include.startswith("core/") and include.count("/") > 1:
                room, other = parts[1], include.split("/")[1]
                if other not in allowed[room] | {room, "base"}:
                    yield f"{name}: room {room} may not include {include}"
    shown = "".join(p.read_text() for p in [*ROOT.glob("samples/*/README.md"), *ROOT.glob("tests/cli/*"), *ROOT.glob("tests/unit/**/*.cpp")]
                    if p.is_file())
    for names in re.findall(r"^\| ([a-z, -]+) \|", (ROOT / "docs" / "findings.md").read_text(), re.M)[1:]:
        for name in names.split(", "):
            if name not in shown and name not in UNSHOWN:
                yield f"docs/findings.md: no sample, case or test shows {name}"
    writer = ROOT / "tests" / "oracle" / "write_operators_doc.py"
    written = subprocess.run([sys.executable, writer], capture_output=True, text=True, check=True).stdout
    if written != (ROOT / "docs" / "operators.md").read_text():
        yield "docs/operators.md is not what tests/oracle/write_operators_doc.py writes: write it anew"
    for path in (ROOT / "core" / "ops" / "families").glob("*.cpp"):
        names = re.findall(r'^\s*\{"([^"]+)",', path.read_text(), re.M)
        for before, row in zip(names, names[1:]):
            if row <= before:
                yield f"{path.name}: {row} after {before} (rows are looked up by bisection)"


def main():
    found = list(problems())
    for problem in found:
        print(problem)
    print(f"{0 if found else 1} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
