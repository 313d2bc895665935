#!/usr/bin/env python3
"""The reports that retrace writes of real programs, read as their readers read them.

    reports_test.py RETRACE
"""
import json, os, pathlib, re, shutil, subprocess, sys, tempfile, unittest
import xml.etree.ElementTree as ET

RETRACE = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ["samples", "tests/data/relu.json", "tests/data/pt2/several.pt2"]
KINDS = {"junit": "xml", "sarif": "sarif", "html": "html", "json": "json", "md": "md", "github": "txt"}


def run(*arguments):
    return subprocess.run([RETRACE, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True,
                          errors="surrogateescape", timeout=300)


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.temporary.name)
        bad = cls.dir / "bad\x01 name\udcff.json"
        bad.write_text("garbage")
        cls.programs = [*PROGRAMS, os.fsdecode(os.fsencode(bad))]
        cls.reports = [x for kind, end in KINDS.items() for x in ("--report", f"{kind}={cls.dir}/out.{end}")]
        p = run("batch", *cls.programs, "--mode", "both", "--format", "jsonl", *cls.reports)
        assert p.returncode == 2, p.stderr
        cls.rows = json.loads((cls.dir / "out.json").read_text())["results"]

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def text(self, name):
        return (self.dir / name).read_bytes().decode()  # strictly

    def test_rows_are_there(self):
        self.assertGreater(len(self.rows), 8)
        self.assertTrue({"same", "fails", "trouble"} <= {row["verdict"] for row in self.rows})

    def test_junit(self):
        """As the common schema (junit-10.xsd of Jenkins' xUnit plugin) has it."""
        root = ET.fromstring(self.text("out.xml"))
        self.assertEqual(root.tag, "testsuites")
        cases = 0
        for suite in root:
            self.assertEqual(suite.tag, "testsuite")
            self.assertTrue({"name", "tests", "failures", "errors", "skipped"} >= set(suite.attrib) >= {"name", "tests"})
            self.assertEqual(int(suite.get("tests")), len(suite))
            for tag, count in {"failure": "failures", "error": "errors", "skipped": "skipped"}.items():
                self.assertEqual(int(suite.get(count)), len(suite.findall(f"testcase/{tag}")))
            for case in suite:
                cases += 1
                self.check_case(case)
        self.assertEqual(cases, len(self.rows))
        self.assertEqual(len(root.findall(".//error")), sum(row["verdict"] == "trouble" for row in self.rows))

    def check_case(self, case):
        self.assertEqual(case.tag, "testcase")
        self.assertTrue({"name", "classname", "time"} >= set(case.attrib) >= {"name", "classname"})
        end = {"RetraceExport": "_retraceability_strict", "RetraceExportNonStrict": "_retraceability_nonstrict"}
        self.assertTrue(case.get("name").endswith(end[case.get("classname")]))
        self.assertLessEqual(len(case), 1)
        for child in case:
            self.assertIn(child.tag, ("failure", "error", "skipped"))
            self.assertTrue(set(child.attrib) <= {"message", "type"})
            self.assertIn(child.get("message").split("\n")[0], child.text)

    def test_sarif(self):
        """What the schema of SARIF 2.1.0 and GitHub ask for."""
        log = json.loads(self.text("out.sarif"))
        self.assertEqual((log["version"], len(log["runs"])), ("2.1.0", 1))
        run = log["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        self.assertEqual(len({rule["id"] for rule in rules}), len(rules))
        for rule in rules:
            self.assertTrue(rule["help"]["text"] and rule["shortDescription"]["text"])
        self.assertEqual(len(run["results"]), sum(row["verdict"] != "same" for row in self.rows))
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertIn(result["level"], ("none", "note", "warning", "error"))
            self.assertTrue(result["message"]["text"])
            self.assertTrue(all(isinstance(x, str) for x in result["partialFingerprints"].values()))
            for location in result["locations"]:
                place = location["physicalLocation"]
                self.assertRegex(place["artifactLocation"]["uri"], r"^[A-Za-z0-9\-._~/%:]+$")
                self.assertGreaterEqual(place["region"]["startLine"], 1)
                self.assertTrue(location["logicalLocations"][0]["fullyQualifiedName"])
        prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
        self.assertEqual(len(set(prints)), len(prints))

    def test_sarif_against_its_schema(self):
        schema = os.environ.get("SARIF_SCHEMA")
        if not schema:
            self.skipTest("SARIF_SCHEMA does not name sarif-schema-2.1.0.json")
        try:
            import jsonschema
        except ImportError:
            self.skipTest("Python has no jsonschema")
        jsonschema.validate(json.loads(self.text("out.sarif")), json.loads(pathlib.Path(schema).read_text()))

    def test_junit_against_its_schema(self):
        schema = os.environ.get("JUNIT_SCHEMA")
        if not schema or not shutil.which("xmllint"):
            self.skipTest("JUNIT_SCHEMA does not name junit-10.xsd, or there is no xmllint")
        p = subprocess.run(["xmllint", "--noout", "--schema", schema, self.dir / "out.xml"], capture_output=True, text=True)
        self.assertEqual(p.returncode, 0, p.stderr)

    def test_github(self):
        lines = self.text("out.txt").splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r"^::(error|warning|notice) [^:]*::.+$")
        self.assertEqual(self.text("out.txt"), self.printed("github"))

    def test_markdown(self):
        text = self.text("out.md")
        self.assertRegex(text, r"## retrace: \d+ of \d+ results are not well")
        for line in text.splitlines():
            if line.startswith("|"):
                self.assertIn(line.count("|"), (3, 5, 6))
        self.assertEqual(text, self.printed("md"))

    def printed(self, format):
        return run("batch", *self.programs, "--mode", "both", "--format", format).stdout

    def test_html_holds_the_rows(self):
        page = self.text("out.html")
        rows = json.loads(re.search(r'id="rows">(.*?)</script>', page, re.S)[1])
        self.assertEqual(rows, self.rows)
        self.assertNotRegex(page, r"https?://|<link|<img|src=")

    def test_check_writes_the_same(self):
        one, two = self.dir / "one", self.dir / "two"
        files = ["samples/failing/model.json", "tests/data/relu.json", "tests/data/pt2/several.pt2"]
        for command, folder in (("check", one), ("batch", two)):
            folder.mkdir()
            run(command, *files, "--mode", "both", *[x.replace(f"{self.dir}/", f"{folder}/") for x in self.reports])
        for end in KINDS.values():
            self.assertEqual((one / f"out.{end}").read_text(), (two / f"out.{end}").read_text())

    def test_expected_failures_are_skipped(self):
        manifest = self.dir / "xfail"
        run("batch", "samples/failing", "--mode", "both", "--xfail", manifest, "--update-xfail")
        p = run("batch", "samples/failing", "--mode", "both", "--xfail", manifest, "--report", f"junit={self.dir}/x.xml",
                "--report", f"sarif={self.dir}/x.sarif")
        self.assertEqual(p.returncode, 0, p.stderr)
        suite = ET.fromstring(self.text("x.xml"))[0]
        self.assertEqual((suite.get("failures"), suite.get("skipped")), ("0", suite.get("tests")))
        self.assertTrue(all(r["suppressions"] for r in json.loads(self.text("x.sarif"))["runs"][0]["results"]))

    def test_bad_targets(self):
        self.assertEqual(run("check", "tests/data/relu.json", "--report", "pdf=x").returncode, 2)
        p = run("check", "tests/data/relu.json", "--report", f"junit={self.dir}/no/such/x.xml")
        self.assertEqual(p.returncode, 2)
        self.assertIn("cannot write", p.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
