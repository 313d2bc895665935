#!/usr/bin/env python3
"""Runs the commands that the samples' READMEs show and compares what they print, byte by byte.

    run_samples.py RETRACE [--update]

A README shows a command and its output as

    ```console
    $ retrace check samples/bert/model.json
    ...output...
    $ echo $?
    0
    ```
"""
import pathlib, re, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```console\n(.*?)```", re.S)


def answer(retrace, block):
    """The block as it would read if run now."""
    lines, code = [], 0
    for line in block.splitlines():
        if not line.startswith("$ "):
            continue
        lines.append(line)
        if line == "$ echo $?":
            lines.append(str(code))
            continue
        command = line[2:].replace("retrace ", f"'{retrace}' ", 1)
        done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60)
        code = done.returncode
        lines += (done.stdout + done.stderr).splitlines()
    return "\n".join(lines) + "\n"


def main():
    retrace, update = str(pathlib.Path(sys.argv[1]).resolve()), "--update" in sys.argv
    ran = failed = 0
    for readme in sorted((ROOT / "samples").glob("*/README.md")):
        text = readme.read_text()
        for block in BLOCK.findall(text):
            ran += 1
            now = answer(retrace, block)
            if now != block and not update:
                failed += 1
                print(f"{readme.relative_to(ROOT)} shows\n{block}\nbut now it is\n{now}")
            text = text.replace(block, now)
        if update:
            readme.write_text(text)
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
