// SPDX-License-Identifier: Apache-2.0
// tests/cli/*.case: a command line, its input, and what it must print. One file holds
//
//   $ retrace ARGUMENTS           run in the source directory, arguments split at spaces
//   < STANDARD INPUT              any number of lines
//   STANDARD OUTPUT               verbatim
//   ! STANDARD ERROR              any number of lines
//   [exit STATUS]
//
// RETRACE_UPDATE_CASES=1 rewrites the expected sides.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "serializers/files/files.h"
#include "tests/unit/cli/run_retrace.h"

namespace retrace::cli {
namespace {

struct Case {
  std::string command;
  std::string standard_input;
};

Case parse(const std::string& text) {
  Case out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("$ retrace ")) out.command = line.substr(10);
    if (line.starts_with("< ")) out.standard_input += line.substr(2) + "\n";
  }
  return out;
}

std::string prefixed(const std::string& text, const std::string& prefix) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += prefix + line + "\n";
  return out;
}

std::string played(const Case& c) {
  std::vector<std::string> arguments;
  std::istringstream words(c.command);
  for (std::string word; words >> word;) arguments.push_back(word);
  const test::Ran ran = test::run_retrace(arguments, c.standard_input);
  return "$ retrace " + c.command + "\n" + prefixed(c.standard_input, "< ") + ran.out + prefixed(ran.err, "! ") +
         "[exit " + std::to_string(ran.status) + "]\n";
}

TEST(Cases, PrintWhatTheyShould) {
  std::filesystem::current_path(RETRACE_SOURCE_DIR);
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/cli")) {
    if (entry.path().extension() != ".case") continue;
    const std::string text = *serializers::read_file(entry.path());
    const std::string now = played(parse(text));
    if (std::getenv("RETRACE_UPDATE_CASES") != nullptr)
      ASSERT_TRUE(serializers::write_atomically(entry.path(), now));
    else
      EXPECT_EQ(text, now) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 10U);
}

}  // namespace
}  // namespace retrace::cli
