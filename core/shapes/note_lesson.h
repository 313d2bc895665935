// SPDX-License-Identifier: Apache-2.0
// How the shape environment tells its observer (lessons.h) what it learns.
#pragma once
#include <utility>

#include "core/shapes/lessons.h"
#include "core/shapes/state.h"

namespace retrace::shapes {

/// While it lives, what is learned follows from `relation`, unless that follows from another.
class LearningFrom {
 public:
  LearningFrom(Lessons* lessons, expr::Expr relation) : lessons_(lessons) {
    if (lessons_ != nullptr)
      outer_ = std::exchange(lessons_->relation, lessons_->relation ? lessons_->relation : relation);
  }
  ~LearningFrom() {
    if (lessons_ != nullptr) lessons_->relation = outer_;
  }
  LearningFrom(const LearningFrom&) = delete;
  LearningFrom& operator=(const LearningFrom&) = delete;

 private:
  Lessons* lessons_;
  expr::Expr outer_ = nullptr;
};

struct MovedBounds {
  bool lower = false;
  bool upper = false;
};
/// `target`: what replaces the symbol; null: bounds moved.
void note_lesson(const ShapeEnv::State& state, expr::Expr symbol, expr::Expr target, MovedBounds moved);

}  // namespace retrace::shapes
