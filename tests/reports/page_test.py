#!/usr/bin/env python3
"""The HTML report in a real Chromium, opened from disk, with 10,000 rows. Exits 77 where there is no browser, no
node or no playwright-core (found by node itself or below PLAYWRIGHT_CORE, the directory that holds it).

    page_test.py RETRACE [SCREENSHOT-DIRECTORY]
"""
import json, os, pathlib, re, shutil, subprocess, sys, tempfile

RETRACE = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
KNOWN = {"title_a": "export 1", "title_b": "export 2", "first": 10, "at": 14,
         "a": [f"n{i} = aten.relu.default(x)" for i in range(4)] + ["add_7 = aten.add.Tensor(a, b): f32[s77, 4]", "tail"],
         "b": [f"n{i} = aten.relu.default(x)" for i in range(4)] + ["add_7 = aten.add.Tensor(b, a): f32[s77, 4]", "tail"]}


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def grown(row, i):
    """A row of 10,000: every fourth fails, one differs in a known place."""
    out = {**row, "index": i, "file": f"zoo/part{i % 100}/model{i}.json", "verdict": "same", "finding": None}
    if i % 4 == 0:
        out |= {"verdict": "fails", "finding": {"rule": "operator-failed", "node": f"add_{i}",
                                               "operator": f"aten.op{i % 7}.default", "message": "<b>sizes</b> & all"}}
    if i == 7777:
        out |= {"verdict": "differs", "excerpt": KNOWN, "finding": {
            "rule": "argument-changed", "node": "add_7", "operator": "aten.add.Tensor", "message": "a | b"}}
    return out


def main():
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not browser:
        skip("no Chromium")
    if not shutil.which("node"):
        skip("no node")
    environment = {**os.environ, "NODE_PATH": os.pathsep.join(filter(None, [os.environ.get("PLAYWRIGHT_CORE"), os.environ.get("NODE_PATH")]))}
    if subprocess.run(["node", "-e", "require('playwright-core')"], env=environment, capture_output=True).returncode:
        skip("node finds no playwright-core")
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.html"
        subprocess.run([RETRACE, "check", "tests/data/relu.json", "--report", f"html={page}"], cwd=ROOT, check=True,
                       capture_output=True)
        start, data, end = re.split(r'(?<=id="rows">)(.*?)(?=</script>)', page.read_text(), maxsplit=1, flags=re.S)
        rows = [grown(json.loads(data)[0], i) for i in range(10_000)]
        page.write_text(start + json.dumps(rows).replace("<", "\\u003c") + end)
        out = sys.argv[2] if len(sys.argv) > 2 else folder
        sys.exit(subprocess.run(["node", ROOT / "tests/reports/page_test.js", browser, page, out], env=environment,
                                timeout=240).returncode)


main()
