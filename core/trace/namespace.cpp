// SPDX-License-Identifier: Apache-2.0
#include "core/trace/namespace.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/ascii.h"

namespace retrace::trace {

namespace {

/// fx.graph._illegal_names of Python 3.11, but for those that no node would bear: keywords, builtins and what
/// generated code imports.
constexpr std::array kReserved = std::to_array<std::string_view>(
    {"abs",        "aiter",      "all",     "and",       "anext",        "any",      "as",         "ascii",
     "assert",     "async",      "await",   "bin",       "bool",         "break",    "breakpoint", "bytearray",
     "bytes",      "callable",   "chr",     "class",     "classmethod",  "compile",  "complex",    "continue",
     "copyright",  "credits",    "def",     "del",       "delattr",      "device",   "dict",       "dir",
     "divmod",     "elif",       "else",    "enumerate", "eval",         "except",   "exec",       "exit",
     "filter",     "finally",    "float",   "for",       "format",       "from",     "frozenset",  "fx_pytree",
     "getattr",    "global",     "globals", "hasattr",   "hash",         "help",     "hex",        "id",
     "if",         "import",     "in",      "inf",       "input",        "int",      "is",         "isinstance",
     "issubclass", "iter",       "lambda",  "len",       "license",      "list",     "locals",     "map",
     "max",        "memoryview", "min",     "nan",       "next",         "nonlocal", "not",        "object",
     "oct",        "open",       "or",      "ord",       "pass",         "pow",      "print",      "property",
     "pytree",     "quit",       "raise",   "range",     "repr",         "return",   "reversed",   "round",
     "set",        "setattr",    "slice",   "sorted",    "staticmethod", "str",      "sum",        "super",
     "torch",      "try",        "tuple",   "type",      "vars",         "while",    "with",       "yield",
     "zip"});
static_assert(std::is_sorted(kReserved.begin(), kReserved.end()));

/// The characters that a name may have.
std::string as_name(std::string_view candidate) {
  std::string name(candidate);
  for (char& c : name) {
    if (!is_word(c)) c = '_';
  }
  if (name.empty()) name = "_unnamed";
  if (is_digit(name[0])) name.insert(name.begin(), '_');
  return name;
}

/// "add_12" -> ("add", 12); no suffix: (whole, none).
std::pair<std::string_view, std::optional<int>> split_suffix(std::string_view name) {
  const std::size_t at = name.find_last_of('_');
  if (at == std::string_view::npos || at + 1 == name.size() || name.size() - at > 9) return {name, std::nullopt};
  int number = 0;
  for (const char c : name.substr(at + 1)) {
    if (!is_digit(c)) return {name, std::nullopt};
    number = number * 10 + (c - '0');
  }
  return {name.substr(0, at), number};
}

}  // namespace

Namespace::Entry& Namespace::entry(std::string_view name) {
  Entry& out = names_.at(name).value;
  if (!std::exchange(out.is_met, true)) out.is_reserved = std::binary_search(kReserved.begin(), kReserved.end(), name);
  return out;
}

std::string Namespace::create(std::string_view candidate) {
  std::string name = as_name(candidate);
  const auto [base, suffix] = split_suffix(name);
  Entry& as_base = entry(base);
  Entry* own = suffix ? &entry(name) : &as_base;
  int number = suffix && !own->is_used ? *suffix : as_base.count;
  if (own->is_used || (!suffix && own->is_reserved)) {
    const std::string stem = std::string(base) + "_";
    do {
      name = stem + std::to_string(++number);
      own = &entry(name);
    } while (own->is_used);
  }
  own->is_used = true;
  as_base.count = number;
  return name;
}

}  // namespace retrace::trace
