// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "serializers/files/files.h"
#include "serializers/reports/clean_text.h"
#include "tests/unit/cli/run_retrace.h"

namespace retrace::cli {
namespace {

using nlohmann::json;
using test::Ran;
using test::run_retrace;

const std::string kRelu = RETRACE_SOURCE_DIR "/tests/data/relu.json";
const std::string kArchives = RETRACE_SOURCE_DIR "/tests/data/pt2/";
const std::string kResnet = RETRACE_SOURCE_DIR "/samples/resnet18/model.json";

std::string relu_text() { return *serializers::read_file(kRelu); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

/// A directory of this process alone (tests run side by side), gone with the test.
class Directory {
 public:
  Directory() : path_(::testing::TempDir() + "retrace_cli_test.XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory " + path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Cli, UsageErrorsExitTwo) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"frobnicate"},
                                             {"check"},
                                             {"check", kRelu, "--strict", "--non-strict"},
                                             {"check", kRelu, "--format", "xml"},
                                             {"check", kRelu, "--mode", "strict", "--strict"},
                                             {"diff", kRelu},
                                             {"check", "-", "-"},
                                             {"check", kRelu, "--recorded", "x"}}) {
    const Ran ran = run_retrace(arguments);
    EXPECT_EQ(ran.status, kTrouble);
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err, "");
  }
}

TEST(Cli, SaysWhatIsWrong) {
  const std::string run = "\nRun with --help for more information.\n";
  EXPECT_EQ(run_retrace({"bogus"}).err, "no command is called 'bogus'; retrace --help lists them\n");
  EXPECT_EQ(run_retrace({"check", kRelu, "--level", "foo"}).err, "--level: foo not in {exact,dataflow,symbolic}" + run);
  for (const char* text : {"nan", "-1", "inf", "1e10", "1s"})
    EXPECT_EQ(run_retrace({"batch", kRelu, std::string("--timeout=") + text}).err,
              fmt::format("--timeout: {} is not a number from 0 to 1000000000", text) + run);
  for (const char* option : {"--max-bytes", "--max-memory", "--jobs"})
    EXPECT_EQ(run_retrace({"batch", kRelu, option, "-1"}).status, kTrouble);
}

TEST(Cli, HelpNamesWhatPeopleUse) {
  const std::string help = run_retrace({"--help"}).out;
  for (const Command& command : commands())
    EXPECT_EQ(help.find("  " + std::string(command.name) + " ") != std::string::npos, command.for_people);
  EXPECT_NE(run_retrace({"check", "--help"}).out.find("[OPTIONS] FILE...\n\nPositionals:\n  FILE...  "),
            std::string::npos);
  EXPECT_NE(run_retrace({"diff", "--help"}).out.find("[OPTIONS] A B\n"), std::string::npos);
}

