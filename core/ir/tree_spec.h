// SPDX-License-Identifier: Apache-2.0
// The pytree structure of a program's inputs: treespec_dumps' JSON text, read (torch/utils/_pytree.py).
//
// A tree's leaves are the program's user inputs in order. Keys are kept as keystr prints them: "[0]" for a
// sequence, "['k']" for a mapping, ".field" for a namedtuple. Depth is limited (kMaxTreeDepth), so that walks
// over a tree may recurse.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retrace::ir {

inline constexpr std::size_t kMaxTreeDepth = 200;

struct TreeSpec {
  enum class Kind : unsigned char {
    kLeaf,
    kTuple,
    kList,
    kDict,
    kOrderedDict,
    kDefaultDict,
    kNamedTuple,
    kDeque,
    kCustom
  };
  Kind kind = Kind::kLeaf;
  std::string type;                // serialized type name, "builtins.dict"; empty: a leaf
  std::vector<std::string> keys;   // as keystr prints them, one a child
  std::vector<std::string> names;  // plain keys of mappings ("k") and fields of namedtuples
  std::vector<TreeSpec> children;

  [[nodiscard]] bool is_leaf() const { return kind == Kind::kLeaf; }
  [[nodiscard]] bool is_mapping() const {
    return kind == Kind::kDict || kind == Kind::kOrderedDict || kind == Kind::kDefaultDict;
  }
  [[nodiscard]] std::size_t num_leaves() const;
};

/// Fields of named tuples, by serialized type name (Program::treespec_namedtuple_fields).
using NamedTupleFields = std::vector<std::pair<std::string_view, std::vector<std::string_view>>>;

/// Raises std::invalid_argument on text that is no tree spec, or one deeper than kMaxTreeDepth.
TreeSpec parse_tree_spec(std::string_view text, const NamedTupleFields& named_tuples = {});

/// Python's repr of a str: 'k', "it's".
std::string python_repr(std::string_view text);

}  // namespace retrace::ir
