#!/usr/bin/env python3
"""The house rules that a machine can check: which room may include which, one home for each third-party package,
sorted operator tables, the fixed top level.

    house.py [ROOT]
"""
import pathlib, re, sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])

TOP = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "cli", "core", "docs", "samples", "serializers",
       "tests", "build"}

# room -> rooms of core it may include, besides itself and base
ROOMS = {
    "base": set(),
    "expr": set(),
    "shapes": {"expr"},
    "ir": {"expr"},
    "ops": {"expr", "shapes", "ir", "hash"},
    "higher_order": {"ops", "shapes", "ir", "expr", "trace"},
    "trace": {"higher_order", "ops", "shapes", "ir", "expr", "bind", "hash"},
    "bind": {"shapes", "ir", "expr", "ops"},
    "rebuild": {"shapes", "ir", "expr", "ops", "bind"},
    "exporter": {"trace", "bind", "rebuild", "shapes", "ir", "expr", "ops", "higher_order", "hash"},
    "hash": set(),
    "identity": {"ir", "expr", "hash", "ops"},
    "verdict": {"exporter"},
    "batch": {"verdict", "exporter", "diff", "identity", "hash", "ir"},
    "diff": {"identity", "hash", "ir", "expr"},
}
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
                if other not in ROOMS[room] | {room, "base"}:
                    yield f"{name}: room {room} may not include {include}"
    shown = "".join(p.read_text() for p in [*ROOT.glob("samples/*/README.md"), *ROOT.glob("tests/cli/*"), *ROOT.glob("tests/unit/**/*.cpp")]
                    if p.is_file())
    for names in re.findall(r"^\| ([a-z, -]+) \|", (ROOT / "docs" / "findings.md").read_text(), re.M)[1:]:
        for name in names.split(", "):
            if name not in shown and name not in UNSHOWN:
                yield f"docs/findings.md: no sample, case or test shows {name}"
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