TEST(Cli, HelpAndVersionExitZero) {
  EXPECT_TRUE(run_retrace({"--version"}).out.starts_with("retrace "));
  const Ran help = run_retrace({"check", "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("--shapes"), std::string::npos);
}

TEST(Check, PrintsTheContract) {
  for (const char* mode : {"--strict", "--non-strict"}) {
    const Ran ran = run_retrace({"check", kRelu, mode, "--shapes", "infer", "--format", "json", "--timing"});
    EXPECT_EQ(ran.status, kSame) << ran.out << ran.err;
    const json document = json::parse(ran.out);
    EXPECT_EQ(document["schema_version"], 1);
    const json& result = document["results"][0];
    EXPECT_EQ(result["file"], kRelu);
    EXPECT_TRUE(result["program"].is_null());
    EXPECT_EQ("--" + result["mode"].get<std::string>(), mode);
    EXPECT_EQ(result["verdict"], "same");
    ASSERT_EQ(result["exports"].size(), 2U);
    EXPECT_EQ(result["exports"][0]["hash"], result["exports"][1]["hash"]);
    EXPECT_EQ(result["exports"][0]["hash"]["exact"].get<std::string>().size(), 32U);
    EXPECT_EQ(result["timing"].size(), 7U);
    EXPECT_TRUE(result["assumed_ops"].empty());
  }
}

TEST(Check, EmitsBothExportsOrNone) {
  const Directory directory;
  EXPECT_EQ(run_retrace({"check", kRelu, "--emit", directory.path()}).status, kSame);
  const auto first = serializers::read_file(directory / "export1.json");
  ASSERT_TRUE(first);
  EXPECT_EQ(json::parse(*first)["graph_module"]["graph"]["nodes"].size(), 1U);
  EXPECT_EQ(run_retrace({"diff", directory / "export1.json", directory / "export2.json"}).status, kSame);
  const std::string failing = replaced(relu_text(), "aten.relu.default", "aten.not_an_op.default");
  EXPECT_EQ(run_retrace({"check", "-", "--emit", directory.path()}, failing).status, kNotSame);
  EXPECT_FALSE(std::filesystem::exists(directory / "export1.json"));
}

TEST(Check, RemovesExportsThatItDidNotMake) {
  const Directory directory;
  const auto there = [&](const std::string& name) { return std::filesystem::exists(directory / name); };
  EXPECT_EQ(run_retrace({"check", kRelu, "--emit", directory.path(), "--rounds", "3"}).status, kSame);
  EXPECT_EQ(run_retrace({"check", kRelu, "--mode", "both", "--emit", directory.path()}).status, kSame);
  EXPECT_FALSE(there("export1.json"));
  ASSERT_TRUE(serializers::write_atomically(directory / "export7.json", "left"));
  ASSERT_TRUE(serializers::write_atomically(directory / "exporter.json", "another's"));
  EXPECT_EQ(run_retrace({"check", kRelu, "--emit", directory.path()}).status, kSame);
  EXPECT_TRUE(there("export2.json") && !there("export7.json") && there("exporter.json"));
  EXPECT_EQ(run_retrace({"check", directory / "export2.json", "--emit", directory.path(), "--mode", "both"}).status,
            kSame);
  EXPECT_TRUE(!there("export1.json") && there("export2.json"));  // what was read
  EXPECT_EQ(run_retrace({"check", "-", "--emit", directory.path()}, "garbage").status, kTrouble);
  EXPECT_FALSE(there("export2.json"));
}

TEST(Check, GivesResultsOfOtherFilesOtherDirectories) {
  const Directory directory;
  std::filesystem::create_directory(directory / "a");
  const std::vector<std::string> files{directory / "a_b.json", directory / "a/b.json", directory / "a%2Fb.json"};
  for (const std::string& file : files) ASSERT_TRUE(serializers::write_atomically(file, relu_text()));
  const std::string out = directory / "out";
  EXPECT_EQ(run_retrace({"check", files[0], files[1], files[2], "--emit", out}).status, kSame);
  const auto count = [&] { return std::distance(std::filesystem::directory_iterator(out), {}); };
  EXPECT_EQ(count(), 3);
  const std::string archive = kArchives + "several.pt2";
  EXPECT_EQ(run_retrace({"check", archive, "--emit", out}).status, kSame);
  EXPECT_EQ(count(), 5);
  EXPECT_EQ(run_retrace({"check", archive, "--model", "tied", "--emit", out}).status, kSame);
  std::size_t exports = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out)) exports += entry.is_regular_file();
  EXPECT_EQ(exports, 8U);  // of the three files, and the archive's one now in `out` itself
}

TEST(Check, GivesEachOfSeveralResultsItsDirectory) {
  const Directory directory;
  EXPECT_EQ(run_retrace({"check", "-", "--mode", "both", "--emit", directory.path()}, relu_text()).status, kSame);
  EXPECT_TRUE(std::filesystem::exists(directory / "-.strict/export2.json"));
  EXPECT_TRUE(std::filesystem::exists(directory / "-.non-strict/export1.json"));
}

