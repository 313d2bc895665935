// SPDX-License-Identifier: Apache-2.0
#include "core/ops/call_memo.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "core/ops/each_tensor.h"

namespace retrace::ops {

namespace {

template <typename T>
void put(std::string& key, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put(std::string& key, std::string_view text) {
  put(key, text.size());
  key.append(text);
}

void put(std::string& key, const SymBool& value) {
  put(key, value.node());
  put(key, value.is_bool() && value.as_bool());
}

void put(std::string& key, const Device& device) {
  put(key, device.type);
  put(key, device.index.value_or(-1));
}

/// What data gave a tensor is no part of its geometry.
bool carries_data(const FakeTensor& t) { return t.constant || t.memos.exists(); }

FakeTensor* root(FakeTensor& tensor) { return tensor.base != nullptr ? tensor.base : &tensor; }

std::uint64_t writes(const std::vector<FakeTensor*>& tensors) {
  std::uint64_t sum = 0;
  for (const FakeTensor* t : tensors) sum += t->storage == nullptr ? 0 : t->storage->version;
  return sum;
}

/// Calls visit(FakeTensor*&) for each tensor of the results, in order. False: something else is among them.
template <typename Visit>
bool for_each_result(Results& results, Visit&& visit) {
  for (Value& value : results) {
    if (auto* tensor = std::get_if<FakeTensor*>(&value)) {
      visit(*tensor);
    } else if (auto* list = std::get_if<ValueList>(&value)) {
      for (Value& element : *list) {
        auto* item = std::get_if<FakeTensor*>(&element);
        if (item == nullptr) return false;
        visit(*item);
      }
    } else if (!value.is_none()) {
      return false;
    }
  }
  return true;
}

}  // namespace

// ---- The key

/// The list that stands for all that hold the same numbers.
const void* CallMemo::chosen(SharedInts& list) {
  static_assert(std::has_unique_object_representations_v<SymInt>);
  if (list.empty()) return nullptr;
  if (list.chosen_by() == this) return list.id();
  const SymInts& values = list;
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(SymInt));
  SharedInts& known = lists_.at(bytes).value;
  if (known.empty()) {
    known = list;
    known.choose(this);
  }
  list = known;
  return list.id();
}

void CallMemo::describe(Storage& storage) {
  put(key_, storage.extent.exists());
  put(key_, storage.plain_nbytes);
  if (!storage.extent.exists()) return;
  Storage::Extent& extent = storage.extent.get();
  put(key_, std::array{chosen(extent.sizes), chosen(extent.strides)});
  put(key_, extent.offset);
  put(key_, extent.item_size);
  put(key_, extent.is_strided);
}

bool CallMemo::describe(FakeTensor& t) {
  if (carries_data(t) || t.storage == nullptr) return false;
  const auto same = std::find(tensors_.begin(), tensors_.end(), &t);
  const auto alias = std::find_if(tensors_.begin(), tensors_.end(),
                                  [&](const FakeTensor* other) { return other->storage == t.storage; });
  put(key_, std::array{same - tensors_.begin(), alias - tensors_.begin()});
  tensors_.push_back(&t);
  put(key_, std::array{static_cast<char>(t.dtype), static_cast<char>(t.layout), static_cast<char>(t.requires_grad),
                       static_cast<char>(t.tracks_grad), static_cast<char>(t.is_conj), static_cast<char>(t.is_neg)});
  put(key_, t.device);
  put(key_, std::array{chosen(t.sizes), chosen(t.strides)});
  put(key_, t.storage_offset);
  describe(*t.storage);
  return true;
}

/// False: the call is not one to remember.
bool CallMemo::describe(const Value& value) {
  put(key_, value.index());
  return std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, FakeTensor*>) {
          return describe(*v);
        } else if constexpr (std::is_same_v<T, ValueList>) {
          put(key_, v.size());
          return std::all_of(v.begin(), v.end(),
                             [&](const Value& element) { return !element.holds<ValueList>() && describe(element); });
        } else if constexpr (std::is_same_v<T, const void*>) {
          return false;
        } else if constexpr (std::is_same_v<T, std::pair<double, double>>) {
          return put(key_, v.first), put(key_, v.second), true;
        } else if constexpr (std::is_same_v<T, std::monostate>) {
          return true;
        } else {
          return put(key_, v), true;
        }
      },
      static_cast<const Value::variant&>(value));
}

bool CallMemo::describe(Call& call) {
  key_.clear();
  tensors_.clear();
  put(key_, &call.schema());
  put(key_, call.context().grad_enabled());
  for (std::size_t i = 0; i < call.size(); ++i)
    if (!describe(call.arg(i))) return false;
  return true;
}

// ---- Results

/// False: it cannot be told how to make this result again.
bool CallMemo::note(FakeTensor& t, Entry& entry) const {
  if (carries_data(t) || t.storage == nullptr) return false;
  Made& made = entry.made.emplace_back();
  const auto same = std::find(tensors_.begin(), tensors_.end(), &t);
  const auto alias =
      std::find_if(tensors_.begin(), tensors_.end(), [&](const FakeTensor* arg) { return arg->storage == t.storage; });
  made.is_argument = same != tensors_.end();
  if (made.is_argument) {
    made.argument = static_cast<std::size_t>(same - tensors_.begin());
    return true;
  }
  if (alias != tensors_.end()) made.argument = static_cast<std::size_t>(alias - tensors_.begin());
  made.tensor = t;
  made.storage.hold(*t.storage);
  return t.base == nullptr || (alias != tensors_.end() && t.base == root(**alias));
}

bool CallMemo::note(const Results& results, Entry& entry) const {
  entry.results = results;
  bool repeatable = true;
  std::vector<const Storage*> fresh;
  const bool tensors_only = for_each_result(entry.results, [&](FakeTensor* t) {
    repeatable = repeatable && note(*t, entry);
    if (!repeatable || entry.made.back().argument != kFresh) return;
    repeatable = std::find(fresh.begin(), fresh.end(), t->storage) == fresh.end();
    fresh.push_back(t->storage);
  });
  return tensors_only && repeatable;
}

Results CallMemo::again(const Entry& entry, Call& call) const {
  Results results = entry.results;
  auto made = entry.made.begin();
  for_each_result(results, [&](FakeTensor*& t) {
    const Made& as = *made++;
    if (as.is_argument) {
      t = tensors_[as.argument];
      return;
    }
    t = &call.context().new_tensor();
    *t = as.tensor;
    if (as.argument == kFresh) {
      t->storage = &call.context().new_storage();
      t->storage->hold(as.storage);
      return;
    }
    t->storage = tensors_[as.argument]->storage;
    if (t->base != nullptr) t->base = root(*tensors_[as.argument]);
  });
  return results;
}

Results CallMemo::run(Rule rule, Call& call) {
  if (!describe(call)) return rule(call);
  const auto* known = entries_.find(key_);
  if (known != nullptr && call.env().ask_again(known->value.questions)) return again(known->value, call);
  Entry entry;
  const std::uint64_t before = writes(tensors_);
  Results results;
  {
    const shapes::Recording recording(call.env(), entry.questions);
    results = rule(call);
  }
  if (!entry.questions.repeatable || before != writes(tensors_) || !note(results, entry)) return results;
  if (known != nullptr || entries_.size() < kMost) entries_.at(key_).value = std::move(entry);
  return results;
}

}  // namespace retrace::ops
