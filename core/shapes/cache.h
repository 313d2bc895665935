// SPDX-License-Identifier: Apache-2.0
// The two kinds of memo that symbolic_shapes.py puts on ShapeEnv's functions. They are observable: a cached
// answer is given even where new guards would allow a better one.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/expr/expr.h"

namespace retrace::shapes {

/// Emptied in time that its entries take: clear() takes that of all the buckets it ever had.
template <typename Table>
void forget_all(Table& table) {
  if (table.empty()) return;
  if (table.bucket_count() > 64 + 8 * table.size())
    Table().swap(table);
  else
    table.clear();
}

/// An expression and what else the question depends on.
struct CacheKey {
  expr::Expr e;
  std::uint32_t flags = 0;
  bool operator==(const CacheKey&) const = default;
};
struct CacheKeyHash {
  std::size_t operator()(const CacheKey& key) const { return std::hash<expr::Expr>()(key.e) * 31 + key.flags; }
};

/// Of one memo: the questions asked of it since its mark, and whether the answer had been there before.
template <typename Value>
struct Asked {
  struct Question {
    CacheKey key;
    Value answer{};
    bool was_known = false;
  };
  std::vector<Question> questions;
  bool complete = true;  // false: some were forgotten
};

/// An answer, and what `Asked` tells of it.
template <typename Value>
struct Remembered {
  CacheKey key;
  Value value{};
  bool is_older = false;  // than the mark
  bool asked = false;     // since the mark
};

/// _lru_cache: unbounded, emptied when the environment's version has changed.
template <typename Value>
class VersionedCache {
 public:
  const Value* find(const CacheKey& key, std::uint64_t version) {
    if (version != version_) clear(version);
    const auto known = values_.find(key);
    if (known == values_.end()) return nullptr;
    known->second.asked = true;
    return &known->second.value;
  }
  void put(const CacheKey& key, std::uint64_t version, Value value) {
    if (version != version_) clear(version);
    Remembered<Value>& entry = values_[key];
    entry.key = key;
    entry.value = std::move(value);
    entry.asked = true;
  }
  void clear() {
    if (std::exchange(is_marked_, false)) kept_ = std::move(values_);
    forget_all(values_);
  }

  void mark(std::uint64_t version) {
    if (version != version_) clear(version);
    for (auto& [key, entry] : values_) entry.is_older = true, entry.asked = false;
    kept_.clear();
    is_marked_ = true;
  }
  /// What was asked as long as the marked answers were remembered.
  [[nodiscard]] Asked<Value> asked() const {
    Asked<Value> out;
    for (const auto& [key, entry] : is_marked_ ? values_ : kept_)
      if (entry.asked) out.questions.push_back({key, entry.value, entry.is_older});
    return out;
  }
  /// As `find`, without a trace.
  [[nodiscard]] const Value* peek(const CacheKey& key, std::uint64_t version) const {
    const auto known = values_.find(key);
    return version != version_ || known == values_.end() ? nullptr : &known->second.value;
  }

 private:
  using Values = std::unordered_map<CacheKey, Remembered<Value>, CacheKeyHash>;

  void clear(std::uint64_t version) {
    clear();
    version_ = version;
  }
  std::uint64_t version_ = 0;
  Values values_;
  Values kept_;  // those of the mark
  bool is_marked_ = false;
};

/// lru_cache(256): never emptied, forgets the least recently used.
template <typename Value>
class LruCache {
 public:
  const Value* find(const CacheKey& key) {
    const auto known = places_.find(key);
    if (known == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, known->second);
    known->second->asked = true;
    return &known->second->value;
  }
  void put(const CacheKey& key, Value value) {
    if (find(key) != nullptr) return;
    entries_.push_front({key, std::move(value), false, true});
    places_.emplace(key, entries_.begin());
    if (entries_.size() <= kSize) return;
    has_forgotten_ = true;
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }

  void mark() {
    for (Remembered<Value>& entry : entries_) entry.is_older = true, entry.asked = false;
  }
  [[nodiscard]] Asked<Value> asked() const {
    Asked<Value> out;
    out.complete = !has_forgotten_;
    for (const Remembered<Value>& entry : entries_)
      if (entry.asked) out.questions.push_back({entry.key, entry.value, entry.is_older});
    return out;
  }
  [[nodiscard]] const Value* peek(const CacheKey& key) const {
    const auto known = places_.find(key);
    return known == places_.end() ? nullptr : &known->second->value;
  }
  /// So many more answers, and nothing has been forgotten yet?
  [[nodiscard]] bool has_room_for(std::size_t count) const {
    return !has_forgotten_ && entries_.size() + count <= kSize;
  }

 private:
  static constexpr std::size_t kSize = 256;
  using Entries = std::list<Remembered<Value>>;
  Entries entries_;
  std::unordered_map<CacheKey, typename Entries::iterator, CacheKeyHash> places_;
  bool has_forgotten_ = false;
};

}  // namespace retrace::shapes
