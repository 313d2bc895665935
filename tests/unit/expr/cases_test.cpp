// SPDX-License-Identifier: Apache-2.0
// The engine against SymPy: tables written by tests/oracle/write_expr_cases.py.
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/unit/expr/prefix.h"

namespace retrace::expr {
namespace {

std::ifstream table(const std::string& name) {
  std::ifstream file(std::string(RETRACE_SOURCE_DIR) + "/tests/unit/expr/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  return file;
}

std::pair<std::string, std::string> evaluated(const std::string& input) {
  try {
    Prefix prefix(input);
    Expr e = prefix.evaluate();
    return {srepr(e), str(e)};
  } catch (const std::runtime_error&) {  // Failure
    return {"error", "error"};
  }
}

TEST(Cases, EqualSymPy) {
  auto file = table("cases.txt");
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto first = line.find('\t');
    const auto second = line.find('\t', first + 1);
    const std::string input = line.substr(0, first);
    const auto [repr, text] = evaluated(input);
    EXPECT_EQ(repr, line.substr(first + 1, second - first - 1)) << input;
    EXPECT_EQ(text, line.substr(second + 1)) << input;
  }
  EXPECT_GT(lines, 1000);
}

TEST(Cases, TextOfPyTorchProgramsIsKept) {
  auto file = table("srepr.txt");
  Pool pool;
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    Expr e = parse(pool, line);
    EXPECT_EQ(srepr(e), line);
    EXPECT_EQ(parse(pool, str(e)), e) << str(e);
  }
  EXPECT_GT(lines, 100);
}

}  // namespace
}  // namespace retrace::expr
