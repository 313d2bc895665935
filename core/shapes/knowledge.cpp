// SPDX-License-Identifier: Apache-2.0
// Two environments with the same facts answer alike, but for what they remember (cache.h: that is observable). A
// remembered answer that counted after the mark must be the one given here: remembered here as well, or, where it is
// not, known here without a guard. What is known without a guard stays so: ranges only narrow, replacements and axioms
// only grow.
#include "core/shapes/knowledge.h"

namespace retrace::shapes {

using expr::Expr;

namespace {

/// `peek`: what is remembered of a question, or null; `ask`: what it is answered now.
template <typename Value, typename Peek, typename Ask>
bool alike(const Asked<Value>& other, Peek&& peek, Ask&& ask) {
  return std::all_of(other.questions.begin(), other.questions.end(), [&](const auto& question) {
    if (const Value* known = peek(question.key)) return *known == question.answer;
    return !question.was_known || ask(question.key) == question.answer;
  });
}

template <typename Value, typename Ask>
bool alike(const VersionedCache<Value>& cache, std::uint64_t version, const Asked<Value>& other, Ask&& ask) {
  return alike(
      other, [&](const CacheKey& key) { return cache.peek(key, version); }, ask);
}

template <typename Value, typename Ask>
bool alike(const LruCache<Value>& cache, const Asked<Value>& other, Ask&& ask) {
  return other.complete && cache.has_room_for(other.questions.size()) &&
         alike(
             other, [&](const CacheKey& key) { return cache.peek(key); }, ask);
}

}  // namespace

void ShapeEnv::mark() {
  State& s = *state_;
  s.replace_cache.mark(s.version);
  s.simplify_cache.mark(s.version);
  s.static_cache.mark(s.version);
  s.evaluate_cache.mark();
  s.guard_rel_cache.mark();
  s.runtime_assert_cache.mark();
  marked_ = std::make_shared<Knowledge>();
  marked_->facts = s;
}

std::shared_ptr<const Knowledge> ShapeEnv::knowledge() {
  const State& s = *state_;
  Knowledge& known = *marked_;
  known.replaced = s.replace_cache.asked();
  known.simplified = s.simplify_cache.asked();
  known.known_statically = s.static_cache.asked();
  known.evaluated = s.evaluate_cache.asked();
  known.related = s.guard_rel_cache.asked();
  known.asserted = s.runtime_assert_cache.asked();
  known.replaces_later = s.replacements != known.facts.replacements;
  return std::move(marked_);
}

bool ShapeEnv::would_answer_as(const Knowledge& other) {
  State& s = *state_;
  const auto statically = [&s](const CacheKey& key) {
    return s.maybe_evaluate_static(key.e, static_cast<State::StaticMode>(key.flags));
  };
  const auto evaluated = [&s](const CacheKey& key) {
    return s.holds_as_nonnegative_sum(key.e) ? s.pool.boolean(true) : s.maybe_evaluate_static(key.e);
  };
  const auto never = [](const CacheKey&) { return std::optional<bool>(); };
  return static_cast<const Facts&>(s) == other.facts &&
         alike(s.replace_cache, s.version, other.replaced, [&s](const CacheKey& key) { return s.replace(key.e); }) &&
         alike(s.simplify_cache, s.version, other.simplified,
               [&s](const CacheKey& key) { return s.simplify(key.e); }) &&
         alike(s.static_cache, s.version, other.known_statically, statically) &&
         alike(s.evaluate_cache, other.evaluated, evaluated) && alike(s.guard_rel_cache, other.related, never) &&
         alike(s.runtime_assert_cache, other.asserted, never);
}

}  // namespace retrace::shapes
