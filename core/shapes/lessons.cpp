// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/lessons.h"

#include <utility>

#include "core/shapes/guards_code.h"
#include "core/shapes/note_lesson.h"

namespace retrace::shapes {

void Lessons::add(Lesson lesson) {
  lesson.node = node_;
  lesson.target = target_;
  taught_.push_back(std::move(lesson));
}

void note_lesson(const ShapeEnv::State& state, expr::Expr symbol, expr::Expr target, MovedBounds moved) {
  Lessons* lessons = state.observer;
  if (lessons == nullptr || lessons->relation == nullptr || !state.is_backed(symbol)) return;
  const auto called = [&](expr::Expr one) {
    const auto known = state.sources.find(one);
    return known == state.sources.end() ? std::string(one->name) : known->second.front();
  };
  Lesson lesson{called(symbol), target != nullptr};
  if (target != nullptr)
    for (const expr::Expr one : expr::free_symbols(target)) lesson.by.push_back(called(one));
  lesson.lower = moved.lower;
  lesson.upper = moved.upper;
  lesson.relation = python_code(lessons->relation, called);
  lessons->add(std::move(lesson));
}

}  // namespace retrace::shapes
