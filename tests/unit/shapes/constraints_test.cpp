// SPDX-License-Identifier: Apache-2.0
// Replays PyTorch's verdicts on dynamic-shape specs (tests/oracle/write_constraint_cases.py).
#include "core/shapes/constraints.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "tests/unit/shapes/steps.h"

namespace retrace::shapes {
namespace {

class Session {
 public:
  /// Takes a step; our answer to a question, "" otherwise.
  std::string take(const Fields& step);

 private:
  void add_input(const Fields& step);
  void add_derived(const Fields& step);
  std::string solve();
  static DimSource place(const std::string& text) {
    const Fields parts = split(text, ',');
    return {std::stoul(parts[0]), std::stoul(parts[1])};
  }

  expr::Pool pool_;
  ShapeEnv env_{pool_};
  ConstraintCheck check_;
  std::map<std::string, expr::Expr> phantoms_;
};

void Session::add_input(const Fields& step) {
  TrackedInput input;
  input.source = step[1];
  for (std::size_t i = 2; i < step.size(); ++i) {
    const Fields size = split(step[i], ',');
    const Fields limits = split(size[2], ':');
    Constraint constraint;
    if (limits[0] == "strict")
      constraint = {Constraint::Kind::kStrictMinMax, {bound(limits[1]), bound(limits[2])}, false};
    if (limits[0] == "relaxed") constraint = {Constraint::Kind::kRelaxedUnspec, {}, limits[1] == "1"};
    const DimDynamic dynamic = size[1] == "static" ? DimDynamic::kStatic : DimDynamic::kDynamic;
    const std::string source = fmt::format("{}.size()[{}]", input.source, i - 2);
    const Constraint on_symbol = size[1] == "static" ? Constraint{} : constraint;
    input.sizes.push_back(env_.create_symbol(std::stoll(size[0]), source, dynamic, on_symbol));
    input.constraints.push_back(constraint);
  }
  check_.inputs.push_back(std::move(input));
}

void Session::add_derived(const Fields& step) {
  DerivedEquality derived{place(step[1]), {}, std::stoll(step[3]), std::stoll(step[4])};
  const auto phantom = phantoms_.find(step[2]);
  if (phantom != phantoms_.end()) {
    derived.root = phantom->second;
  } else {
    derived.root = place(step[2]);
  }
  check_.equalities.derived.push_back(derived);
}

std::string Session::solve() {
  try {
    produce_guards_and_solve_constraints(env_, check_);
    return "fine";
  } catch (const Failure& failure) {
    std::string text = "error: ";
    if (failure.type() == ErrorType::kAssertionError) text += "AssertionError";
    if (failure.type() == ErrorType::kTypeError) text += "TypeError";
    for (const char c : std::string(failure.what())) text += c == '\n' ? "\\n" : std::string(1, c);
    return text;
  }
}

std::string Session::take(const Fields& step) {
  const std::string& verb = step[0];
  if (verb == "input") add_input(step);
  if (verb == "phantom") {
    const Constraint constraint{Constraint::Kind::kStrictMinMax, {bound(step[3]), bound(step[4])}, false};
    const expr::Expr symbol = env_.create_phantom_symbol(std::stoll(step[2]), step[1], constraint).node();
    phantoms_[step[1]] = symbol;
    check_.equalities.phantom_symbols.push_back(symbol);
  }
  if (verb == "pair") check_.equalities.pairs.emplace_back(place(step[1]), place(step[2]));
  if (verb == "derived") add_derived(step);
  if (verb == "relaxed") check_.equalities.relaxed.push_back(place(step[1]));
  if (verb == "debug") check_.debug_names[step[1]] = step[2];
  if (verb == "dim") {
    check_.dims.push_back(
        {step[1], step[2], std::stoll(step[3]), std::stoll(step[4]), {bound(step[5]), bound(step[6])}});
  }
  if (verb == "guard") return env_.guard(SymBool(expr::parse(pool_, step[1]))) ? "True" : "False";
  return verb == "solve" ? solve() : "";
}

TEST(Constraints, AreJudgedAsPyTorchDoes) {
  std::ifstream file(RETRACE_SOURCE_DIR "/tests/unit/shapes/constraints.txt");
  ASSERT_TRUE(file);
  std::unique_ptr<Session> session;
  std::string line;
  std::string log;
  while (std::getline(file, line)) {
    const Fields step = split(line, '\t');
    if (step[0] == "session") {
      session = std::make_unique<Session>();
      log.clear();
    }
    log += line + "\n";
    const std::string given = session->take(step);
    if (step[0] == "guard" || step[0] == "solve") {
      EXPECT_EQ(step.back(), given) << log;
    }
  }
}

}  // namespace
}  // namespace retrace::shapes
