// SPDX-License-Identifier: Apache-2.0
#include "core/ir/guard_expression.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/base/failure.h"

namespace retrace::ir {
namespace {

TEST(GuardExpression, UnparsesAsPythonDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"(L['x'].size()[0] % 2) == 0", "L['x'].size()[0] % 2 == 0"},
      {"((L['x'].size()[0]) * 3) <= (4 + L['y']['k'][0].stride()[1])",
       "L['x'].size()[0] * 3 <= 4 + L['y']['k'][0].stride()[1]"},
      {"2 <= L['n'] and (L['n'] <= 5 or not L['b'])", "2 <= L['n'] and (L['n'] <= 5 or not L['b'])"},
      {"(-1)*L['n'] + (a if 1 == 2 else 3)", "-1 * L['n'] + (a if 1 == 2 else 3)"},
      {"1 < L['n'] <= 5", "1 < L['n'] <= 5"},
      {"max(1, (L['n'])) // 2 ** 3", "max(1, L['n']) // 2 ** 3"},
      {"1 - (2 - 3) - 4", "1 - (2 - 3) - 4"},
      {"L['mode'] == 'a\"b'", "L['mode'] == 'a\"b'"},
      {"math.trunc(0.5 * torch.sym_float(L['n']))", "math.trunc(0.5 * torch.sym_float(L['n']))"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(GuardExpression::parse(text).unparse(), expected) << text;
}

TEST(GuardExpression, RefusesWhatIsNoGuard) {
  for (const char* text : {"", "1 +", "L['x", "1 2", "(1", "a if b"})
    EXPECT_THROW(GuardExpression::parse(text), std::invalid_argument) << text;
  EXPECT_THROW(GuardExpression::parse(std::string(100000, '(')), SizeLimit);
  std::string sum = "1";
  for (int i = 0; i < 100000; ++i) sum += "+1";
  EXPECT_THROW(GuardExpression::parse(sum), SizeLimit);
}

}  // namespace
}  // namespace retrace::ir
