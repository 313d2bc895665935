// SPDX-License-Identifier: Apache-2.0
#include "core/identity/canonical.h"

#include <algorithm>
#include <unordered_map>

#include "core/identity/argument_form.h"
#include "core/identity/effects.h"
#include "core/identity/signature_form.h"
#include "core/ir/walk.h"

namespace retrace::identity {
namespace {

using hash::Digest;
using ir::Argument;
using ir::Graph;
using ir::ValueId;

constexpr auto kExact = static_cast<std::size_t>(Level::kExact);
constexpr auto kSymbolic = static_cast<std::size_t>(Level::kSymbolic);

Digest combine(char tag, std::span<const Digest> parts) {
  return Encoder().tag(tag).number(static_cast<std::int64_t>(parts.size())).digests(parts).finish();
}

/// `combine` at each level, of the parts in order or sorted; once for levels with the same parts.
Digests combine(char tag, const LevelledPart& parts, const std::array<bool, kLevels>& is_sorted) {
  Digests out;
  for (std::size_t level = 0; level < kLevels; ++level) {
    if (level > 0 && is_sorted[level] == is_sorted[level - 1] && parts[level] == parts[level - 1]) {
      out[level] = out[level - 1];
    } else if (is_sorted[level]) {
      std::vector<Digest> items = parts[level];
      std::sort(items.begin(), items.end());
      out[level] = combine(tag, items);
    } else {
      out[level] = combine(tag, parts[level]);
    }
  }
  return out;
}

struct GraphForm {
  LevelledPart inputs, nodes, effects, outputs;
  std::array<std::vector<std::size_t>, kLevels> node_of, effect_of;

  [[nodiscard]] Digests digest() const {
    constexpr std::array<bool, kLevels> kNever{};
    const Digests i = combine('i', inputs, {false, false, true}), n = combine('n', nodes, {false, true, true}),
                  e = combine('e', effects, kNever), o = combine('o', outputs, kNever);
    Digests out;
    for (std::size_t level = 0; level < kLevels; ++level)
      out[level] = combine('G', std::array{i[level], n[level], e[level], o[level]});
    return out;
  }
};

/// The top graph's inputs have sites of their own and need not all count.
struct TopInputs {
  std::vector<Digest> sites;
  std::vector<bool> counted;
};

class GraphWalk final : private SubGraphs {
 public:
  GraphWalk(const Graph& graph, SymbolSites& symbols)
      : graph_(graph), symbols_(symbols), values_(graph.values.size()), arguments_(values_, symbols, *this) {}

  GraphForm run(const TopInputs* top) {
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) input(i, top);
    for (auto& nodes : form_.nodes) nodes.reserve(graph_.nodes.size());
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) node(i);
    for (const Argument& o : graph_.outputs) push(form_.outputs, arguments_.argument(o));
    return std::move(form_);
  }

 private:
  Digests of(const Graph& graph) override { return GraphWalk(graph, symbols_).run(nullptr).digest(); }

  static void push(LevelledPart& part, const Digests& item) {
    for (std::size_t level = 0; level < kLevels; ++level) part[level].push_back(item[level]);
  }

  // ---- metadata: `site` gives the digests of the place where a new symbol would be bound

  template <typename Site>
  Digests tensor(const ir::TensorMeta& m, Site&& site) {
    LevelledForm out;
    out.tag('T').number(static_cast<int>(m.dtype)).number(static_cast<int>(m.layout)).number(m.requires_grad ? 1 : 0);
    out.text(m.device.type).number(m.device.index ? *m.device.index + 1 : -1);
    for (std::size_t i = 0; i < m.sizes.size(); ++i) {
      const auto dimension = [&](const Digest& d) {
        return Encoder().digest(d).number(static_cast<std::int64_t>(i)).finish();
      };
      if (!m.sizes[i].is_int()) symbols_.bind(m.sizes[i].node(), [&] { return derive(site(), dimension); });
      number(m.sizes[i], out);
    }
    out.tag('/');
    for (const SymInt& s : m.strides) number(s, out);
    out.tag('/');
    number(m.storage_offset, out);
    return out.finish();
  }

