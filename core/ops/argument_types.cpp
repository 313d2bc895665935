// SPDX-License-Identifier: Apache-2.0
#include "core/ops/argument_types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace retrace::ops {

namespace {

bool drop_suffix(std::string_view& text, char c) {
  if (!text.ends_with(c)) return false;
  text.remove_suffix(1);
  return true;
}

/// "Tensor(a!)" is a Tensor, "Tensor[](a!)" a list of them.
std::string_view without_alias(std::string_view text) {
  return text.ends_with(')') ? text.substr(0, text.rfind('(')) : text;
}

std::string element_annotation(std::string_view element) {
  if (element == "SymInt" || element == "ScalarType" || element == "Layout" || element == "MemoryFormat") return "int";
  return std::string(element == "Scalar" ? "number" : element);
}

std::string spelled(const SchemaArg& arg) {
  return fmt::format("{} {}{}{}", arg.type, arg.name, arg.has_default ? "=" : "",
                     arg.has_default ? arg.default_value : "");
}

}  // namespace

DeclaredType declared_type(std::string_view text) {
  DeclaredType out;
  out.optional = drop_suffix(text, '?');
  text = without_alias(text);
  const std::size_t open = text.rfind('[');
  if (text.ends_with(']') && open != std::string_view::npos) {
    out.is_list = true;
    out.has_length = open + 2 < text.size();
    text = text.substr(0, open);
    out.optional_element = drop_suffix(text, '?');
  }
  out.element = without_alias(text);
  return out;
}

std::string annotation(std::string_view text) {
  const DeclaredType type = declared_type(text);
  std::string out = element_annotation(type.element);
  if (type.optional_element) out = fmt::format("Optional[{}]", out);
  if (type.is_list) out = fmt::format("List[{}]", out);
  return type.optional ? fmt::format("Optional[{}]", out) : out;
}

std::string declaration(const Schema& schema) {
  std::string args;
  bool keywords = false;
  for (const SchemaArg& arg : schema.args) {
    if (!args.empty()) args += ", ";
    if (arg.kwarg_only && !keywords) args += "*, ";
    keywords = keywords || arg.kwarg_only;
    args += spelled(arg);
  }
  const bool one = schema.returns.size() == 1;
  return fmt::format("{}({}) -> {}{}{}", schema.name, args, one ? "" : "(", fmt::join(schema.returns, ", "),
                     one ? "" : ")");
}

}  // namespace retrace::ops
