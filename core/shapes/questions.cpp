// SPDX-License-Identifier: Apache-2.0
#include "core/shapes/questions.h"

#include <algorithm>

#include "core/shapes/state.h"

namespace retrace::shapes {

namespace {

/// Only where each question was asked last decides the order of use.
void keep_last(std::vector<CacheKey>& asked) {
  std::vector<CacheKey> last;
  for (auto key = asked.rbegin(); key != asked.rend(); ++key)
    if (std::find(last.begin(), last.end(), *key) == last.end()) last.push_back(*key);
  asked.assign(last.rbegin(), last.rend());
}

}  // namespace

void ShapeEnv::State::note_reading() {
  if (recording != nullptr) recording->reads_knowledge = true;
}

void ShapeEnv::State::note_change() {
  if (recording != nullptr) recording->repeatable = false;
}

void ShapeEnv::start_recording(Questions& questions) {
  questions = {{}, state_->replaced, state_->lessons, false, !state_->guards_suppressed};
  state_->recording = &questions;
}

void ShapeEnv::stop_recording() {
  Questions& questions = *std::exchange(state_->recording, nullptr);
  const bool learned = questions.lessons != state_->lessons;
  if (questions.replaced != state_->replaced || (questions.reads_knowledge && learned)) questions.repeatable = false;
  if (questions.repeatable) keep_last(questions.asked);
}

bool ShapeEnv::ask_again(const Questions& questions) {
  if (questions.replaced != state_->replaced || state_->guards_suppressed) return false;
  if (questions.reads_knowledge && questions.lessons != state_->lessons) return false;
  return std::all_of(questions.asked.begin(), questions.asked.end(),
                     [this](const CacheKey& key) { return state_->evaluate_cache.find(key) != nullptr; });
}

}  // namespace retrace::shapes
