// SPDX-License-Identifier: Apache-2.0
// Replays sessions with PyTorch's ShapeEnv (tests/oracle/write_shape_cases.py) and compares every answer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/shapes/guards_code.h"
#include "core/shapes/shape_env.h"
#include "tests/unit/shapes/steps.h"

namespace retrace::shapes {
namespace {

std::string text(const ValueRange& range) {
  const auto number = [](std::int64_t v) { return v == kOo ? "oo" : v == kNegOo ? "-oo" : std::to_string(v); };
  return number(range.lower) + "," + number(range.upper);
}

std::string text(bool value) { return value ? "True" : "False"; }

class Session {
 public:
  /// Our answer, in the writer's spelling.
  std::string answer(const Fields& step);

 private:
  std::string create(const Fields& step);
  std::string ask(const Fields& step);
  std::string state(const Fields& step);
  expr::Expr parse(const std::string& e) { return expr::parse(pool_, e); }
  std::string shown(const SymInt& a) { return expr::srepr(a.expression(pool_)); }

  expr::Pool pool_;
  ShapeEnv env_{pool_};
  std::size_t guard_ = 0;
  std::size_t assert_ = 0;
};

std::string Session::create(const Fields& step) {
  if (step[0] == "unspecified") return shown(env_.create_unspecified_symbol(std::stoll(step[1]), step[2]));
  if (step[0] == "unbacked") return shown(env_.new_unbacked_int());
  const DimDynamic dynamic = step[3] == "DUCK"     ? DimDynamic::kDuck
                             : step[3] == "STATIC" ? DimDynamic::kStatic
                                                   : DimDynamic::kDynamic;
  Constraint constraint;
  if (step[4] != "-") {
    const Fields limits = split(step[4], ',');
    constraint = {Constraint::Kind::kStrictMinMax, {bound(limits[0]), bound(limits[1])}, false};
  }
  return shown(env_.create_symbol(std::stoll(step[1]), step[2], dynamic, constraint));
}

std::string Session::ask(const Fields& step) {
  const std::string& verb = step[0];
  const expr::Expr e = parse(step[1]);
  if (verb == "size") return env_.constrain_range_for_size(SymInt(e), {}, {}), step.back();
  if (verb == "int") return std::to_string(env_.guard_int(SymInt(e)));
  if (verb == "bound") return text(env_.bound(env_.replace(e)));
  if (verb == "simplify") return expr::srepr(env_.simplify(env_.replace(e)));
  const SymBool condition(e);
  if (verb == "guard") return text(env_.guard(condition));
  if (verb == "check") return text(env_.expect_true(condition));
  if (verb == "known") return text(env_.statically_known_true(condition));
  return text(verb == "or_false" ? env_.guard_or_false(condition) : env_.guard_or_true(condition));
}

std::string Session::state(const Fields& step) {
  if (step[0] == "state_range") return text(env_.range_of(parse(step[1])));
  if (step[0] == "state_replaced") return expr::srepr(env_.replace(parse(step[1])));
  if (step[0] == "state_guard") {
    if (guard_ >= env_.guards().size()) return "missing";
    const expr::Expr e = env_.guards()[guard_++].expression;
    return expr::srepr(e) + "\t" + (step[2] == "-" ? "-" : python_code(e, env_));
  }
  std::vector<std::string> asserts;
  for (const auto& pending : env_.deferred_asserts()) {
    for (const DeferredAssert& deferred : pending.asserts) {
      asserts.push_back(std::string(pending.symbol->name) + "\t" + expr::srepr(deferred.expression));
    }
  }
  return assert_ < asserts.size() ? asserts[assert_++] : "missing";
}

std::string Session::answer(const Fields& step) {
  try {
    if (step[0].starts_with("state_")) return state(step);
    const bool creates = step[0] == "symbol" || step[0] == "unspecified" || step[0] == "unbacked";
    return creates ? create(step) : ask(step);
  } catch (const Failure& failure) {
    return std::string("error: ") + failure.what();
  }
}

/// Texts of errors are compared only where they are part of PyTorch's contract.
bool agrees(const std::string& wanted, const std::string& given) {
  if (!wanted.starts_with("error: ")) return wanted == given;
  return given.starts_with(wanted) || (given.starts_with("error: ") && wanted.ends_with("Error"));
}

TEST(ShapeEnv, AnswersAsPyTorchDoes) {
  std::ifstream file(RETRACE_SOURCE_DIR "/tests/unit/shapes/cases.txt");
  ASSERT_TRUE(file);
  std::unique_ptr<Session> session;
  std::string line;
  std::string log;
  bool lost = false;
  while (std::getline(file, line)) {
    const Fields step = split(line, '\t');
    if (step[0] == "session") {
      session = std::make_unique<Session>();
      log.clear();
      lost = false;
    }
    log += line + "\n";
    if (lost || step[0] == "session") continue;
    const bool two_answers = step[0] == "state_guard" || step[0] == "state_assert";
    const std::string wanted = two_answers ? step[1] + "\t" + step[2] : step.back();
    const std::string given = session->answer(step);
    lost = !agrees(wanted, given);
    EXPECT_PRED2(agrees, wanted, given) << log;
  }
}

}  // namespace
}  // namespace retrace::shapes
