// SPDX-License-Identifier: Apache-2.0
#include "core/identity/canonical.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_set>

#include "core/identity/effects.h"
#include "core/identity/encoder.h"
#include "core/identity/symbol_sites.h"
#include "core/ir/walk.h"
#include "core/ops/schema.h"

namespace retrace::identity {
namespace {

using hash::Digest;
using ir::ArgKind;
using ir::Argument;
using ir::Graph;
using ir::ValueId;

Digest combine(char tag, const std::vector<Digest>& parts) {
  Encoder out;
  out.tag(tag).number(static_cast<std::int64_t>(parts.size()));
  for (const Digest& d : parts) out.digest(d);
  return out.finish();
}

std::vector<Digest> sorted(std::vector<Digest> v) {
  std::sort(v.begin(), v.end());
  return v;
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Everything that one walk at one level carries.
class Walk {
 public:
  Walk(const ir::Program& program, Level level) : program_(program), level_(level) {}
  Canonical run();

 private:
  /// What a value of the graph being walked is known as; absent: nothing of that name yet.
  using Env = std::vector<std::optional<Digest>>;

  struct GraphForm {
    std::vector<Digest> inputs, nodes, effects, outputs;
    std::vector<std::size_t> node_of, effect_of;
    [[nodiscard]] Digest digest(Level level) const;
  };

  GraphForm graph(const Graph& g, const std::vector<Digest>* sites);
  void graph_inputs(const Graph& g, const std::vector<Digest>* sites, Env& env, GraphForm& form);
  void node(const Graph& g, std::size_t index, Env& env, GraphForm& form);
  void mutate_first(const ir::Node& n, const Digest& key, Env& env) const;

  void number_into(const SymInt& v, Encoder& out);
  Digest tensor(const ir::TensorMeta& m, const Digest& site);
  Digest symbol_meta(const ir::SymMeta& m, const Digest& site);
  std::optional<Digest> meta(const Graph& g, ValueId id, const Digest& site);

  Digest arguments(const ir::Node& n, const Env& env);
  Digest argument(const Argument& a, const Env& env);
  void argument_into(const Argument& a, const Env& env, Encoder& out);
  void string_into(std::string_view text, Encoder& out) const;
  template <typename T>
  void symbolic_into(const ir::SymArg<T>& a, const Env& env, Encoder& out) const;

  std::vector<Digest> sites() const;
  std::vector<Digest> input_specs(const std::unordered_set<std::string_view>& used);
  std::vector<Digest> output_specs(const std::vector<Digest>& sites) const;
  std::vector<Digest> ranges() const;
  [[nodiscard]] std::unordered_set<std::string_view> used_names() const;
  [[nodiscard]] bool counts(std::size_t input, const std::unordered_set<std::string_view>& used) const;

  const ir::Program& program_;
  Level level_;
  SymbolSites symbols_;
};

Digest Walk::GraphForm::digest(Level level) const {
  const bool exact = level == Level::kExact;
  return combine('G', {combine('i', level == Level::kSymbolic ? sorted(inputs) : inputs),
                       combine('n', exact ? nodes : sorted(nodes)), combine('e', effects), combine('o', outputs)});
}

// ---- metadata

void Walk::number_into(const SymInt& v, Encoder& out) {
  if (v.is_int()) {
    out.tag('i').number(v.as_int());
  } else {
    out.tag('x').digest(symbols_.expression(v.node()));
  }
}

Digest Walk::tensor(const ir::TensorMeta& m, const Digest& site) {
  Encoder out;
  out.tag('T').number(static_cast<int>(m.dtype)).number(static_cast<int>(m.layout)).number(m.requires_grad ? 1 : 0);
  out.text(m.device.type).number(m.device.index ? *m.device.index + 1 : -1);
  for (std::size_t i = 0; i < m.sizes.size(); ++i) {
    if (!m.sizes[i].is_int()) {
      symbols_.bind(m.sizes[i].node(), Encoder().digest(site).number(static_cast<std::int64_t>(i)).finish());
    }
    number_into(m.sizes[i], out);
  }
  out.tag('/');
  for (const SymInt& s : m.strides) number_into(s, out);
  number_into(m.storage_offset, out.tag('/'));
  return out.finish();
}

Digest Walk::symbol_meta(const ir::SymMeta& m, const Digest& site) {
  return std::visit(
      [&](const auto& v) {
        Encoder out;
        out.tag('S').number(static_cast<std::int64_t>(m.value.index()));
        if (v.node() != nullptr) {
          symbols_.bind(v.node(), site);
          return out.digest(symbols_.expression(v.node())).finish();
        }
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, SymFloat>) {
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

std::optional<Digest> Walk::meta(const Graph& g, ValueId id, const Digest& site) {
  if (id == ir::kNoValue) return std::nullopt;
  const ir::Meta& m = g.values[static_cast<std::size_t>(id)].meta;
  if (const auto* t = std::get_if<ir::TensorMeta>(&m)) return tensor(*t, site);
  if (const auto* s = std::get_if<ir::SymMeta>(&m)) return symbol_meta(*s, site);
  return std::nullopt;
}

bool is_symbolic(const Graph& g, ValueId id) {
  return id != ir::kNoValue && std::holds_alternative<ir::SymMeta>(g.values[static_cast<std::size_t>(id)].meta);
}

// ---- arguments

Digest reference(ValueId id, const std::vector<std::optional<Digest>>& env) {
  const auto& known = id == ir::kNoValue ? std::optional<Digest>() : env[static_cast<std::size_t>(id)];
  return known ? Encoder().tag('%').digest(*known).finish() : Encoder().tag('?').finish();
}

/// Python's literal of a schema default, in the same form as a given argument.
void default_into(std::string_view text, Encoder& out) {
  if (text == "None") {
    out.tag('N');
  } else if (text == "True" || text == "False") {
    out.tag('v').tag('b').tag(text == "True" ? '1' : '0');
  } else if (text.starts_with('[')) {
    out.tag('L');
    for (std::size_t at = 1; at < text.size();) {
      const std::size_t end = std::min(text.find_first_of(",]", at), text.size());
      std::string_view item = text.substr(at, end - at);
      while (item.starts_with(' ')) item.remove_prefix(1);
      if (!item.empty()) default_into(item, out);
      at = end + 1;
    }
    out.tag(']');
  } else if (text.starts_with('\'') || text.starts_with('"')) {
    out.tag('s').text(text.substr(1, text.size() - 2));
  } else {
    std::int64_t integer = 0;
    double real = 0;
    const char* last = text.data() + text.size();
    if (const auto r = std::from_chars(text.data(), last, integer); r.ec == std::errc() && r.ptr == last) {
      out.tag('v').tag('i').number(integer);
    } else if (const auto f = std::from_chars(text.data(), last, real); f.ec == std::errc() && f.ptr == last) {
      out.tag('v').tag('f').real(real);
    } else {
      out.tag('t').text(text);
    }
  }
}

void plain_into(std::int64_t v, Encoder& out) { out.tag('v').tag('i').number(v); }
void plain_into(double v, Encoder& out) { out.tag('v').tag('f').real(v); }
void plain_into(bool v, Encoder& out) { out.tag('v').tag('b').tag(v ? '1' : '0'); }
void plain_into(ir::Text v, Encoder& out) { out.tag('s').text(v); }

template <typename T>
void list_into(const std::vector<T>& values, Encoder& out) {
  out.tag('L');
  for (const auto v : values) plain_into(static_cast<T>(v), out);
  out.tag(']');
}

template <typename T>
void Walk::symbolic_into(const ir::SymArg<T>& a, const Env& env, Encoder& out) const {
  if (a.id != ir::kNoValue) {
    out.digest(reference(a.id, env));
  } else {
    plain_into(a.plain, out);
  }
}

/// A text argument: the label after "on node" is dropped; symbols of an assertion's message become sites.
void Walk::string_into(std::string_view text, Encoder& out) const {
  const bool assertion = text.find("Runtime assertion failed") != std::string_view::npos;
  constexpr std::string_view kOnNode = " on node '";
  out.tag('s');
  std::size_t plain = 0;
  const auto flush = [&](std::size_t end) { out.text(text.substr(plain, end - plain)); };
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(kOnNode)) {
      const std::size_t end = text.find('\'', at + kOnNode.size());
      if (end != std::string_view::npos) {
        flush(at);
        at = plain = end + 1;
        continue;
      }
    }
    const bool starts_word = at == 0 || !is_word(text[at - 1]);
    if (assertion && starts_word && (text[at] == 's' || text[at] == 'u')) {
      std::size_t end = at + 1;
      while (end < text.size() && is_digit(text[end])) ++end;
      const Digest* site = symbols_.find(text.substr(at, end - at));
      if (end > at + 1 && (end == text.size() || !is_word(text[end])) && site != nullptr) {
        flush(at);
        out.tag('$').digest(*site);
        at = plain = end;
        continue;
      }
    }
    ++at;
  }
  flush(text.size());
  out.tag('"');
}

Digest Walk::argument(const Argument& a, const Env& env) {
  Encoder out;
  argument_into(a, env, out);
  return out.finish();
}

void Walk::argument_into(const Argument& a, const Env& env, Encoder& out) {
  const auto symbolic_list = [&](const auto& list) {
    out.tag('L');
    for (const auto& v : list) symbolic_into(v, env, out);
    out.tag(']');
  };
  switch (a.kind) {
    case ArgKind::kNone:
      out.tag('N');
      break;
    case ArgKind::kTensor:
      out.digest(reference(a.as<ValueId>(), env));
      break;
    case ArgKind::kOptionalTensor:
      if (a.as<ValueId>() == ir::kNoValue)
        out.tag('N');
      else
        out.digest(reference(a.as<ValueId>(), env));
      break;
    case ArgKind::kTensors:
    case ArgKind::kOptionalTensors:
      out.tag('L');
      for (const ValueId id : a.as<std::vector<ValueId>>()) {
        if (id == ir::kNoValue)
          out.tag('N');
        else
          out.digest(reference(id, env));
      }
      out.tag(']');
      break;
    case ArgKind::kNestedTensors:
      out.tag('L');
      for (const auto& row : a.as<std::vector<std::vector<ValueId>>>()) {
        out.tag('(');
        for (const ValueId id : row) out.digest(reference(id, env));
      }
      out.tag(']');
      break;
    case ArgKind::kSymInt:
      symbolic_into(a.as<ir::SymArg<std::int64_t>>(), env, out);
      break;
    case ArgKind::kSymBool:
      symbolic_into(a.as<ir::SymArg<bool>>(), env, out);
      break;
    case ArgKind::kSymFloat:
      symbolic_into(a.as<ir::SymArg<double>>(), env, out);
      break;
    case ArgKind::kSymInts:
      symbolic_list(a.as<std::vector<ir::SymArg<std::int64_t>>>());
      break;
    case ArgKind::kSymBools:
      symbolic_list(a.as<std::vector<ir::SymArg<bool>>>());
      break;
    case ArgKind::kSymFloats:
      symbolic_list(a.as<std::vector<ir::SymArg<double>>>());
      break;
    case ArgKind::kInt:
      plain_into(a.as<std::int64_t>(), out);
      break;
    case ArgKind::kFloat:
      plain_into(a.as<double>(), out);
      break;
    case ArgKind::kBool:
      plain_into(a.as<bool>(), out);
      break;
    case ArgKind::kInts:
      list_into(a.as<std::vector<std::int64_t>>(), out);
      break;
    case ArgKind::kFloats:
      list_into(a.as<std::vector<double>>(), out);
      break;
    case ArgKind::kBools:
      list_into(a.as<std::vector<bool>>(), out);
      break;
    case ArgKind::kStrings:
      list_into(a.as<std::vector<ir::Text>>(), out);
      break;
    case ArgKind::kString:
      string_into(a.as<ir::Text>(), out);
      break;
    case ArgKind::kScalarType:
    case ArgKind::kMemoryFormat:
    case ArgKind::kLayout:
      out.tag('k').number(static_cast<int>(a.kind)).number(a.as<std::int64_t>());
      break;
    case ArgKind::kDevice: {
      const Device& d = a.as<Device>();
      out.tag('d').text(d.type).number(d.index ? *d.index + 1 : -1);
      break;
    }
    case ArgKind::kOperator:
      out.tag('p').text(a.as<ir::Text>());
      break;
    case ArgKind::kComplex:
      out.tag('c').real(a.as<std::pair<double, double>>().first).real(a.as<std::pair<double, double>>().second);
      break;
    case ArgKind::kIntLists:
      out.tag('L');
      for (const auto& row : a.as<std::vector<std::vector<std::int64_t>>>()) list_into(row, out);
      out.tag(']');
      break;
    case ArgKind::kFloatLists:
      out.tag('L');
      for (const auto& row : a.as<std::vector<std::vector<double>>>()) list_into(row, out);
      out.tag(']');
      break;
    case ArgKind::kGraph:
      out.tag('g').digest(graph(*a.as<ir::GraphArg>().graph, nullptr).digest(level_));
      break;
    case ArgKind::kCustomObj: {
      const auto& object = a.as<ir::CustomObjArg>();
      out.tag('j').digest(reference(object.id, env)).text(object.class_fqn);
      break;
    }
    case ArgKind::kStringToArgument: {
      std::map<std::string_view, Digest> entries;
      for (const auto& [key, value] : a.as<ir::ArgumentMap>()) entries[key] = argument(value, env);
      out.tag('{');
      for (const auto& [key, value] : entries) out.text(key).digest(value);
      out.tag('}');
      break;
    }
  }
}

/// Arguments in schema order with defaults filled in, so that spelling does not matter.
Digest Walk::arguments(const ir::Node& n, const Env& env) {
  const ops::Schema* schema = ops::find_schema_of_target(n.target);
  Encoder out;
  if (schema == nullptr) {
    const bool named = std::any_of(n.inputs.begin(), n.inputs.end(), [](const auto& i) { return !i.name.empty(); });
    for (const auto& input : n.inputs) {
      if (named) out.text(input.name);
      argument_into(input.arg, env, out);
      out.tag(',');
    }
    return out.finish();
  }
  std::vector<bool> taken(n.inputs.size());
  for (const ops::SchemaArg& formal : schema->args) {
    const ir::NamedArgument* given = nullptr;
    for (std::size_t i = 0; i < n.inputs.size(); ++i) {
      if (n.inputs[i].name == formal.name) {
        given = &n.inputs[i];
        taken[i] = true;
      }
    }
    if (given != nullptr) {
      argument_into(given->arg, env, out);
    } else if (formal.has_default) {
      default_into(formal.default_value, out);
    } else {
      out.tag('M');
    }
    out.tag(',');
  }
  std::map<std::string_view, Digest> rest;
  for (std::size_t i = 0; i < n.inputs.size(); ++i) {
    if (!taken[i]) rest[n.inputs[i].name] = argument(n.inputs[i].arg, env);
  }
  for (const auto& [name, value] : rest) out.text(name).digest(value);
  return out.finish();
}

// ---- graphs

void Walk::graph_inputs(const Graph& g, const std::vector<Digest>* sites, Env& env, GraphForm& form) {
  const bool symbolic = level_ == Level::kSymbolic;
  const bool top = sites != nullptr;
  const auto used = symbolic && top ? used_names() : std::unordered_set<std::string_view>();
  for (std::size_t i = 0; i < g.inputs.size(); ++i) {
    const Argument& input = g.inputs[i];
    const Digest site = !top || level_ == Level::kExact
                            ? Encoder().tag('I').number(static_cast<std::int64_t>(i)).finish()
                            : (*sites)[i];
    const bool kept = !symbolic || !top || counts(i, used);
    bool any = false;
    ir::for_each_slot(input, [&](ValueId id) {
      any = true;
      const std::optional<Digest> m = meta(g, id, site);
      if (id != ir::kNoValue) env[static_cast<std::size_t>(id)] = symbolic && is_symbolic(g, id) ? m : site;
      Encoder out;
      if (symbolic) out.digest(site);
      if (m)
        out.digest(*m);
      else
        out.tag('N');
      if (kept) form.inputs.push_back(out.finish());
    });
    if (!any) form.inputs.push_back(argument(input, env));
  }
}

void Walk::mutate_first(const ir::Node& n, const Digest& key, Env& env) const {
  if (n.inputs.empty() || is_assertion(n.target)) return;
  const Digest mutated = Encoder().tag('m').digest(key).finish();
  ir::for_each_slot(n.inputs.front().arg, [&](ValueId id) {
    if (id != ir::kNoValue && env[static_cast<std::size_t>(id)]) env[static_cast<std::size_t>(id)] = mutated;
  });
}

void Walk::node(const Graph& g, std::size_t index, Env& env, GraphForm& form) {
  const ir::Node& n = g.nodes[index];
  const bool exact = level_ == Level::kExact;
  const Digest args = arguments(n, env);
  const bool effect = has_effect(n.target);
  Encoder key_form;
  if (exact) {
    key_form.tag('P').number(static_cast<std::int64_t>(form.nodes.size()));
  } else {
    key_form.tag('K').text(n.target).digest(args).number(effect ? static_cast<std::int64_t>(form.effects.size()) : 0);
  }
  const Digest key = key_form.finish();

  Encoder item;
  item.text(n.target).digest(args);
  std::vector<std::optional<Digest>> metas;
  bool all_symbolic = true;
  for (const Argument& output : n.outputs) {
    std::int64_t slot = 0;
    ir::for_each_slot(output, [&](ValueId id) {
      metas.push_back(meta(g, id, Encoder().tag('O').digest(key).number(slot).finish()));
      all_symbolic = all_symbolic && is_symbolic(g, id);
      if (id != ir::kNoValue) env[static_cast<std::size_t>(id)] = Encoder().tag('V').digest(key).number(slot).finish();
      if (metas.back())
        item.digest(*metas.back());
      else
        item.tag('N');
      ++slot;
    });
  }
  if (level_ == Level::kSymbolic && !metas.empty() && all_symbolic) {
    for (const Argument& output : n.outputs) {
      std::size_t slot = 0;
      ir::for_each_slot(output, [&](ValueId id) { env[static_cast<std::size_t>(id)] = metas[slot++]; });
    }
    if (computes_size(n.target)) return;
  }
  if (effect && !exact) {
    form.effects.push_back(item.finish());
    form.effect_of.push_back(index);
    mutate_first(n, key, env);
  } else {
    form.nodes.push_back(item.finish());
    form.node_of.push_back(index);
  }
}

Walk::GraphForm Walk::graph(const Graph& g, const std::vector<Digest>* sites) {
  GraphForm form;
  Env env(g.values.size());
  graph_inputs(g, sites, env, form);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) node(g, i, env, form);
  for (const Argument& o : g.outputs) form.outputs.push_back(argument(o, env));
  return form;
}

// ---- signature

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

std::vector<Digest> Walk::sites() const {
  std::vector<Digest> result;
  std::int64_t users = 0;
  for (const ir::InputSpec& spec : program_.input_specs) {
    result.push_back(is_lifted(spec) ? Encoder().tag('l').text(spec.name).finish()
                                     : Encoder().tag('u').number(users++).finish());
  }
  return result;
}

ValueId first_slot(const Argument& a) {
  ValueId first = ir::kNoValue;
  bool seen = false;
  ir::for_each_slot(a, [&](ValueId id) {
    if (!seen) first = id;
    seen = true;
  });
  return first;
}

/// At level symbolic an unused lifted input does not count.
bool Walk::counts(std::size_t input, const std::unordered_set<std::string_view>& used) const {
  if (!is_lifted(program_.input_specs[input])) return true;
  const ValueId id = first_slot(program_.graph.inputs[input]);
  return id == ir::kNoValue || used.contains(program_.graph.values[static_cast<std::size_t>(id)].name);
}

std::unordered_set<std::string_view> Walk::used_names() const {
  std::unordered_set<std::string_view> used;
  const Graph& top = program_.graph;
  const auto use = [&](const Argument& a) {
    ir::for_each_slot(a, [&](ValueId id) {
      if (id != ir::kNoValue) used.insert(top.values[static_cast<std::size_t>(id)].name);
    });
    if (const auto* rows = std::get_if<std::vector<std::vector<ValueId>>>(&a.payload)) {
      for (const auto& row : *rows) {
        for (const ValueId id : row) used.insert(top.values[static_cast<std::size_t>(id)].name);
      }
    }
  };
  for (const ir::Node& n : top.nodes) {
    for (const auto& input : n.inputs) use(input.arg);
  }
  for (const Argument& o : top.outputs) use(o);
  return used;
}

std::vector<Digest> Walk::input_specs(const std::unordered_set<std::string_view>& used) {
  std::vector<Digest> result;
  const Env none(program_.graph.values.size());
  for (std::size_t i = 0; i < program_.input_specs.size(); ++i) {
    const ir::InputSpec& spec = program_.input_specs[i];
    if (level_ == Level::kSymbolic && i < program_.graph.inputs.size() && !counts(i, used)) continue;
    Encoder out;
    out.tag('p').number(static_cast<int>(spec.kind));
    if (is_lifted(spec)) out.text(spec.name);
    if (spec.kind == ir::InputSpecKind::kBuffer) out.tag(spec.persistent ? '1' : '0');
    if (spec.kind == ir::InputSpecKind::kConstantInput) {
      out.digest(argument(spec.arg, none));
    }
    result.push_back(out.finish());
  }
  return level_ == Level::kSymbolic ? sorted(result) : result;
}

std::vector<Digest> Walk::output_specs(const std::vector<Digest>& sites) const {
  std::map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < program_.graph.inputs.size(); ++i) {
    ir::for_each_slot(program_.graph.inputs[i], [&](ValueId id) {
      if (id != ir::kNoValue) place[program_.graph.values[static_cast<std::size_t>(id)].name] = i;
    });
  }
  std::vector<Digest> result;
  for (const ir::OutputSpec& spec : program_.output_specs) {
    Encoder out;
    out.tag('q').number(static_cast<int>(spec.kind));
    if (spec.kind == ir::OutputSpecKind::kUserInputMutation || spec.kind == ir::OutputSpecKind::kGradientToUserInput) {
      const auto it = place.find(spec.name);
      if (it == place.end()) {
        out.tag('N');
      } else if (level_ == Level::kSymbolic) {
        out.digest(sites[it->second]);
      } else {
        out.number(static_cast<std::int64_t>(it->second));
      }
    } else {
      out.text(spec.name);
    }
    result.push_back(out.finish());
  }
  return result;
}

/// Ranges whose symbols all occur in the program.
std::vector<Digest> Walk::ranges() const {
  std::vector<Digest> result;
  for (const auto& [key, range] : program_.range_constraints) {
    Encoder out;
    bool all_known = true;
    for (std::size_t at = 0; at < key.size();) {
      std::size_t letters = at;
      while (letters < key.size() && is_lower(key[letters])) ++letters;
      std::size_t end = letters;
      while (end < key.size() && is_digit(key[end])) ++end;
      if (letters > at && end > letters) {
        const Digest* site = symbols_.find(key.substr(at, end - at));
        all_known = all_known && site != nullptr;
        if (site != nullptr) out.tag('$').digest(*site);
        at = end;
      } else {
        out.tag(key[at++]);
      }
    }
    if (!all_known) continue;
    out.tag('|');
    for (const auto& bound : {range.min, range.max}) {
      if (bound)
        out.tag('=').number(*bound);
      else
        out.tag('N');
    }
    result.push_back(out.finish());
  }
  return sorted(result);
}

Canonical Walk::run() {
  const std::vector<Digest> where = sites();
  const bool parallel = where.size() == program_.graph.inputs.size();
  GraphForm form = graph(program_.graph, parallel ? &where : nullptr);
  Canonical result;
  result.level = level_;
  const Digest graph_digest = form.digest(level_);
  result.graph_inputs = std::move(form.inputs);
  result.nodes = std::move(form.nodes);
  result.node_of = std::move(form.node_of);
  result.effects = std::move(form.effects);
  result.effect_of = std::move(form.effect_of);
  result.outputs = std::move(form.outputs);
  result.input_specs = input_specs(level_ == Level::kSymbolic ? used_names() : std::unordered_set<std::string_view>());
  result.output_specs = output_specs(where);
  result.ranges = ranges();
  Encoder spec;
  const bool signed_entry = !program_.module_call_graph.empty() && program_.module_call_graph.front().signature;
  if (signed_entry) {
    spec.text(program_.module_call_graph.front().signature->in_spec);
    spec.text(program_.module_call_graph.front().signature->out_spec);
  }
  result.tree_specs = spec.finish();
  result.digest = combine('R', {graph_digest, combine('i', result.input_specs), combine('o', result.output_specs),
                                combine('r', result.ranges), result.tree_specs});
  return result;
}

}  // namespace

Canonical canonical(const ir::Program& program, Level level) { return Walk(program, level).run(); }

}  // namespace retrace::identity