  /// Values that are alike share their metadata. The first of them has bound what it holds.
  template <typename Site>
  Digests shared_tensor(const ir::TensorMeta& m, Site&& site) {
    const auto [known, is_new] = tensors_.try_emplace(&m);
    if (is_new) known->second = tensor(m, site);
    return known->second;
  }

  void number(const SymInt& v, LevelledForm& out) {
    if (v.is_int()) {
      out.tag('i').number(v.as_int());
    } else {
      out.tag('x');
      out.digests(symbols_.expression(v.node()));
    }
  }

  template <typename Site>
  Digests symbol(const ir::SymMeta& m, Site&& site) {
    return std::visit(
        [&](const auto& v) {
          LevelledForm out;
          out.tag('S').number(static_cast<std::int64_t>(m.value.index()));
          using T = std::decay_t<decltype(v)>;
          if (v.node() != nullptr) {
            symbols_.bind(v.node(), site);
            out.digests(symbols_.expression(v.node()));
          } else if constexpr (std::is_same_v<T, SymFloat>) {
            out.real(v.as_float());
          } else if constexpr (std::is_same_v<T, SymBool>) {
            out.tag(v.as_bool() ? '1' : '0');
          } else {
            out.number(v.as_int());
          }
          return out.finish();
        },
        m.value);
  }

  template <typename Site>
  std::optional<Digests> meta(ValueId id, Site&& site) {
    if (id == ir::kNoValue) return std::nullopt;
    const ir::Meta& m = graph_.values[static_cast<std::size_t>(id)].meta;
    if (const auto* t = ir::tensor_of(m)) return shared_tensor(*t, site);
    if (const auto* s = std::get_if<ir::SymMeta>(&m)) return symbol(*s, site);
    return std::nullopt;
  }

  [[nodiscard]] bool is_symbolic(ValueId id) const {
    return id != ir::kNoValue && std::holds_alternative<ir::SymMeta>(graph_.values[static_cast<std::size_t>(id)].meta);
  }

  // ---- inputs

  void input(std::size_t i, const TopInputs* top) {
    const Digest place = Encoder().tag('I').number(static_cast<std::int64_t>(i)).finish();
    const Digests site = top == nullptr ? Digests::all(place) : Digests{{place, top->sites[i], top->sites[i]}};
    bool any = false;
    ir::for_each_slot(graph_.inputs[i], [&](ValueId id) {
      any = true;
      const std::optional<Digests> m = meta(id, [&] { return site; });
      if (id != ir::kNoValue) values_.set(id, site);
      if (is_symbolic(id)) values_.set(id, kSymbolic, (*m)[kSymbolic]);
      for (std::size_t level = 0; level < kLevels; ++level) {
        if (level == kSymbolic && top != nullptr && !top->counted[i]) continue;
        Encoder out;
        if (level == kSymbolic) out.digest(site[level]);
        if (m)
          out.digest((*m)[level]);
        else
          out.tag('N');
        form_.inputs[level].push_back(out.finish());
      }
    });
    if (!any) push(form_.inputs, arguments_.argument(graph_.inputs[i]));
  }

  // ---- nodes

  /// What a node is known as: at level exact by its place, else by what it computes.
  [[nodiscard]] Digests key(const ir::Node& n, std::size_t index, const Digests& args, bool effect) const {
    Digests out;
    out[kExact] = Encoder().tag('P').number(static_cast<std::int64_t>(index)).finish();
    const auto effects = [&](std::size_t level) { return effect ? form_.effects[level].size() : 0; };
    for (std::size_t level = 1; level < kLevels; ++level) {
      const bool again = level > 1 && args[level] == args[level - 1] && effects(level) == effects(level - 1);
      out[level] = again ? out[level - 1]
                         : Encoder()
                               .tag('K')
                               .text(n.target)
                               .digest(args[level])
                               .number(static_cast<std::int64_t>(effects(level)))
                               .finish();
    }
    return out;
  }

