// SPDX-License-Identifier: Apache-2.0
// Who uses a node, and how often. Mostly one or two, looked through in a row; where there are many, an index stands
// beside it, so that no operation takes longer for a node that all others use.
#pragma once
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace retrace::trace {

struct Node;

class Users {
 public:
  using Use = std::pair<Node*, int>;  // user, number of uses

  [[nodiscard]] bool empty() const { return uses_.empty(); }
  [[nodiscard]] std::size_t size() const { return uses_.size(); }
  [[nodiscard]] auto begin() const { return uses_.begin(); }
  [[nodiscard]] auto end() const { return uses_.end(); }

  void add(Node* user, int count = 1) {
    const std::size_t at = find(user);
    if (at < uses_.size()) {
      uses_[at].second += count;
      return;
    }
    uses_.emplace_back(user, count);
    if (places_ != nullptr)
      places_->emplace(user, at);
    else if (uses_.size() > kMany)
      make_places();
  }
  void remove(Node* user) {
    const std::size_t at = find(user);
    if (at == uses_.size()) return;
    uses_[at] = uses_.back();
    uses_.pop_back();
    if (places_ == nullptr) return;
    if (at < uses_.size()) (*places_)[uses_[at].first] = at;
    places_->erase(user);
  }
  void clear() {
    uses_.clear();
    places_.reset();
  }

 private:
  static constexpr std::size_t kMany = 16;
  using Places = std::unordered_map<Node*, std::size_t>;

  /// Of `user`, which is likely the newest; size(): it is none.
  [[nodiscard]] std::size_t find(Node* user) const {
    if (places_ != nullptr) {
      const auto at = places_->find(user);
      return at == places_->end() ? uses_.size() : at->second;
    }
    for (std::size_t i = uses_.size(); i-- > 0;)
      if (uses_[i].first == user) return i;
    return uses_.size();
  }
  void make_places() {
    places_ = std::make_unique<Places>();
    for (std::size_t i = 0; i < uses_.size(); ++i) places_->emplace(uses_[i].first, i);
  }

  std::vector<Use> uses_;
  std::unique_ptr<Places> places_;
};

}  // namespace retrace::trace
