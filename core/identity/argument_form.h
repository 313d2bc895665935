// SPDX-License-Identifier: Apache-2.0
// Arguments in canonical form: values by how they are known, spelling (position, keyword, default) undone.
#pragma once
#include <vector>

#include "core/identity/levelled.h"
#include "core/identity/symbol_sites.h"
#include "core/ir/program.h"
#include "core/ops/match_inputs.h"

namespace retrace::identity {

/// What stands in an argument for each value of a graph; where nothing of that name is known yet, what stands for that.
class References {
 public:
  explicit References(std::size_t values) : of_(values, unknown()) {}
  [[nodiscard]] const Digests& operator[](ir::ValueId id) const {
    return id == ir::kNoValue ? unknown() : of_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] bool knows(ir::ValueId id) const { return (*this)[id][0] != unknown()[0]; }
  /// From now on the value is known as this, at all levels or at one.
  void set(ir::ValueId id, const Digests& as);
  void set(ir::ValueId id, std::size_t level, const hash::Digest& as);

 private:
  static const Digests& unknown();
  std::vector<Digests> of_;
};

/// Gives the digests of an argument's sub-graph.
class SubGraphs {
 public:
  virtual Digests of(const ir::Graph& graph) = 0;

 protected:
  ~SubGraphs() = default;
};

class ArgumentForm {
 public:
  ArgumentForm(const References& values, const SymbolSites& symbols, SubGraphs& graphs)
      : values_(values), symbols_(symbols), graphs_(graphs) {}

  Digests argument(const ir::Argument& a);
  /// A node's, in schema order with defaults filled in.
  Digests arguments(const ir::Node& n);

 private:
  void write(const ir::Argument& a, LevelledForm& out);
  void string(std::string_view text, LevelledForm& out) const;
  void unknown_inputs(const ir::Node& n, const ops::Schema& schema, LevelledForm& out);
  void map(const ir::ArgumentMap& entries, LevelledForm& out);
  template <typename T>
  void symbolic(const ir::SymArg<T>& a, LevelledForm& out) const;
  template <typename T, typename F>
  static void list(const std::vector<T>& values, LevelledForm& out, F&& element);

  const References& values_;
  const SymbolSites& symbols_;
  SubGraphs& graphs_;
  ops::MatchedInputs given_;
};

}  // namespace retrace::identity
