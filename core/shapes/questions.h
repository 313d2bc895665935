// SPDX-License-Identifier: Apache-2.0
// Questions put to a shape environment, so that putting them again may be left out.
//
// evaluate_expr answers a question it has answered before from its memo, whatever was learned since, and adds no
// guard. So while no symbol is replaced by another expression and the memo has not forgotten them, the same questions
// have the same answers and teach nothing; only the memo's order of use shows that they were put. Other questions
// (ranges, what is known without a guard) have the same answers for as long as nothing is learned.
#pragma once
#include <cstdint>
#include <vector>

#include "core/shapes/cache.h"
#include "core/shapes/shape_env.h"

namespace retrace::shapes {

struct Questions {
  std::vector<CacheKey> asked;   // of evaluate_expr, in the order in which each was asked last
  std::uint64_t replaced = 0;    // replacements so far
  std::uint64_t lessons = 0;     // what the environment had learned by then
  bool reads_knowledge = false;  // other questions were among them
  bool repeatable = true;
};

/// Writes down what is asked of `env` during its life.
class Recording {
 public:
  Recording(ShapeEnv& env, Questions& questions) : env_(env) { env_.start_recording(questions); }
  ~Recording() { env_.stop_recording(); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

 private:
  ShapeEnv& env_;
};

}  // namespace retrace::shapes
