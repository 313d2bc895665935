#!/usr/bin/env python3
"""`merge` of a big run's journals into a store and all reports: nothing is lost, and memory does not grow with rows.

    merge_test.py RETRACE [--rows 100000] [--shards 100] [--limit MIB] [--directory DIR]

The rows are those of the samples, again and again under other names. Ten million rows of a thousand shards need 35 GB:
    merge_test.py RETRACE --rows 10000000 --shards 1000 --directory DIR
"""
import argparse, contextlib, json, os, pathlib, re, shutil, sqlite3, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def templates(retrace, folder):
    """The samples' journal: its header, and its rows as what stands before, between and after index, file and content."""
    journal = folder / "samples.jsonl"
    programs = [p for p in sorted(ROOT.glob("samples/*/model.json")) if p.stat().st_size < 200_000]
    subprocess.run([retrace, "batch", *programs, ROOT / "tests/data/relu.json", "--journal", journal, "--quiet"],
                   capture_output=True)
    lines = journal.read_text().splitlines()
    pattern = re.compile(r'\{"index":\d+(,.*?"file":").*?(",.*?"content":").*?(".*)')
    return json.loads(lines[0]), [pattern.fullmatch(line).groups() for line in lines if line.startswith('{"index"')]


def write_journals(folder, header, rows, given):
    """Shard K has the files K-1, K-1+N, ...; most rows are of a program that stays the same."""
    same = [r for r in rows if '"verdict":"same"' in r[2]]
    others = [r for r in rows if '"verdict":"same"' not in r[2]]
    paths = []
    for shard in range(given.shards):
        paths.append(folder / f"{shard + 1}.jsonl")
        files = range(shard, given.rows, given.shards)
        with open(paths[-1], "w", buffering=1 << 20) as out:
            print(json.dumps({**header, "shard": [shard + 1, given.shards], "zoo": "0" * 32, "files": given.rows},
                             separators=(",", ":")), file=out)
            for i in files:
                out.write(f'{{"plan":{i},"file":"zoo/part{i % 997}/model{i}.json"}}\n')
            out.write(f'{{"planned":{len(files)}}}\n{{"run":true}}\n')
            for i in files:
                a, b, c = others[i % len(others)] if i % 20 == 0 else same[i % len(same)]
                out.write(f'{{"index":{i}{a}zoo/part{i % 997}/model{i}.json{b}{i:032x}{c}\n')
            out.write('{"end":true}\n')
    return paths


def merge(given, folder, journals):
    reports = {kind: folder / f"out/report.{kind}" for kind in ("junit", "sarif", "html", "json", "md", "github")}
    command = [given.retrace, "merge", *journals, "--db", folder / "merged.db", "--quiet", "--format", "github",
               *(f"--report={kind}={path}" for kind, path in reports.items())]
    start = time.monotonic()
    with open(folder / "errors", "wb") as errors:
        p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(p.pid, 0)
    text = (folder / "errors").read_text()
    assert os.waitstatus_to_exitcode(status) == 1, text  # programs that are not the same, and no other trouble
    peak = usage.ru_maxrss / 1024
    print(f"{given.rows} rows of {given.shards} journals: {time.monotonic() - start:.0f} s, "
          f"{usage.ru_utime + usage.ru_stime:.0f} s of CPU, {peak:.0f} MiB at most")
    return reports, text, peak


def check(given, folder, reports, summary):
    bad = (given.rows + 19) // 20
    assert summary.startswith(f"{given.rows} results: {given.rows - bad} same"), summary
    with contextlib.closing(sqlite3.connect(folder / "merged.db")) as c:
        assert c.execute("SELECT count(*), min(position), max(position) FROM result").fetchone() == (given.rows, 0, given.rows - 1)
        assert c.execute("SELECT complete, files FROM run").fetchall() == [(1, given.rows)]
    parts = list(folder.glob("out/report*.junit"))
    assert sum(p.read_text().count("<testcase") for p in parts) == given.rows
    (run,) = json.loads(reports["sarif"].read_text())["runs"]
    assert len(run["results"]) == min(bad, 5000)
    assert f"{bad} of {given.rows} results are not well" in reports["md"].read_text()
    assert reports["html"].stat().st_size < 200 << 20
    with open(reports["json"]) as lines:
        assert sum(line.startswith('{"index"') for line in lines) == given.rows


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("retrace", type=os.path.abspath)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--shards", type=int, default=100)
    arguments.add_argument("--limit", type=int, default=512, help="MiB of memory")
    arguments.add_argument("--directory", type=pathlib.Path)
    given = arguments.parse_args()
    if given.directory:
        given.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="retrace-merge-", dir=given.directory) as name:
        folder = pathlib.Path(name)
        (folder / "out").mkdir()
        journals = write_journals(folder, *templates(given.retrace, folder), given)
        print(f"journals: {sum(p.stat().st_size for p in journals) / 1e6:.0f} MB", flush=True)
        reports, summary, peak = merge(given, folder, journals)
        print(f"store: {(folder / 'merged.db').stat().st_size / 1e6:.0f} MB; reports: "
              f"{sum(p.stat().st_size for p in (folder / 'out').iterdir()) / 1e6:.0f} MB", flush=True)
        assert peak <= given.limit, f"{peak:.0f} MiB are more than {given.limit}"
        check(given, folder, reports, summary)


main()