TEST(Check, FailsAsPyTorchWould) {
  const std::string undefined = replaced(relu_text(), R"("arg": {"as_tensor": {"name": "x"}}, "kind")",
                                         R"("arg": {"as_tensor": {"name": "nowhere"}}, "kind")");
  const Ran ran = run_retrace({"check", "-", "--format", "json"}, undefined);
  EXPECT_EQ(ran.status, kNotSame);
  const json result = json::parse(ran.out)["results"][0];
  EXPECT_EQ(result["verdict"], "fails");
  EXPECT_EQ(result["exports"][0]["stage"], "load");
}

TEST(Check, ReportsTroubleOnceAndGoesOn) {
  const Ran text = run_retrace({"check", "absent.json", kRelu});
  EXPECT_EQ(text.status, kTrouble);
  EXPECT_EQ(text.err, "retrace: error: absent.json: cannot open: No such file or directory\n");
  EXPECT_TRUE(text.out.starts_with(kRelu + ": same (non-strict)")) << text.out;
  const Ran ran = run_retrace({"check", "-", "--format", "json"}, relu_text().substr(0, 200));
  EXPECT_EQ(ran.status, kTrouble);
  const json result = json::parse(ran.out)["results"][0];
  EXPECT_EQ(result["verdict"], "trouble");
  EXPECT_EQ(result["file"], "-");
  EXPECT_NE(result["message"].get<std::string>().find("cut short"), std::string::npos);
}

TEST(Check, TakesASpec) {
  const Directory directory;
  std::filesystem::create_directories(directory.path());
  ASSERT_TRUE(serializers::write_atomically(directory / "spec.json", R"({"x": {"0": "batch=2..64"}})"));
  EXPECT_EQ(run_retrace({"check", kRelu, "--shapes", directory / "spec.json"}).status, kSame);
  ASSERT_TRUE(serializers::write_atomically(directory / "spec.json", R"({"y": {"0": "batch"}})"));
  const Ran ran = run_retrace({"check", kRelu, "--shapes", directory / "spec.json", "--format", "json"});
  EXPECT_EQ(ran.status, kNotSame);
  EXPECT_EQ(json::parse(ran.out)["results"][0]["exports"][0]["ok"], false);
  EXPECT_EQ(run_retrace({"check", kRelu, "--shapes", "absent.json"}).status, kTrouble);
}

TEST(Check, QuietSaysNothingOfTheSame) {
  EXPECT_EQ(run_retrace({"check", kRelu, "-q"}).out, "");
  EXPECT_NE(run_retrace({"check", kRelu, "--color", "always"}).out.find("\x1b["), std::string::npos);
}

TEST(Check, ReadsArchives) {
  const Ran ran = run_retrace({"check", kArchives + "several.pt2", "--format", "json"});
  const json results = json::parse(ran.out)["results"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0]["program"], "constant");
  EXPECT_EQ(run_retrace({"hash", kArchives + "several.pt2", "--model", "tied"}).out.substr(32),
            "  " + kArchives + "several.pt2#tied\n");
}

/// Text for people: valid lines that nothing in a file forges or lets a terminal act on.
void expect_clean(const std::string& text) {
  EXPECT_EQ(serializers::terminal_text(text), text);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_FALSE(line.starts_with("forged")) << text;
}

