#!/usr/bin/env python3
"""Runs over many programs: `retrace batch`, `merge`, `lock`, `history`, as a user runs them.

    batch_test.py RETRACE [TEST...]
"""
import json, os, pathlib, random, resource, shutil, signal, subprocess, sqlite3, sys, tempfile, time, unittest, zipfile

RETRACE = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = {p.parent.name: p for p in (ROOT / "samples").glob("*/model.json") if p.stat().st_size < 200_000}
RELU = ROOT / "tests/data/relu.json"
SEVERAL = ROOT / "tests/data/pt2/several.pt2"


class Batch(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.temporary.name)
        self.addCleanup(self.temporary.cleanup)

    def zoo(self, copies=3):
        """Good programs, one that fails, one that differs, garbage, an archive of two."""
        zoo = self.dir / "zoo"
        for i in range(copies):
            folder = zoo / f"part{i}"
            folder.mkdir(parents=True)
            for name, path in SAMPLES.items():
                shutil.copy(path, folder / f"{name}.json")
            shutil.copy(RELU, folder / "relu.json")
        shutil.copy(SEVERAL, zoo / "several.pt2")
        (zoo / "part0/garbage.json").write_text("garbage")
        (zoo / "part0/cut.json").write_bytes(RELU.read_bytes()[:500])
        return zoo

    def run_retrace(self, *arguments, status=None, environment=None, stdin=None):
        p = subprocess.run([RETRACE, *map(str, arguments)], cwd=self.dir, capture_output=True, text=True, input=stdin,
                           env={**os.environ, **(environment or {})}, timeout=120)
        if status is not None:
            self.assertEqual(p.returncode, status, p.stdout + p.stderr)
        return p

    def rows(self, *arguments, **options):
        out = self.run_retrace("batch", *arguments, "--format", "jsonl", **options).stdout
        return [json.loads(line) for line in out.splitlines()]

    def dump(self, db):
        with sqlite3.connect(db) as c:
            return c.execute("SELECT position, part, path, program, mode, verdict, rule, operator, hash, content, "
                             "shapes, body FROM result ORDER BY 1, 2").fetchall()

    def archive(self, name, path):
        """An archive of one program, whose name is these bytes."""
        with zipfile.ZipFile(SEVERAL) as old, zipfile.ZipFile(path, "w") as new:
            for record in old.namelist():
                if "tied" not in record:
                    new.writestr(record.replace("constant", "x" * len(name)), old.read(record))
        path.write_bytes(path.read_bytes().replace(b"x" * len(name), name))

    # order, determinism, selection

    def test_order_is_input_order_whatever_j(self):
        self.zoo()
        one = self.run_retrace("batch", "zoo", "--mode", "both", "--format", "jsonl", "-j1", status=2).stdout
        for jobs in ("-j2", "-j5", "-j0"):
            self.assertEqual(one, self.run_retrace("batch", "zoo", "--mode", "both", "--format", "jsonl", jobs).stdout)
        files = [json.loads(line)["file"] for line in one.splitlines()]
        self.assertEqual(files, sorted(files))

    def test_no_more_jobs_than_files(self):
        def few_threads():  # whose stacks fit into this
            resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))
        p = subprocess.run([RETRACE, "batch", RELU, RELU, "-j100000"], preexec_fn=few_threads, capture_output=True, text=True)
        self.assertEqual(p.returncode, 0, p.stderr)

    def test_rows_equal_single_checks(self):
        self.zoo(1)
        for row in self.rows("zoo", "--mode", "both"):
            if row["program"] or row["verdict"] == "trouble":
                continue
            mode = "--strict" if row["mode"] == "strict" else "--non-strict"
            single = json.loads(self.run_retrace("check", row["file"], mode, "--format", "json").stdout)["results"][0]
            for key in ("verdict", "exports", "assumed_ops", "equal"):
                self.assertEqual(row.get(key), single.get(key), (row["file"], key))

    def test_selection(self):
        zoo = self.zoo(2)
        (zoo / ".retraceignore").write_text("# not these\npart1/\ngarb*\n")
        paths = [r["file"] for r in self.rows("zoo", "--exclude", "bert.json")]
        self.assertFalse([p for p in paths if "part1" in p or "garbage" in p or "bert" in p])
        self.assertIn("zoo/part0/relu.json", paths)
        self.assertEqual({r["file"] for r in self.rows("zoo", "--include", "*.pt2")}, {"zoo/several.pt2"})
        self.assertEqual([r["file"] for r in self.rows("zoo/**/relu.json")], ["zoo/part0/relu.json"])
        names = [r["file"] for r in self.rows("--root", "zoo", ".", "--include", "relu.json")]
        self.assertEqual(names, ["part0/relu.json"])
        (self.dir / "list").write_text("zoo/part1/relu.json\nzoo/several.pt2\n")
        listed = [(r["file"], r["program"]) for r in self.rows("@list")]
        self.assertEqual(listed, [("zoo/part1/relu.json", None), ("zoo/several.pt2", "constant"), ("zoo/several.pt2", "tied")])
        self.assertEqual(len(self.rows("-0", "-", stdin="zoo/part1/relu.json\0zoo/part0/relu.json\0")), 2)
        self.run_retrace("batch", "zoo", "--include", "*.none", status=2)

    def test_case_file_wins(self):
        self.zoo(1)
        (self.dir / "zoo/part0/relu.retrace.json").write_text('{"mode": "strict", "shapes": "static"}')
        (row,) = self.rows("zoo/part0/relu.json", "--non-strict")
        self.assertEqual((row["mode"], row["shapes"]), ("strict", "static"))
        (self.dir / "zoo/part0/relu.retrace.json").write_text('{"moed": "strict"}')
        (row,) = self.rows("zoo/part0/relu.json")
        self.assertEqual(row["finding"]["rule"], "unreadable")

    # bad programs

    def test_bad_programs_stop_nobody(self):
        self.zoo(1)
        rows = self.rows("zoo", status=2)
        rules = {r["file"]: r["finding"] and r["finding"]["rule"] for r in rows}
        self.assertEqual(rules["zoo/part0/garbage.json"], "unreadable")
        self.assertEqual(rules["zoo/part0/cut.json"], "unreadable")
        self.assertIsNone(rules["zoo/part0/relu.json"])

    def test_hanging_program(self):
        self.zoo(1)
        os.mkfifo(self.dir / "pipe.json")
        start = time.time()
        rows = self.rows("pipe.json", "zoo/part0/relu.json", "--timeout", "0.5", "-j2", status=2)
        self.assertLess(time.time() - start, 20)
        self.assertEqual([r["finding"] and r["finding"]["rule"] for r in rows], ["time-limit", None])
        self.assertEqual(rows[0]["finding"]["message"], "no answer in 0.5 s")

    def test_crashing_worker(self):
        self.zoo(1)
        os.mkfifo(self.dir / "pipe.json")
        p = subprocess.Popen([RETRACE, "batch", "pipe.json", "zoo/part0/relu.json", "--format", "jsonl", "-j1"],
                             cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        worker = None
        for _ in range(200):
            time.sleep(0.02)
            children = pathlib.Path(f"/proc/{p.pid}/task/{p.pid}/children")
            tasks = pathlib.Path(f"/proc/{p.pid}/task").glob("*/children")
            found = [c for t in tasks for c in t.read_text().split()] if children.exists() else []
            if found:
                worker = int(found[0])
                break
        self.assertIsNotNone(worker)
        time.sleep(0.2)
        os.kill(worker, signal.SIGSEGV)
        rows = [json.loads(line) for line in p.communicate(timeout=30)[0].splitlines()]
        self.assertEqual([r["finding"] and r["finding"]["rule"] for r in rows], ["crash", None])

    def test_any_name(self):
        """JSON is UTF-8, text makes no lines of its own and no terminal act; locks and manifests keep the names."""
        bad = self.dir / "zoo"
        bad.mkdir()
        for name in (b"\xff.json", b"a\nforged: same.json", b"\x1b[31m #.json", b" b.json"):
            shutil.copy(RELU, os.fsencode(bad) + b"/" + name)
            (self.dir / "failing.json").write_text(RELU.read_text().replace("aten.relu.", "aten.no\\u001b\\nforged."))
            shutil.copy(self.dir / "failing.json", os.fsencode(bad) + b"/failing " + name)
        for form in ("text", "json", "jsonl", "md", "github"):
            p = subprocess.run([RETRACE, "batch", "zoo", "--format", form, "--db", "r.db"], cwd=self.dir, capture_output=True)
            self.assertEqual(p.returncode, 1)
            for text in (p.stdout.decode(), p.stderr.decode()):
                self.assertNotIn("\x1b", text)
                self.assertFalse([line for line in text.splitlines() if line.startswith("forged")], text)
            if form == "jsonl":
                self.assertEqual(len([json.loads(line) for line in p.stdout.splitlines()]), 8)
        for arguments in (("lock", "zoo", "-o", "zoo.lock"), ("batch", "zoo", "--xfail", "xfail", "--update-xfail"),
                          ("batch", "zoo", "--xfail", "xfail", "--lock", "zoo.lock"), ("history", "r.db"),
                          ("history", "r.db", "--format", "json"), ("merge", "r.db.jsonl", "--xfail", "xfail")):
            p = subprocess.run([RETRACE, *arguments], cwd=self.dir, capture_output=True)
            self.assertEqual(p.returncode, 0, (arguments, p.stdout, p.stderr))
            self.assertNotIn("\x1b", p.stdout.decode() + p.stderr.decode())

    def test_any_name_in_an_archive(self):
        self.archive(b"\xff\x1b[31m\nforged", self.dir / "a.pt2")
        for command in (("batch",), ("check",), ("show",), ("hash",), ("batch", "--model", "none"), ("check", "--model", "none")):
            p = subprocess.run([RETRACE, *command, "a.pt2"], cwd=self.dir, capture_output=True, timeout=30)
            text = p.stdout.decode() + p.stderr.decode()
            self.assertEqual(p.returncode, 2 if "none" in command else 0, text)
            self.assertNotIn("\x1b", text)
            self.assertFalse([line for line in text.splitlines() if line.startswith("forged")], text)

    def test_results_are_out_before_the_next_program(self):
        """check does not contain crashes, but loses nothing that it found before."""
        os.mkfifo(self.dir / "pipe.json")
        for command, result in (["check"], f"{RELU}: same"), (["check", "--format", "json"], '{"schema_version"'), (["hash"], ""):
            p = subprocess.Popen([RETRACE, *command, str(RELU), "pipe.json"], cwd=self.dir,
                                 stdout=subprocess.PIPE, text=True)
            line = p.stdout.readline() + (p.stdout.read(8) if "json" in command else "")
            self.assertIsNone(p.poll())
            p.kill()
            p.communicate()
            self.assertTrue(line.startswith(result), line)
            self.assertTrue(line)

    def test_closed_descriptors(self):
        """No worker's socket becomes standard output: a result that cannot be printed is trouble."""
        for command, status in (("batch {} <&-", 0), ("batch {} <&- 2>&-", 0), ("batch {} >&-", 2), ("batch {} <&- >&-", 2),
                                ("batch {} <&- >&- 2>&-", 2), ("batch - <&-", 2), ("check {} <&- >&-", 2), ("check - <&-", 2)):
            p = subprocess.run(f"{RETRACE} {command.format(RELU)}", shell=True, cwd=self.dir, capture_output=True, text=True)
            self.assertEqual(p.returncode, status, (command, p.stdout, p.stderr))

    def test_memory_limit(self):
        big = self.dir / "big.json"
        subprocess.run([sys.executable, ROOT / "tests/bench/synthetic.py", "write", big, "--size", "100000"], check=True)
        shutil.copy(RELU, self.dir / "relu.json")
        rows = self.rows("big.json", "relu.json", "--max-memory", "100", "-j1", status=2)
        self.assertEqual([r["finding"] and r["finding"]["rule"] for r in rows], ["memory-limit", None])

    def test_size_limit(self):
        self.zoo(1)
        for path in ("zoo/part0/relu.json", "zoo/several.pt2", "/dev/zero"):
            (row,) = self.rows(path, "--max-bytes", "10")
            self.assertEqual(row["finding"]["message"], "has more than the 10 bytes that are read")

    def test_pipes(self):
        """What can be read only once is read once: programs, archives, and lists, which a run draws several times."""
        self.zoo(1)
        def through_pipe(data, *arguments):
            end, other = os.pipe()
            os.write(other, data)
            os.close(other)
            out = subprocess.run([RETRACE, *(a.replace("PIPE", f"/dev/fd/{end}") for a in arguments)], cwd=self.dir,
                                 pass_fds=[end], capture_output=True, text=True, timeout=60)
            os.close(end)
            self.assertEqual(out.returncode, 0, out.stderr)
            return out.stdout.replace(f"/dev/fd/{end}", "PIPE")
        for reports in ([], ["--report", "json=out.json"]):
            self.assertEqual(through_pipe(RELU.read_bytes(), "check", "PIPE", *reports), "PIPE: same (non-strict)\n")
            self.assertEqual(through_pipe(SEVERAL.read_bytes(), "check", "PIPE", "--model", "tied", *reports),
                             "PIPE#tied: same (non-strict)\n")
        relu = b"zoo/part0/relu.json"
        for data, list_ in ((relu, ["@PIPE"]), (relu + b"\0", ["--files0-from", "PIPE"])):
            self.assertEqual(through_pipe(data, "batch", *list_), "zoo/part0/relu.json: same (non-strict)\n")

    def test_pipes_beside_programs(self):
        """A run that waits for the writer of one would wait for ever."""
        self.zoo(1)
        os.mkfifo(self.dir / "zoo/.retraceignore")
        os.mkfifo(self.dir / "zoo/part0/relu.retrace.json")
        for more in ([], ["--cache-dir", "cache"]):
            (row,) = self.rows("zoo", "--include", "relu.json", *more, status=2)
            self.assertEqual(row["finding"]["message"], "is no regular file")

    def test_store_is_no_journal(self):
        self.zoo(1)
        self.run_retrace("batch", "zoo", "--db", "r.db")
        before = (self.dir / "r.db").read_bytes()
        for journal in ("r.db", "./r.db"):
            p = self.run_retrace("batch", "zoo", "--db", "r.db", "--journal", journal, status=2)
            self.assertIn("are the same file", p.stderr)
        self.assertEqual((self.dir / "r.db").read_bytes(), before)

    def test_interrupt(self):
        self.zoo(1)
        os.mkfifo(self.dir / "pipe.json")
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            p = subprocess.Popen([RETRACE, "batch", "zoo/part0/relu.json", "pipe.json", "--format", "json", "--db", "r.db"],
                                 cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(1)
            p.send_signal(number)
            out, _ = p.communicate(timeout=30)
            self.assertEqual(p.returncode, status)
            self.assertEqual(len(json.loads(out)["results"]), 1)  # the document is closed
        self.assertEqual(len(self.dump(self.dir / "r.db")), 2)  # two runs, one row each

    # expected failures

    def test_expected_failures(self):
        self.zoo(1)
        arguments = ("zoo/part0/failing.json", "zoo/part0/relu.json")
        xfail = self.dir / "xfail"
        xfail.write_text("[non-strict]\nzoo/**/fail*.json  # broadcast\n")
        p = self.run_retrace("batch", *arguments, "--xfail", xfail, status=0)
        self.assertIn("failing.json: fails (non-strict), as expected: broadcast", p.stdout)
        self.run_retrace("batch", *arguments, "--xfail", xfail, "--strict", status=1)
        xfail.write_text("[non-strict]\nzoo/part0/*.json\n")
        p = self.run_retrace("batch", *arguments, "--xfail", xfail, status=1)
        self.assertIn("relu.json: same (non-strict), but was expected to fail", p.stdout)
        xfail.write_text("[non-strict]\nzoo/part0/failing.json\nnobody\n")
        p = self.run_retrace("batch", *arguments, "--xfail", xfail, status=1)
        self.assertIn("no program matches 'nobody' (non-strict)", p.stderr)
        xfail.write_text("[non-strict]\nnobody\nzoo/part0/*.json\n")
        self.run_retrace("batch", *arguments, "--xfail", xfail, "--update-xfail", "--mode", "both", status=0)
        self.assertEqual(xfail.read_text(), "[strict]\nzoo/part0/failing.json  # operator-failed\n"
                                            "[non-strict]\nzoo/part0/failing.json\n")
        self.run_retrace("batch", *arguments, "--xfail", xfail, "--mode", "both", status=0)

    # store, resume, cache

    def test_killed_runs_resume_to_the_same_store(self):
        zoo = self.zoo(40)
        whole = ("batch", "zoo", "--mode", "both", "-j2")
        reference = self.run_retrace(*whole, "--db", "whole.db", "--format", "jsonl").stdout
        random.seed(7)
        kills = 0
        for _ in range(40):
            p = subprocess.Popen([RETRACE, *whole, "--db", "killed.db", "--resume"], cwd=self.dir,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                p.wait(random.uniform(0.02, 0.3))
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
                kills += 1
            if kills == 20:
                break
        self.assertGreater(kills, 3)
        last = self.run_retrace(*whole, "--db", "killed.db", "--resume", "--format", "jsonl")
        self.assertEqual(last.stdout, reference)
        self.assertEqual(self.dump(self.dir / "killed.db"), self.dump(self.dir / "whole.db"))
        merged = self.run_retrace("merge", "killed.db.jsonl", "--format", "jsonl")
        self.assertEqual(merged.stdout, reference, merged.stderr)

    def test_resume_checks_again_what_changed(self):
        zoo = self.zoo(1)
        self.run_retrace("batch", "zoo", "--db", "r.db")
        shutil.copy(zoo / "part0/failing.json", zoo / "part0/relu.json")
        rows = self.rows("zoo", "--db", "r.db", "--resume")
        self.assertEqual({r["file"]: r["verdict"] for r in rows}["zoo/part0/relu.json"], "fails")

    def test_cache(self):
        self.zoo(2)
        first = self.rows("zoo", "--cache-dir", "cache", "--mode", "both")
        self.assertTrue(list((self.dir / "cache").glob("??/*.jsonl")))
        self.assertEqual(self.rows("zoo", "--cache-dir", "cache", "--mode", "both"), first)
        self.assertEqual(self.rows("zoo", "--cache-dir", "cache", "--strict"), self.rows("zoo", "--strict"))

    def test_history(self):
        zoo = self.zoo(1)
        self.run_retrace("batch", "zoo", "--db", "r.db")
        shutil.copy(zoo / "part0/failing.json", zoo / "part0/relu.json")
        self.run_retrace("batch", "zoo", "--db", "r.db")
        p = self.run_retrace("history", "r.db", status=1)
        self.assertIn("new failure: zoo/part0/relu.json (non-strict)", p.stdout)
        changes = json.loads(self.run_retrace("history", "r.db", "--runs", "2", "1", "--format", "json").stdout)
        self.assertEqual([c["change"] for c in changes["changes"]], ["fixed"])
        for runs in (("5", "6"), ("1", "3"), ("-1", "2")):
            p = self.run_retrace("history", "r.db", "--runs", *runs, status=2)
            self.assertEqual(p.stdout, "")

    def test_merge_takes_no_endless_journal(self):
        p = self.run_retrace("merge", "/dev/zero", status=2)
        self.assertIn("/dev/zero: is no file on disk", p.stderr)

    def test_history_leaves_other_files_alone(self):
        with sqlite3.connect(self.dir / "other.db") as c:
            c.execute("CREATE TABLE theirs (x)")
        for name, content in (("empty", b""), ("text", b"text"), ("other.db", (self.dir / "other.db").read_bytes())):
            (self.dir / name).write_bytes(content)
            p = self.run_retrace("history", name, status=2)
            self.assertIn(f"error: {name}: ", p.stderr)
            self.assertEqual((self.dir / name).read_bytes(), content)

    # shards

    def test_shards_merge_to_the_whole(self):
        self.zoo(4)
        whole = self.run_retrace("batch", "zoo", "--mode", "both", "--db", "whole.db", "--format", "jsonl").stdout
        for k in range(3):
            environment = {"SLURM_ARRAY_TASK_ID": str(10 + 2 * k), "SLURM_ARRAY_TASK_MIN": "10",
                           "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_STEP": "2"}
            self.run_retrace("batch", "zoo", "--mode", "both", "--shard", "auto", "--journal", f"s{k}.jsonl",
                             environment=environment)
        for k in range(3):
            self.run_retrace("batch", "zoo", "--mode", "both", "--shard", "auto/3", "--journal", f"k{k}.jsonl",
                             environment={"JOB_COMPLETION_INDEX": str(k)})
            self.assertEqual((self.dir / f"s{k}.jsonl").read_bytes(), (self.dir / f"k{k}.jsonl").read_bytes())
        shards = ["s2.jsonl", "s0.jsonl", "s1.jsonl"]
        merged = self.run_retrace("merge", *shards, "--db", "merged.db", "--journal", "all.jsonl", "--format", "jsonl",
                                  status=2)  # the zoo holds garbage
        self.assertEqual(merged.stdout, whole)
        self.assertEqual(self.dump(self.dir / "merged.db"), self.dump(self.dir / "whole.db"))
        self.assertEqual((self.dir / "all.jsonl").read_bytes(), (self.dir / "whole.db.jsonl").read_bytes())

    def test_merge_names_what_is_missing_and_doubled(self):
        self.zoo(2)
        (self.dir / "zoo/part0/garbage.json").unlink()
        for k in (1, 2):
            self.run_retrace("batch", "zoo", "--shard", f"{k}/2", "--journal", f"{k}.jsonl")
        p = self.run_retrace("merge", "1.jsonl", status=2)
        self.assertIn("shard 2 of 2 is missing", p.stderr)
        lines = (self.dir / "1.jsonl").read_text().splitlines(True)
        rows = [i for i, line in enumerate(lines) if line.startswith('{"index"')]
        gone = json.loads(lines[rows[0]])["file"]
        for instead in ("", lines[rows[0]].replace('"part"', '"part')):  # cut out, damaged
            lines[rows[0]] = instead
            (self.dir / "cut.jsonl").write_text("".join(lines))
            p = self.run_retrace("merge", "cut.jsonl", "2.jsonl", status=2)
            self.assertIn(f"{gone} is missing", p.stderr)
        shutil.copy(self.dir / "1.jsonl", self.dir / "again.jsonl")
        p = self.run_retrace("merge", "1.jsonl", "again.jsonl", "2.jsonl", status=2)
        self.assertIn("shard 1 is given twice", p.stderr)
        self.assertIn("is doubled", p.stderr)
        self.run_retrace("batch", "zoo", "--exclude", "relu.json", "--shard", "2/2", "--journal", "other.jsonl")
        p = self.run_retrace("merge", "1.jsonl", "other.jsonl", status=2)
        self.assertIn("are not shards of one run", p.stderr)

    # lock

    def test_lock(self):
        zoo = self.zoo(1)
        self.run_retrace("lock", "zoo", "-o", "zoo.lock", "--mode", "both", status=0)
        p = self.run_retrace("batch", "zoo", "--lock", "zoo.lock", "--mode", "both")
        self.assertNotIn("lock:", p.stdout)
        self.run_retrace("check", "zoo/part0/relu.json", "--lock", "zoo.lock", status=0)
        shutil.copy(SAMPLES["derived-dims"], zoo / "part0/relu.json")
        p = self.run_retrace("check", "zoo/part0/relu.json", "--lock", "zoo.lock", status=1)
        self.assertIn("recorded program was", p.stdout + p.stderr)
        p = self.run_retrace("batch", "zoo", "--lock", "zoo.lock", "--mode", "both")
        self.assertIn("lock: recorded program was", p.stdout)
        self.run_retrace("check", "zoo/part0/relu.json", "--lock", "zoo.lock", "--update-lock", "--mode", "both", status=0)
        p = self.run_retrace("batch", "zoo", "--lock", "zoo.lock", "--mode", "both")
        self.assertNotIn("lock:", p.stdout)
        (zoo / "part0/relu.json").unlink()
        p = self.run_retrace("batch", "zoo", "--lock", "zoo.lock", "--mode", "both")
        self.assertIn("zoo/part0/relu.json (strict) is locked, but was not checked", p.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
