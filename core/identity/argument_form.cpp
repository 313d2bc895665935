// SPDX-License-Identifier: Apache-2.0
#include "core/identity/argument_form.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "core/base/ascii.h"

namespace retrace::identity {
namespace {

using ir::ArgKind;
using ir::Argument;
using ir::ValueId;

hash::Digest reference(const hash::Digest& known_as) { return Encoder().tag('%').digest(known_as).finish(); }

void plain(std::int64_t v, LevelledForm& out) { out.tag('v').tag('i').number(v); }
void plain(double v, LevelledForm& out) { out.tag('v').tag('f').real(v); }
void plain(bool v, LevelledForm& out) { out.tag('v').tag('b').tag(v ? '1' : '0'); }
void plain(ir::Text v, LevelledForm& out) { out.tag('s').text(v); }

/// Python's literal of a schema default, in the same form as a given argument.
void default_value(std::string_view text, LevelledForm& out) {
  if (text == "None") {
    out.tag('N');
  } else if (text == "True" || text == "False") {
    plain(text == "True", out);
  } else if (text.starts_with('[')) {
    out.tag('L');
    for (std::size_t at = 1; at < text.size();) {
      const std::size_t end = std::min(text.find_first_of(",]", at), text.size());
      std::string_view item = text.substr(at, end - at);
      while (item.starts_with(' ')) item.remove_prefix(1);
      if (!item.empty()) default_value(item, out);
      at = end + 1;
    }
    out.tag(']');
  } else if (text.starts_with('\'') || text.starts_with('"')) {
    plain(text.substr(1, text.size() - 2), out);
  } else {
    std::int64_t integer = 0;
    double real = 0;
    const char* last = text.data() + text.size();
    if (const auto r = std::from_chars(text.data(), last, integer); r.ec == std::errc() && r.ptr == last) {
      plain(integer, out);
    } else if (const auto f = std::from_chars(text.data(), last, real); f.ec == std::errc() && f.ptr == last) {
      plain(real, out);
    } else {
      out.tag('t').text(text);
    }
  }
}

}  // namespace

const Digests& References::unknown() {
  static const Digests none = Digests::all(Encoder().tag('?').finish());
  return none;
}

void References::set(ValueId id, const Digests& as) { of_[static_cast<std::size_t>(id)] = derive(as, reference); }

void References::set(ValueId id, std::size_t level, const hash::Digest& as) {
  of_[static_cast<std::size_t>(id)][level] = reference(as);
}

template <typename T, typename F>
void ArgumentForm::list(const std::vector<T>& values, LevelledForm& out, F&& element) {
  out.tag('L');
  for (const auto& v : values) element(static_cast<const T&>(v));
  out.tag(']');
}

template <typename T>
void ArgumentForm::symbolic(const ir::SymArg<T>& a, LevelledForm& out) const {
  if (a.id != ir::kNoValue) {
    out.digests(values_[a.id]);
  } else {
    plain(a.plain, out);
  }
}

/// A text argument: the label after "on node" is dropped; symbols of an assertion's message become sites.
void ArgumentForm::string(std::string_view text, LevelledForm& out) const {
  const bool assertion = text.find("Runtime assertion failed") != std::string_view::npos;
  constexpr std::string_view kOnNode = " on node '";
  out.tag('s');
  std::size_t start = 0;
  const auto flush = [&](std::size_t end) { out.text(text.substr(start, end - start)); };
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(kOnNode)) {
      const std::size_t end = text.find('\'', at + kOnNode.size());
      if (end != std::string_view::npos) {
        flush(at);
        at = start = end + 1;
        continue;
      }
    }
    const bool starts_word = at == 0 || !is_word(text[at - 1]);
    if (assertion && starts_word && (text[at] == 's' || text[at] == 'u')) {
      std::size_t end = at + 1;
      while (end < text.size() && is_digit(text[end])) ++end;
      const Digests* site = symbols_.find(text.substr(at, end - at));
      if (end > at + 1 && (end == text.size() || !is_word(text[end])) && site != nullptr) {
        flush(at);
        out.tag('$');
        out.digests(*site);
        at = start = end;
        continue;
      }
    }
    ++at;
  }
  flush(text.size());
  out.tag('"');
}

void ArgumentForm::map(const ir::ArgumentMap& entries, LevelledForm& out) {
  std::map<std::string_view, Digests> sorted;
  for (const auto& [key, value] : entries) sorted[key] = argument(value);
  out.tag('{');
  for (const auto& [key, value] : sorted) {
    out.text(key);
    out.digests(value);
  }
  out.tag('}');
}

Digests ArgumentForm::argument(const Argument& a) {
  LevelledForm out;
  write(a, out);
  return out.finish();
}

