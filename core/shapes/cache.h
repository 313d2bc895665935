// SPDX-License-Identifier: Apache-2.0
// The two kinds of memo that symbolic_shapes.py puts on ShapeEnv's functions. They are observable: a cached
// answer is given even where new guards would allow a better one.
#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

#include "core/expr/expr.h"

namespace retrace::shapes {

/// An expression and what else the question depends on.
struct CacheKey {
  expr::Expr e;
  std::uint32_t flags = 0;
  bool operator==(const CacheKey&) const = default;
};
struct CacheKeyHash {
  std::size_t operator()(const CacheKey& key) const { return std::hash<expr::Expr>()(key.e) * 31 + key.flags; }
};

/// _lru_cache: unbounded, emptied when the environment's version has changed.
template <typename Value>
class VersionedCache {
 public:
  const Value* find(const CacheKey& key, std::uint64_t version) {
    if (version != version_) clear(version);
    const auto known = values_.find(key);
    return known == values_.end() ? nullptr : &known->second;
  }
  void put(const CacheKey& key, std::uint64_t version, Value value) {
    if (version != version_) clear(version);
    values_.insert_or_assign(key, std::move(value));
  }
  void clear() {
    if (!values_.empty()) values_.clear();
  }

 private:
  void clear(std::uint64_t version) {
    clear();
    version_ = version;
  }
  std::uint64_t version_ = 0;
  std::unordered_map<CacheKey, Value, CacheKeyHash> values_;
};

/// lru_cache(256): never emptied, forgets the least recently used.
template <typename Value>
class LruCache {
 public:
  const Value* find(const CacheKey& key) {
    const auto known = places_.find(key);
    if (known == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, known->second);
    return &known->second->second;
  }
  void put(const CacheKey& key, Value value) {
    if (find(key) != nullptr) return;
    entries_.emplace_front(key, std::move(value));
    places_.emplace(key, entries_.begin());
    if (entries_.size() <= kSize) return;
    places_.erase(entries_.back().first);
    entries_.pop_back();
  }

 private:
  static constexpr std::size_t kSize = 256;
  using Entries = std::list<std::pair<CacheKey, Value>>;
  Entries entries_;
  std::unordered_map<CacheKey, typename Entries::iterator, CacheKeyHash> places_;
};

}  // namespace retrace::shapes
