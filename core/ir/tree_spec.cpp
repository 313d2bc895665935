// SPDX-License-Identifier: Apache-2.0
#include "core/ir/tree_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "core/base/json_escape.h"

namespace retrace::ir {
namespace {

/// A JSON value, as much of JSON as pytree writes.
struct Json {
  enum class Kind : unsigned char { kNull, kText, kNumber, kList, kObject } kind = Kind::kNull;
  std::string text;                // kText; spelling of kNumber, true and false
  std::vector<Json> items;         // kList; values of kObject
  std::vector<std::string> names;  // kObject

  [[nodiscard]] const Json* find(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return &items[i];
    return nullptr;
  }
};

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Json read_all() {
    Json value = read(0);
    skip_space();
    if (at_ != text_.size()) fail("end of text expected");
    return value;
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    throw std::invalid_argument(fmt::format("tree spec, offset {}: {}", at_, why));
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(fmt::format("'{}' expected", c));
  }

  Json read(std::size_t depth) {
    if (depth > 2 * kMaxTreeDepth) fail("nested too deeply");
    skip_space();
    if (at_ == text_.size()) fail("value expected");
    switch (text_[at_]) {
      case '{':
        return read_object(depth);
      case '[':
        return read_list(depth);
      case '"':
        return {Json::Kind::kText, read_string(), {}, {}};
      default:
        return read_word();
    }
  }

  Json read_object(std::size_t depth) {
    Json out{Json::Kind::kObject, {}, {}, {}};
    expect('{');
    if (take('}')) return out;
    do {
      skip_space();
      out.names.push_back(read_string());
      expect(':');
      out.items.push_back(read(depth + 1));
    } while (take(','));
    expect('}');
    return out;
  }

  Json read_list(std::size_t depth) {
    Json out{Json::Kind::kList, {}, {}, {}};
    expect('[');
    if (take(']')) return out;
    do out.items.push_back(read(depth + 1));
    while (take(','));
    expect(']');
    return out;
  }

  Json read_word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '-' ||
                                  text_[at_] == '+' || text_[at_] == '.'))
      ++at_;
    const std::string word(text_.substr(start, at_ - start));
    if (word.empty()) fail("value expected");
    if (word == "null") return {};
    return {Json::Kind::kNumber, word, {}, {}};
  }

  std::string read_string() {
    expect('"');
    std::string out;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\')
        read_escape(out);
      else
        out += text_[at_++];
    }
    expect('"');
    return out;
  }

  void read_escape(std::string& out) {
    const char* at = text_.data() + at_ + 1;
    if (!unescape_json(at, text_.data() + text_.size(), out)) fail("unknown escape");
    at_ = static_cast<std::size_t>(at - text_.data());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

TreeSpec::Kind kind_of(std::string_view type) {
  using Kind = TreeSpec::Kind;
  static constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"builtins.tuple", Kind::kTuple},
      {"builtins.list", Kind::kList},
      {"builtins.dict", Kind::kDict},
      {"collections.OrderedDict", Kind::kOrderedDict},
      {"collections.defaultdict", Kind::kDefaultDict},
      {"collections.namedtuple", Kind::kNamedTuple},
      {"collections.deque", Kind::kDeque},
  };
  for (const auto& [name, kind] : kKinds)
    if (name == type) return kind;
  return Kind::kCustom;
}

/// A context is kept as JSON text inside the JSON.
Json context_of(const Json& node) {
  const Json* context = node.find("context");
  if (context == nullptr) return {};
  if (context->kind != Json::Kind::kText) return *context;
  try {
    return JsonReader(context->text).read_all();
  } catch (const std::invalid_argument&) {
    return *context;  // a custom type's own text
  }
}

void name_children(TreeSpec& spec, const Json& context, const NamedTupleFields& named_tuples) {
  if (spec.is_mapping()) {
    const Json* keys = &context;
    if (spec.kind == TreeSpec::Kind::kDefaultDict && context.find("dict_context") != nullptr)
      keys = context.find("dict_context");
    for (const Json& key : keys->items) {
      spec.names.push_back(key.text);
      spec.keys.push_back(fmt::format("[{}]", key.kind == Json::Kind::kText ? python_repr(key.text) : key.text));
    }
    if (spec.keys.size() != spec.children.size()) throw std::invalid_argument("tree spec: keys and children differ");
    return;
  }
  if (spec.kind == TreeSpec::Kind::kNamedTuple) {
    const auto found = std::find_if(named_tuples.begin(), named_tuples.end(),
                                    [&](const auto& entry) { return entry.first == context.text; });
    if (found != named_tuples.end() && found->second.size() == spec.children.size()) {
      for (const std::string_view field : found->second) {
        spec.names.emplace_back(field);
        spec.keys.push_back(fmt::format(".{}", field));
      }
      return;
    }
  }
  for (std::size_t i = 0; i < spec.children.size(); ++i) spec.keys.push_back(fmt::format("[{}]", i));
}

TreeSpec build(const Json& node, const NamedTupleFields& named_tuples, std::size_t depth) {
  if (depth > kMaxTreeDepth) throw std::invalid_argument("tree spec nested too deeply");
  const Json* type = node.find("type");
  TreeSpec spec;
  if (type == nullptr) throw std::invalid_argument("tree spec without a type");
  if (type->kind != Json::Kind::kText) return spec;
  spec.type = type->text;
  spec.kind = kind_of(type->text);
  if (const Json* children = node.find("children_spec"))
    for (const Json& child : children->items) spec.children.push_back(build(child, named_tuples, depth + 1));
  name_children(spec, context_of(node), named_tuples);
  return spec;
}

}  // namespace

std::size_t TreeSpec::num_leaves() const {
  if (is_leaf()) return 1;
  std::size_t count = 0;
  for (const TreeSpec& child : children) count += child.num_leaves();
  return count;
}

TreeSpec parse_tree_spec(std::string_view text, const NamedTupleFields& named_tuples) {
  const Json document = JsonReader(text).read_all();
  if (document.kind != Json::Kind::kList || document.items.size() != 2 || document.items[0].text != "1")
    throw std::invalid_argument("tree spec: [1, {...}] expected");
  return build(document.items[1], named_tuples, 0);
}

std::string python_repr(std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const bool has_double = text.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out += quote;
}

}  // namespace retrace::ir