void ArgumentForm::write(const Argument& a, LevelledForm& out) {
  const auto plain_element = [&](const auto& v) { plain(v, out); };
  const auto symbolic_element = [&](const auto& v) { symbolic(v, out); };
  const auto row = [&](const auto& v) { list(v, out, plain_element); };
  const auto optional = [&](ValueId id) {
    if (id == ir::kNoValue)
      out.tag('N');
    else
      out.digests(values_[id]);
  };
  switch (a.kind) {
    case ArgKind::kNone:
      out.tag('N');
      break;
    case ArgKind::kTensor:
      out.digests(values_[a.as<ValueId>()]);
      break;
    case ArgKind::kOptionalTensor:
      optional(a.as<ValueId>());
      break;
    case ArgKind::kTensors:
    case ArgKind::kOptionalTensors:
      list(a.as<std::vector<ValueId>>(), out, optional);
      break;
    case ArgKind::kNestedTensors:
      list(a.as<std::vector<std::vector<ValueId>>>(), out, [&](const auto& ids) {
        out.tag('(');
        for (const ValueId id : ids) out.digests(values_[id]);
      });
      break;
    case ArgKind::kSymInt:
      symbolic(a.as<ir::SymArg<std::int64_t>>(), out);
      break;
    case ArgKind::kSymBool:
      symbolic(a.as<ir::SymArg<bool>>(), out);
      break;
    case ArgKind::kSymFloat:
      symbolic(a.as<ir::SymArg<double>>(), out);
      break;
    case ArgKind::kSymInts:
      list(a.as<std::vector<ir::SymArg<std::int64_t>>>(), out, symbolic_element);
      break;
    case ArgKind::kSymBools:
      list(a.as<std::vector<ir::SymArg<bool>>>(), out, symbolic_element);
      break;
    case ArgKind::kSymFloats:
      list(a.as<std::vector<ir::SymArg<double>>>(), out, symbolic_element);
      break;
    case ArgKind::kInt:
      plain(a.as<std::int64_t>(), out);
      break;
    case ArgKind::kFloat:
      plain(a.as<double>(), out);
      break;
    case ArgKind::kBool:
      plain(a.as<bool>(), out);
      break;
    case ArgKind::kInts:
      row(a.as<std::vector<std::int64_t>>());
      break;
    case ArgKind::kFloats:
      row(a.as<std::vector<double>>());
      break;
    case ArgKind::kBools:
      row(a.as<std::vector<bool>>());
      break;
    case ArgKind::kStrings:
      row(a.as<std::vector<ir::Text>>());
      break;
    case ArgKind::kString:
      string(a.as<ir::Text>(), out);
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
      list(a.as<std::vector<std::vector<std::int64_t>>>(), out, row);
      break;
    case ArgKind::kFloatLists:
      list(a.as<std::vector<std::vector<double>>>(), out, row);
      break;
    case ArgKind::kGraph:
      out.tag('g');
      out.digests(graphs_.of(*a.as<ir::GraphArg>().graph));
      break;
    case ArgKind::kCustomObj: {
      const auto& object = a.as<ir::CustomObjArg>();
      out.tag('j');
      out.digests(values_[object.id]);
      out.text(object.class_fqn);
      break;
    }
    case ArgKind::kStringToArgument:
      map(a.as<ir::ArgumentMap>(), out);
      break;
  }
}

void ArgumentForm::unknown_inputs(const ir::Node& n, const ops::Schema& schema, LevelledForm& out) {
  std::map<std::string_view, Digests> rest;
  for (const ir::NamedArgument& input : n.inputs) {
    const auto known = [&](const ops::SchemaArg& formal) { return formal.name == input.name; };
    if (std::none_of(schema.args.begin(), schema.args.end(), known)) rest[input.name] = argument(input.arg);
  }
  for (const auto& [name, value] : rest) {
    out.text(name);
    out.digests(value);
  }
}

Digests ArgumentForm::arguments(const ir::Node& n) {
  const ops::Schema* schema = ops::find_schema_of_target(n.target);
  LevelledForm out;
  if (schema == nullptr) {
    const bool named = std::any_of(n.inputs.begin(), n.inputs.end(), [](const auto& i) { return !i.name.empty(); });
    for (const auto& input : n.inputs) {
      if (named) out.text(input.name);
      write(input.arg, out);
      out.tag(',');
    }
    return out.finish();
  }
  const bool all_known = ops::match_inputs(*schema, n, given_);
  for (std::size_t i = 0; i < given_.size(); ++i) {
    if (given_[i] != nullptr) {
      write(given_[i]->arg, out);
    } else if (schema->args[i].has_default) {
      default_value(schema->args[i].default_value, out);
    } else {
      out.tag('M');
    }
    out.tag(',');
  }
  if (!all_known) unknown_inputs(n, *schema, out);
  return out.finish();
}

}  // namespace retrace::identity