  void node(std::size_t index) {
    const ir::Node& n = graph_.nodes[index];
    const Digests args = arguments_.arguments(n);
    const bool effect = has_effect(n.target);
    const Digests known_as = key(n, index, args, effect);
    LevelledForm item;
    item.text(n.target);
    item.digests(args);
    const bool only_sizes = results(n, known_as, item);
    const Digests digests = item.finish();
    for (std::size_t level = 0; level < kLevels; ++level) {
      if (level == kSymbolic && only_sizes && computes_size(n.target)) continue;
      const bool apart = effect && level != kExact;
      (apart ? form_.effects : form_.nodes)[level].push_back(digests[level]);
      (apart ? form_.effect_of : form_.node_of)[level].push_back(index);
      if (apart) mutate_first(n, level, known_as[level]);
    }
  }

  /// Writes the results' metadata and makes the results known; true: they are symbolic numbers, which level symbolic
  /// knows by their value.
  bool results(const ir::Node& n, const Digests& known_as, LevelledForm& item) {
    metas_.clear();
    bool all_symbolic = true;
    for (const Argument& output : n.outputs) {
      std::int64_t slot = 0;
      const auto result = [&](char tag) {
        return derive(known_as, [&](const Digest& d) { return Encoder().tag(tag).digest(d).number(slot).finish(); });
      };
      ir::for_each_slot(output, [&](ValueId id) {
        const std::optional<Digests> m = meta(id, [&] { return result('O'); });
        all_symbolic = all_symbolic && is_symbolic(id);
        if (id != ir::kNoValue) values_.set(id, result('V'));
        if (m)
          item.digests(*m);
        else
          item.tag('N');
        metas_.push_back(m.value_or(Digests{}));
        ++slot;
      });
    }
    if (metas_.empty() || !all_symbolic) return false;
    for (const Argument& output : n.outputs) {
      std::size_t slot = 0;
      ir::for_each_slot(output, [&](ValueId id) { values_.set(id, kSymbolic, metas_[slot++][kSymbolic]); });
    }
    return true;
  }

  void mutate_first(const ir::Node& n, std::size_t level, const Digest& known_as) {
    if (n.inputs.empty() || is_assertion(n.target)) return;
    const Digest mutated = Encoder().tag('m').digest(known_as).finish();
    ir::for_each_slot(n.inputs.front().arg, [&](ValueId id) {
      if (values_.knows(id)) values_.set(id, level, mutated);
    });
  }

  const Graph& graph_;
  SymbolSites& symbols_;
  References values_;
  ArgumentForm arguments_;
  GraphForm form_;
  std::vector<Digests> metas_;  // of one node's results
  std::unordered_map<const ir::TensorMeta*, Digests> tensors_;
};

/// An ArgumentForm over no values, for a signature's constants.
class NoGraphs final : public SubGraphs {
  Digests of(const Graph& /*graph*/) override { return {}; }
};

}  // namespace

std::array<Canonical, kLevels> canonical(const ir::Program& program) {
  SymbolSites symbols;
  const TopInputs top{input_sites(program), counted_inputs(program)};
  const bool parallel = top.sites.size() == program.graph.inputs.size();
  GraphForm form = GraphWalk(program.graph, symbols).run(parallel ? &top : nullptr);
  const Digests graph = form.digest();
  const References no_values(0);
  NoGraphs no_graphs;
  ArgumentForm constants(no_values, symbols, no_graphs);
  LevelledPart inputs = input_specs(program, top.counted, constants);
  LevelledPart outputs = output_specs(program, top.sites);
  LevelledPart bounds = ranges(program, symbols);
  const Digest trees = tree_specs(program);
  std::array<Canonical, kLevels> result;
  for (std::size_t level = 0; level < kLevels; ++level) {
    Canonical& out = result[level];
    out.level = static_cast<Level>(level);
    out.digest = combine('R', std::array{graph[level], combine('i', inputs[level]), combine('o', outputs[level]),
                                         combine('r', bounds[level]), trees});
    out.graph_inputs = std::move(form.inputs[level]);
    out.nodes = std::move(form.nodes[level]);
    out.node_of = std::move(form.node_of[level]);
    out.effects = std::move(form.effects[level]);
    out.effect_of = std::move(form.effect_of[level]);
    out.outputs = std::move(form.outputs[level]);
    out.input_specs = std::move(inputs[level]);
    out.output_specs = std::move(outputs[level]);
    out.ranges = std::move(bounds[level]);
    out.tree_specs = trees;
  }
  return result;
}

}  // namespace retrace::identity
