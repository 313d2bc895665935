// SPDX-License-Identifier: Apache-2.0
#include "core/expr/expr.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/base/failure.h"
#include "core/expr/sym.h"

namespace retrace::expr {
namespace {

class ExprTest : public testing::Test {
 protected:
  std::string text(const std::string& input) { return str(parse(pool, input)); }
  Pool pool;
  Expr s77 = pool.symbol("s77", true, true);
  Expr s17 = pool.symbol("s17", true, true);
  Expr u0 = pool.symbol("u0", false, true);
};

TEST_F(ExprTest, EqualExpressionsAreOneNode) {
  EXPECT_EQ(add(s77, s17), add(s17, s77));
  EXPECT_EQ(mul(pool.integer(2), add(s77, pool.integer(1))), parse(pool, "2*s77 + 2"));
  EXPECT_NE(s77, pool.symbol("s77", false, true));
}

TEST_F(ExprTest, AssumptionsDecideRelations) {
  EXPECT_EQ(text("s77 > 0"), "True");
  EXPECT_EQ(text("s77 - 1 >= 0"), "True");
  EXPECT_EQ(text("s77 >= 2"), "s77 >= 2");
  EXPECT_EQ(text("s77*s17 >= 1"), "True");
  EXPECT_EQ(text("u0 >= 0"), "u0 >= 0");
  EXPECT_EQ(text("Eq(2*u0, 1)"), "False");
  EXPECT_EQ(text("Ne(s77, s77)"), "False");
}

TEST_F(ExprTest, PowersOfPlainNumbersEnd) {
  EXPECT_EQ(text("Pow(Integer(-1), Integer(-9223372036854775807))"), "-1");
  EXPECT_THROW(text("Pow(Integer(-1), Integer(-9223372036854775808))"), Overflow);
  EXPECT_THROW(text("Pow(Integer(10), Integer(1000000000))"), Overflow);
}

TEST_F(ExprTest, WhatDoesNotFitIsRefusedAtOnce) {
  std::string product = "Mul(";
  std::string sum = "Add(";
  for (int i = 0; i < 20; ++i) {
    product += (i == 0 ? "" : ", ") + ("Add(Symbol('s" + std::to_string(i) + "'), Integer(1))");
    sum += (i == 0 ? "" : ", ") + ("Symbol('s" + std::to_string(i) + "')");
  }
  EXPECT_THROW(parse(pool, "FloorDiv(" + product + "), " + sum + "))"), SizeLimit);
}

TEST_F(ExprTest, WideSumsAreOrderedInLittleMemory) {
  std::string sum = "Add(";
  for (int i = 0; i < 20'000; ++i) sum += (i == 0 ? "" : ", ") + ("Symbol('s" + std::to_string(i) + "')");
  EXPECT_TRUE(text(sum + ")").starts_with("s0 + s1 + s10 + s100 + s1000 + "));
}

TEST_F(ExprTest, PrintsAsMessagesDo) {
  EXPECT_EQ(text("FloorDiv(u0, 2)"), "(u0//2)");
  EXPECT_EQ(text("Eq(FloorDiv(u0, 2), s17)"), "Eq((u0//2), s17)");
  EXPECT_EQ(text("1 + FloorDiv(u0, 2)"), "((u0//2)) + 1");
  EXPECT_EQ(text("(u0 >= 2) & (u0 <= 7)"), "(u0 >= 2) & (u0 <= 7)");
  EXPECT_EQ(text("Piecewise((1, Eq(u0, 1)), (0, True))"), "Piecewise((1, Eq(u0, 1)), (0, True))");
  EXPECT_EQ(text("3 - 2*u0"), "3 - 2*u0");
}

TEST_F(ExprTest, Canonicalized) {
  EXPECT_EQ(str(canonicalize_bool_expr(parse(pool, "u0 + 10 >= 0"))), "0 <= u0 + 10");
  EXPECT_EQ(str(canonicalize_bool_expr(parse(pool, "2*u0 > 4*s77"))), "2*s77 < u0");
}

TEST_F(ExprTest, Solves) {
  const auto solved = try_solve(parse(pool, "FloorDiv(u0, 4) >= 3"), u0);
  ASSERT_TRUE(solved.has_value());
  EXPECT_EQ(str(solved->relation), "u0 >= 12");
  EXPECT_FALSE(try_solve(parse(pool, "u0*u0 >= s77"), u0).has_value());
}

TEST_F(ExprTest, SubstitutesAtOnce) {
  const Substitution swap{{s77, s17}, {s17, s77}};
  EXPECT_EQ(str(substitute(parse(pool, "s77 + 2*s17"), swap)), "s17 + 2*s77");
}

TEST_F(ExprTest, SymbolsOfANode) {
  Expr e = parse(pool, "s77*u0 + s17");
  EXPECT_EQ(free_symbols(e).size(), 3U);
  EXPECT_TRUE(contains(e, u0));
  EXPECT_TRUE(e->has_unbacked);
  EXPECT_TRUE(pool.symbol("zuf0", false, false)->has_unbacked);
  EXPECT_FALSE(pool.symbol("user", false, true)->has_unbacked);
}

TEST_F(ExprTest, RejectsWhatIsNoExpression) {
  for (const char* bad : {"", "Add(", "s77 +", "Symbol(s77)", "Mod(u0)", "Nothing(1)", "Integer(99999999999999999999)",
                          "Piecewise()", "s77 s17", "Rational(1, 0)", "Float('x')"}) {
    EXPECT_THROW(parse(pool, bad), std::invalid_argument) << bad;
  }
  EXPECT_THROW(parse(pool, std::string(100000, '(')), std::invalid_argument);
  EXPECT_THROW(parse(pool, std::string(100000, '-')), std::invalid_argument);
}

TEST_F(ExprTest, RaisesAsPyTorchDoes) {
  EXPECT_THROW(parse(pool, "FloorDiv(s77, 0)"), Failure);
  EXPECT_THROW(parse(pool, "Mod(s77, 0)"), Failure);
  EXPECT_THROW(mul(pool.integer(INT64_MAX), pool.integer(2)), Failure);
}

TEST_F(ExprTest, DepthIsLimited) {
  const auto nest = [&] {
    Expr deep = u0;
    for (int i = 0; i < 5000; ++i) deep = pool.make(Kind::kFloorDiv, {add(deep, pool.integer(1)), s77});
  };
  EXPECT_THROW(nest(), Failure);
}

TEST_F(ExprTest, SymIntsStayPlain) {
  EXPECT_TRUE((SymInt(6) * SymInt(7)).is(42));
  EXPECT_TRUE(floordiv(-7, 2).is(-4));
  EXPECT_TRUE(python_mod(-7, 2).is(1));
  EXPECT_TRUE((SymInt(s77) * 0).is(0));
  EXPECT_TRUE((SymInt(s77) - SymInt(s77)).is(0));
  EXPECT_TRUE(sym_gt(SymInt(s77), 0).as_bool());
  EXPECT_EQ(to_string(ceildiv(SymInt(s77), 2)), "-(((-s77)//2))");
  EXPECT_EQ(to_string(python_mod(SymInt(u0), 2)), "PythonMod(u0, 2)");
  EXPECT_EQ(to_string(python_mod(SymInt(s77), 2)), "Mod(s77, 2)");
  EXPECT_THROW(floordiv(1, 0), Failure);
  EXPECT_THROW(SymInt(INT64_MAX) + 1, Overflow);
}

}  // namespace
}  // namespace retrace::expr