TEST(Text, HoldsWhatATerminalMayShow) {
  const Directory directory;
  const std::string bad = R"(\u001b[31m\rx\nforged\u009b\u007f)";
  const std::string name = directory / "\x1b[31m\r\nforged\xff.json";
  ASSERT_TRUE(serializers::write_atomically(name, replaced(relu_text(), "aten.relu.default", "aten." + bad)));
  const std::string other = directory / "other.json";
  ASSERT_TRUE(serializers::write_atomically(
      other, replaced(relu_text(), R"("name": "relu"}],)", "\"name\": \"" + bad + "\"}],")));
  const std::string garbage = directory / "garbage\x1b\nforged";
  ASSERT_TRUE(serializers::write_atomically(garbage, "garbage"));
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"check", name, other, garbage, name + "x"},
                                             {"diff", name, other, "--level", "exact"},
                                             {"show", name, other, garbage, "--graph", "--signature", "--ops"},
                                             {"hash", name, garbage},
                                             {"explain", name},
                                             {"normalize", garbage, "--program", name},
                                             {"check", kRelu, "--" + name},
                                             {"merge", garbage},
                                             {"history", garbage},
                                             {"lock", name + "x"}}) {
    const Ran ran = run_retrace(command);
    expect_clean(ran.out);
    expect_clean(ran.err);
    EXPECT_FALSE(ran.out.empty() && ran.err.empty());
  }
}

TEST(Diff, NamesWhatDiffersAndWhere) {
  const std::string other = replaced(relu_text(), "aten.relu.default", "aten.sigmoid.default");
  const Ran ran = run_retrace({"diff", kRelu, "-"}, other);
  EXPECT_EQ(ran.status, kNotSame);
  EXPECT_TRUE(ran.out.starts_with(kRelu + " -: differs\n")) << ran.out;
  EXPECT_NE(ran.out.find("sigmoid"), std::string::npos);
  const json result = json::parse(run_retrace({"diff", kRelu, "-", "--format", "json"}, other).out)["results"][0];
  EXPECT_EQ(result["verdict"], "differs");
  EXPECT_EQ(result["equal"]["symbolic"], false);
  EXPECT_FALSE(result["differences"].empty());
  EXPECT_EQ(run_retrace({"diff", kRelu, kRelu}).status, kSame);
}

TEST(Hash, DoesNotSeeNames) {
  const std::string renamed =
      replaced(replaced(relu_text(), R"("name": "relu"}],)", R"("name": "other"}],)"), "relu_1", "x");
  const Ran ran = run_retrace({"hash", kRelu, "-", "--level", "exact"}, renamed);
  EXPECT_EQ(ran.status, kSame);
  const std::size_t line = ran.out.find('\n');
  EXPECT_EQ(ran.out.substr(0, 32), ran.out.substr(line + 1, 32));
}

TEST(Show, PrintsGraphSignatureOpsAndShapes) {
  const Ran graph = run_retrace({"show", kRelu});
  EXPECT_NE(graph.out.find("relu"), std::string::npos);
  const Ran all = run_retrace({"show", kRelu, "--signature", "--ops", "--shapes"});
  EXPECT_NE(all.out.find("user input  %x"), std::string::npos) << all.out;
  EXPECT_NE(all.out.find("range  s77 in [2, oo]"), std::string::npos) << all.out;
  EXPECT_NE(all.out.find("1  torch.ops.aten.relu.default"), std::string::npos);
  EXPECT_NE(all.out.find("\"derived\": []"), std::string::npos);
  EXPECT_EQ(json::parse(run_retrace({"show", kRelu, "--json"}).out), json::parse(relu_text()));
}

TEST(Normalize, FillsTheSignature) {
  const Ran ran = run_retrace({"normalize", "-", "--program", kRelu}, R"({"x": {"0": "batch=2.."}})");
  EXPECT_EQ(ran.status, kSame) << ran.err;
  const json spec = json::parse(ran.out);
  EXPECT_EQ(spec["dynamic_shapes"], json::parse(R"([["batch", null]])"));
  EXPECT_EQ(spec["dims"]["batch"]["min"], 2);
  EXPECT_EQ(ran.err, "retrace: info: x -> entry 0\n");
  const Ran bad = run_retrace({"normalize", "-", "--program", kRelu}, R"({"y": null})");
  EXPECT_EQ(bad.status, kTrouble);
  EXPECT_NE(bad.err.find("no input 'y'; there are: x"), std::string::npos) << bad.err;
}

}  // namespace
}  // namespace retrace::cli
