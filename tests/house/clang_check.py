#!/usr/bin/env python3
"""Holds the program's sources to a second compiler: clang++ reads each as the build does, and makes no code.

    clang_check.py BUILD_DIR

BUILD_DIR has a compile_commands.json. Exits 77 (skipped) where there is no clang++.
"""
import concurrent.futures, json, os, pathlib, shlex, shutil, subprocess, sys

KEPT = ("-I", "-D", "-std=", "-isystem")


def command(entry):
    words = shlex.split(entry["command"])
    kept = [word for i, word in enumerate(words) if word.startswith(KEPT) or words[i - 1] == "-isystem"]
    return ["clang++", *kept, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", entry["file"]]


def check(entry):
    done = subprocess.run(command(entry), cwd=entry["directory"], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr


def main():
    if shutil.which("clang++") is None:
        print("skipped: no clang++ here")
        return 77
    entries = json.loads((pathlib.Path(sys.argv[1]) / "compile_commands.json").read_text())
    entries = [entry for entry in entries if "/tests/" not in entry["file"]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [text for text in pool.map(check, entries) if text]
    print("".join(failures), end="")
    print(f"{len(entries)} sources, {len(failures)} that clang++ does not take")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
