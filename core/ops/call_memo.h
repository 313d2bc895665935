// SPDX-License-Identifier: Apache-2.0
// Results of earlier calls. Layers of a model repeat each other: the same operator over tensors of the same geometry.
//
// A rule is a function of its arguments' geometry and of what it asks the shape environment. Where its questions
// would be answered as before (shapes/questions.h) and it wrote nothing, the same call gives the same results again;
// they are made without running it. What else a rule may look at is part of the key (which arguments are one tensor or
// share a storage) or keeps a call out (known values, remembered items, arguments written to).
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "core/hash/text_table.h"
#include "core/ops/call.h"
#include "core/shapes/questions.h"

namespace retrace::ops {

class CallMemo {
 public:
  /// What `rule` gives for the call; its operator writes no argument.
  Results run(Rule rule, Call& call);

 private:
  /// A tensor that the rule made, or handed back.
  struct Made {
    FakeTensor tensor;
    Storage storage;                // what it holds
    std::size_t argument = kFresh;  // whose storage it has
    bool is_argument = false;       // it is that tensor
  };
  struct Entry {
    shapes::Questions questions;
    Results results;  // tensors stand for those made, in order
    std::vector<Made> made;
  };
  static constexpr std::size_t kFresh = static_cast<std::size_t>(-1);
  static constexpr std::size_t kMost = 4096;

  const void* chosen(SharedInts& list);
  bool describe(Call& call);
  bool describe(const Value& value);
  bool describe(FakeTensor& tensor);
  void describe(Storage& storage);
  bool note(const Results& results, Entry& entry) const;
  bool note(FakeTensor& tensor, Entry& entry) const;
  Results again(const Entry& entry, Call& call) const;

  Arena arena_;
  hash::TextTable<SharedInts> lists_{arena_, 64};
  hash::TextTable<Entry> entries_{arena_, 64};
  std::string key_;                   // of the present call
  std::vector<FakeTensor*> tensors_;  // its tensor arguments
};

}  // namespace retrace::ops
