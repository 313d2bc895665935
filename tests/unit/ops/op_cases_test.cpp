// SPDX-License-Identifier: Apache-2.0
// Holds every rule against the answers that PyTorch gave (tests/ops/*.cases, written by
// tests/oracle/write_op_cases.py).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "core/ops/op_table.h"
#include "tests/unit/ops/run_call.h"

namespace retrace::ops {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string place;  // "view.cases:12"
  std::string call;
  std::string expected;
  [[nodiscard]] std::string op() const { return call.substr(0, call.find('(')); }
};

fs::path ops_folder() { return fs::path(RETRACE_SOURCE_DIR) / "tests/ops"; }

/// RETRACE_OP_CASES names another file of cases.
std::vector<fs::path> case_files() {
  if (const char* const other = std::getenv("RETRACE_OP_CASES")) return {other};
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(ops_folder())) {
    if (entry.path().extension() == ".cases") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Case> all_cases() {
  std::vector<Case> out;
  for (const fs::path& path : case_files()) {
    std::ifstream file(path);
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      if (line.empty() || line.starts_with('#')) continue;
      const std::size_t arrow = line.find(" -> ");
      if (arrow == std::string::npos) throw std::runtime_error(path.string() + ": no arrow: " + line);
      out.push_back(
          {fmt::format("{}:{}", path.filename().string(), number), line.substr(0, arrow), line.substr(arrow + 4)});
    }
  }
  return out;
}

/// The lines of a list, up to a tab; "#" starts a comment.
std::set<std::string> listed(const std::string& name) {
  std::ifstream file(ops_folder() / name);
  std::set<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && !line.starts_with('#')) out.insert(line.substr(0, line.find('\t')));
  }
  return out;
}

std::string our_answer(const std::string& call) {
  try {
    return answer(parse_call(call));
  } catch (const std::exception& bug) {
    return std::string("bug: ") + bug.what();
  }
}

/// "RuntimeError: ..."
bool is_error(const std::string& result) {
  const std::size_t colon = result.find(": ");
  return colon != std::string::npos && std::all_of(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(colon),
                                                   [](unsigned char c) { return std::isalpha(c) != 0; });
}

TEST(OpCases, RulesAnswerAsPyTorch) {
  const bool all = std::getenv("RETRACE_OP_CASES") == nullptr;
  const std::set<std::string> known = all ? listed("disagreements.txt") : std::set<std::string>();
  std::set<std::string> seen;
  const std::vector<Case> cases = all_cases();
  ASSERT_FALSE(cases.empty());
  for (const Case& c : cases) {
    const std::string ours = our_answer(c.call);
    if (known.contains(c.call)) {
      seen.insert(c.call);
      EXPECT_NE(c.expected, ours) << c.place << ": agrees by now: take it off tests/ops/disagreements.txt";
    } else {
      EXPECT_EQ(c.expected, ours) << c.place << ": " << c.call;
    }
  }
  EXPECT_EQ(seen.size(), known.size()) << "tests/ops/disagreements.txt lists calls that are no cases";
}

/// "aten::add.Tensor" is the operator aten.add.Tensor, "aten::relu" is aten.relu.default.
std::string target_of(std::string_view schema_name) {
  const std::size_t colons = schema_name.find("::");
  const std::string_view name = schema_name.substr(colons + 2);
  return fmt::format("{}.{}{}", schema_name.substr(0, colons), name,
                     name.find('.') == std::string_view::npos ? ".default" : "");
}

TEST(OpCases, EveryRuleHasRightAndWrongOnes) {
  if (std::getenv("RETRACE_OP_CASES") != nullptr) GTEST_SKIP() << "other cases were asked for";
  std::map<std::string, std::pair<bool, bool>> covered;
  for (const Case& c : all_cases()) {
    auto& [right, wrong] = covered[c.op()];
    (is_error(c.expected) ? wrong : right) = true;
  }
  const std::set<std::string> excused = listed("exceptions.txt");
  for (const Schema& schema : all_schemas()) {
    if (find_rule(schema.name) == nullptr) continue;
    const std::string op = target_of(schema.name);
    const auto [right, wrong] = covered[op];
    EXPECT_NE(right, excused.contains(op + " right")) << op << ": a right call";
    EXPECT_NE(wrong, excused.contains(op + " wrong")) << op << ": a wrong call";
  }
}

}  // namespace
}  // namespace retrace::ops
