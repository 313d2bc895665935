#!/usr/bin/env python3
"""kill -9 at random moments of a zoo's run, --resume after each: the store becomes that of the uninterrupted run, byte
for byte.

    kill_test.py RETRACE [--programs 600] [--kills 20] [--window SECONDS] [--zoo DIR] [--corpus DIR]

Without --zoo the programs are the samples; with --corpus those below DIR, up to 300 KB each. Copies differ by blanks at
their end, so that each is checked. Ten thousand:
    kill_test.py RETRACE --programs 10000 --corpus DIR
"""
import argparse, contextlib, os, pathlib, random, sqlite3, subprocess, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def sources(corpus):
    paths = sorted(corpus.rglob("*.json")) if corpus else [*ROOT.glob("samples/*/model.json"), ROOT / "tests/data/relu.json"]
    return [p for p in paths if p.stat().st_size <= 300_000 and "answers" not in p.parts]


def make_zoo(zoo, programs, corpus):
    paths = sources(corpus)
    for i in range(programs):
        folder = zoo / f"part{i % 100:02}"
        folder.mkdir(parents=True, exist_ok=True)
        data = paths[i % len(paths)].read_bytes().rstrip() + b" " * (i // len(paths)) + b"\n"
        (folder / f"model{i:05}.json").write_bytes(data)


def results(db):
    with contextlib.closing(sqlite3.connect(db)) as c:
        (run,) = c.execute("SELECT id FROM run WHERE complete").fetchall()
        columns = "position, part, path, program, mode, verdict, rule, operator, hash, content, shapes, body"
        return c.execute(f"SELECT {columns} FROM result WHERE run = ? ORDER BY position, part", run).fetchall()


def count(db):
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(db)) as c:
        return c.execute("SELECT count(*) FROM result").fetchone()[0]
    return 0


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("retrace", type=os.path.abspath)
    arguments.add_argument("--programs", type=int, default=600)
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--zoo", type=pathlib.Path)
    arguments.add_argument("--corpus", type=pathlib.Path)
    arguments.add_argument("--window", type=float, help="kill within so many seconds; default: a third of the whole run")
    arguments.add_argument("--seed", type=int, default=7)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="retrace-kill-") as name:
        folder = pathlib.Path(name)
        zoo = given.zoo or folder / "zoo"
        if not given.zoo:
            make_zoo(zoo, given.programs, given.corpus)

        def command(db, *more):
            return [given.retrace, "batch", "--root", zoo, ".", "--mode", "both", "-j2", "--db", folder / db,
                    "--format", "jsonl", *more]

        start = time.monotonic()
        whole = subprocess.run(command("whole.db"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        seconds = time.monotonic() - start
        print(f"{len(whole.splitlines())} results in {seconds:.1f} s", flush=True)
        chance = random.Random(given.seed)
        kills, attempts = 0, 0
        while kills < given.kills and attempts < 5 * given.kills:
            attempts += 1
            p = subprocess.Popen(command("killed.db", "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                p.wait(chance.uniform(0, given.window or seconds / 3))
            if p.poll() is None:
                p.kill()
                kills += 1
                print(f"kill {kills}: {count(folder / 'killed.db')} results in the store", flush=True)
            p.wait()
        assert kills == given.kills, f"{attempts} runs gave only {kills} to kill"
        last = subprocess.run(command("killed.db", "--resume"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        assert last == whole, "the resumed run prints other results"
        assert results(folder / "killed.db") == results(folder / "whole.db"), "the stores differ"
        merged = subprocess.run([given.retrace, "merge", folder / "killed.db.jsonl", "--format", "jsonl"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        assert merged == whole, "the journal of the killed runs merges to other results"
        print(f"after {kills} kills the store, what is printed and the merged journal are those of the whole run")


main()
