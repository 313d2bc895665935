// SPDX-License-Identifier: Apache-2.0
// What an export teaches of its inputs' sizes, for who asks afterwards why a dimension is a number.
//
// An observer: a trace says where it is, the shape environment what it learned there; no answer depends on it. Sizes go
// by their sources, because the symbols are gone by then.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/expr/expr.h"

namespace retrace::shapes {

/// A relation that was taken to be true, and what it made of a size.
struct Lesson {
  std::string size;       // "L['x'].size()[0]"
  bool replaced = false;  // it became what the sizes `by` make, or a number
  std::vector<std::string> by = {};
  bool lower = false;  // a bound of its range moved
  bool upper = false;
  std::string relation = {};  // "L['x'].size()[0] == 2"
  std::string node = {};      // in whose trace; empty: none
  std::string target = {};    // the node's, "torch.ops.aten.add.Tensor"
};

/// Given to a ShapeEnv to be told (observe).
class Lessons {
 public:
  /// Where the trace is from now on.
  void move_to(std::string_view node, std::string_view target) {
    if (!away_) node_ = node, target_ = target;
  }
  /// At no node of the program any more: another graph is traced.
  void go_away() { move_to({}, {}), away_ = true; }
  void add(Lesson lesson);
  std::vector<Lesson> take() { return std::move(taught_); }

  expr::Expr relation = nullptr;  // taken to be true now

 private:
  std::string node_;
  std::string target_;
  bool away_ = false;
  std::vector<Lesson> taught_;
};

}  // namespace retrace::shapes
