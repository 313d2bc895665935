// SPDX-License-Identifier: Apache-2.0
#include "core/identity/signature_form.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/identity/canonical.h"
#include "core/ir/walk.h"

namespace retrace::identity {
namespace {

using hash::Digest;
using ir::ValueId;

constexpr auto kSymbolic = static_cast<std::size_t>(Level::kSymbolic);

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

ValueId first_slot(const ir::Argument& a) {
  ValueId first = ir::kNoValue;
  bool seen = false;
  ir::for_each_slot(a, [&](ValueId id) {
    if (!seen) first = id;
    seen = true;
  });
  return first;
}

/// Values that the top graph's nodes and outputs name.
std::vector<bool> used_values(const ir::Graph& top) {
  std::vector<bool> used(top.values.size());
  const auto use = [&](const ir::Argument& a) {
    const auto mark = [&](ValueId id) {
      if (id != ir::kNoValue) used[static_cast<std::size_t>(id)] = true;
    };
    ir::for_each_slot(a, mark);
    if (const auto* rows = std::get_if<std::vector<std::vector<ValueId>>>(&a.payload)) {
      for (const auto& row : *rows) std::for_each(row.begin(), row.end(), mark);
    }
  };
  for (const ir::Node& n : top.nodes) {
    for (const auto& input : n.inputs) use(input.arg);
  }
  for (const ir::Argument& o : top.outputs) use(o);
  return used;
}

/// Place of the graph's input of that name.
std::optional<std::size_t> place_of(const ir::Program& program, ir::Text name) {
  std::optional<std::size_t> place;
  for (std::size_t i = 0; i < program.graph.inputs.size(); ++i) {
    ir::for_each_slot(program.graph.inputs[i], [&](ValueId id) {
      if (id != ir::kNoValue && program.graph.values[static_cast<std::size_t>(id)].name == name) place = i;
    });
  }
  return place;
}

/// A key's symbols become their sites; false: one occurs nowhere.
bool range_key(ir::Text key, const SymbolSites& symbols, LevelledForm& out) {
  bool all_known = true;
  for (std::size_t at = 0; at < key.size();) {
    std::size_t letters = at;
    while (letters < key.size() && is_lower(key[letters])) ++letters;
    std::size_t end = letters;
    while (end < key.size() && is_digit(key[end])) ++end;
    if (letters > at && end > letters) {
      const Digests* site = symbols.find(key.substr(at, end - at));
      all_known = all_known && site != nullptr;
      if (site != nullptr) {
        out.tag('$');
        out.digests(*site);
      }
      at = end;
    } else {
      out.tag(key[at++]);
    }
  }
  return all_known;
}

}  // namespace

bool is_lifted(const ir::InputSpec& spec) {
  switch (spec.kind) {
    case ir::InputSpecKind::kParameter:
    case ir::InputSpecKind::kBuffer:
    case ir::InputSpecKind::kTensorConstant:
    case ir::InputSpecKind::kCustomObj:
      return true;
    default:
      return false;
  }
}

std::vector<Digest> input_sites(const ir::Program& program) {
  std::vector<Digest> result;
  result.reserve(program.input_specs.size());
  std::int64_t users = 0;
  for (const ir::InputSpec& spec : program.input_specs) {
    result.push_back(is_lifted(spec) ? Encoder().tag('l').text(spec.name).finish()
                                     : Encoder().tag('u').number(users++).finish());
  }
  return result;
}

std::vector<bool> counted_inputs(const ir::Program& program) {
  const std::vector<bool> used = used_values(program.graph);
  std::vector<bool> counted(program.input_specs.size(), true);
  for (std::size_t i = 0; i < counted.size() && i < program.graph.inputs.size(); ++i) {
    const ValueId id = first_slot(program.graph.inputs[i]);
    counted[i] = !is_lifted(program.input_specs[i]) || id == ir::kNoValue || used[static_cast<std::size_t>(id)];
  }
  return counted;
}

LevelledPart input_specs(const ir::Program& program, const std::vector<bool>& counted, ArgumentForm& arguments) {
  LevelledPart result;
  for (std::size_t i = 0; i < program.input_specs.size(); ++i) {
    const ir::InputSpec& spec = program.input_specs[i];
    LevelledForm out;
    out.tag('p').number(static_cast<int>(spec.kind));
    if (is_lifted(spec)) out.text(spec.name);
    if (spec.kind == ir::InputSpecKind::kBuffer) out.tag(spec.persistent ? '1' : '0');
    if (spec.kind == ir::InputSpecKind::kConstantInput) out.digests(arguments.argument(spec.arg));
    const Digests item = out.finish();
    for (std::size_t level = 0; level < kLevels; ++level)
      if (level != kSymbolic || counted[i]) result[level].push_back(item[level]);
  }
  std::sort(result[kSymbolic].begin(), result[kSymbolic].end());
  return result;
}

LevelledPart output_specs(const ir::Program& program, const std::vector<Digest>& sites) {
  LevelledPart result;
  for (const ir::OutputSpec& spec : program.output_specs) {
    const bool names_input =
        spec.kind == ir::OutputSpecKind::kUserInputMutation || spec.kind == ir::OutputSpecKind::kGradientToUserInput;
    const auto place = names_input ? place_of(program, spec.name) : std::nullopt;
    for (std::size_t level = 0; level < kLevels; ++level) {
      Encoder out;
      out.tag('q').number(static_cast<int>(spec.kind));
      if (!names_input) {
        out.text(spec.name);
      } else if (!place) {
        out.tag('N');
      } else if (level == kSymbolic) {
        out.digest(sites[*place]);
      } else {
        out.number(static_cast<std::int64_t>(*place));
      }
      result[level].push_back(out.finish());
    }
  }
  return result;
}

LevelledPart ranges(const ir::Program& program, const SymbolSites& symbols) {
  LevelledPart result;
  for (const auto& [key, range] : program.range_constraints) {
    LevelledForm out;
    if (!range_key(key, symbols, out)) continue;
    out.tag('|');
    for (const auto& bound : {range.min, range.max}) {
      if (bound)
        out.tag('=').number(*bound);
      else
        out.tag('N');
    }
    const Digests item = out.finish();
    for (std::size_t level = 0; level < kLevels; ++level) result[level].push_back(item[level]);
  }
  for (auto& items : result) std::sort(items.begin(), items.end());
  return result;
}

Digest tree_specs(const ir::Program& program) {
  Encoder out;
  if (!program.module_call_graph.empty() && program.module_call_graph.front().signature) {
    out.text(program.module_call_graph.front().signature->in_spec);
    out.text(program.module_call_graph.front().signature->out_spec);
  }
  return out.finish();
}

}  // namespace retrace::identity
