// SPDX-License-Identifier: Apache-2.0
// The canonical form of a program: what the hash and the diff see, and nothing else.
//
// Three levels, each implied by the one before. exact: the same operators in the same order with the same
// wiring, arguments, result metadata, signature, ranges, tree specs. dataflow: up to the order of operators
// without effect. symbolic: up to which operator a size is read from, the operators that only compute sizes,
// and the order and number of unused lifted inputs. No level sees names of nodes, values and symbols, traces,
// how an argument was spelled (position, keyword, default), the order of a sum, hints, or ranges of symbols
// that occur nowhere. A symbol is known by where it is bound. docs/hash.md lists it all.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/hash/digest.h"
#include "core/ir/program.h"

namespace retrace::identity {

enum class Level : std::uint8_t { kExact, kDataflow, kSymbolic };

/// One part of a program in canonical form: the digest of each item, in program order.
struct Part {
  std::vector<hash::Digest> items;
};

struct Canonical {
  Level level = Level::kExact;
  hash::Digest digest;  // of the whole
  std::vector<hash::Digest> graph_inputs;
  std::vector<hash::Digest> nodes;    // program order, also at the levels that then ignore it
  std::vector<std::size_t> node_of;   // index in Graph::nodes of each entry of `nodes`
  std::vector<hash::Digest> effects;  // levels dataflow and symbolic: operators with effects, in order
  std::vector<std::size_t> effect_of;
  std::vector<hash::Digest> outputs;
  std::vector<hash::Digest> input_specs;
  std::vector<hash::Digest> output_specs;
  std::vector<hash::Digest> ranges;  // sorted
  hash::Digest tree_specs;
};

/// At all levels, by Level, from one walk.
std::array<Canonical, 3> canonical(const ir::Program& program);

}  // namespace retrace::identity
