// SPDX-License-Identifier: Apache-2.0
// What intervals say of an expression, remembered beyond one environment, as the lru_cache on
// symbolic_shapes.py _maybe_evaluate_static_worker does: it depends on the ranges of its symbols and on nothing else.
#pragma once
#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/expr/expr.h"
#include "core/shapes/interval.h"

namespace retrace::shapes {

/// Of one pool's expressions.
class IntervalAnswers {
 public:
  using Ranges = std::vector<const Interval*>;  // in the order of expr::free_symbols
  static constexpr std::size_t kMostSymbols = 8;

  /// The answer, which may be null: not known. Null: not asked before.
  [[nodiscard]] const expr::Expr* find(expr::Expr e, const Ranges& ranges) const {
    const auto known = answers_.find(e);
    if (known == answers_.end()) return nullptr;
    const auto answer = std::ranges::find_if(known->second, [&](const Answer& a) { return a.is_for(ranges); });
    return answer == known->second.end() ? nullptr : &answer->result;
  }
  void put(expr::Expr e, const Ranges& ranges, expr::Expr result) {
    constexpr std::size_t kMostRanges = 16;
    std::vector<Answer>& answers = answers_[e];
    if (answers.size() == kMostRanges) answers.clear();
    Answer& answer = answers.emplace_back();
    for (const Interval* range : ranges) answer.ranges.push_back(*range);
    answer.result = result;
  }
  void clear() { answers_.clear(); }

 private:
  struct Answer {
    std::vector<Interval> ranges;
    expr::Expr result = nullptr;

    [[nodiscard]] bool is_for(const Ranges& asked) const {
      return std::equal(
          ranges.begin(), ranges.end(), asked.begin(), asked.end(), [](const Interval& mine, const Interval* other) {
            return mine == *other && mine.lower.kind == other->lower.kind && mine.upper.kind == other->upper.kind;
          });
    }
  };
  std::unordered_map<expr::Expr, std::vector<Answer>> answers_;
};

}  // namespace retrace::shapes
