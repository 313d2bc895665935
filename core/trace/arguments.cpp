// SPDX-License-Identifier: Apache-2.0
#include "core/trace/arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/call.h"

namespace retrace::trace {

namespace {

Traced constant(const Value& value) {
  Traced out;
  if (!value.holds<ValueList>()) {
    out.value = value;
    return out;
  }
  out.is_list = true;
  for (const Value& element : value.get<ValueList>()) out.items.push_back(constant(element));
  return out;
}

std::size_t index_of(const ops::Schema& schema, std::string_view name) {
  for (std::size_t i = 0; i < schema.args.size(); ++i) {
    if (schema.args[i].name == name) return i;
  }
  raise(ErrorType::kTypeError, fmt::format("{}() got an unexpected keyword argument '{}'", schema.name, name));
}

bool same_plain(const Value& a, const Value& b);

bool same_list(const ValueList& a, const ValueList& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same_plain(a[i], b[i])) return false;
  }
  return true;
}

/// Are two plain values equal as IValues? 1 and 1.0 are not.
bool same_plain(const Value& a, const Value& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&](const auto& x) {
        using T = std::decay_t<decltype(x)>;
        const T& y = b.get<T>();
        if constexpr (std::is_same_v<T, SymInt>) {
          return same(x, y);
        } else if constexpr (std::is_same_v<T, SymFloat>) {
          return x.is_float() && y.is_float() && x.as_float() == y.as_float();
        } else if constexpr (std::is_same_v<T, SymBool>) {
          return x.is_bool() && y.is_bool() && x.as_bool() == y.as_bool();
        } else if constexpr (std::is_same_v<T, ValueList>) {
          return same_list(x, y);
        } else {
          return x == y;
        }
      },
      static_cast<const Value::variant&>(a));
}

/// An int given for a `float` argument is a float by the time the dispatcher compares it with the default.
Value as_declared(const ops::SchemaArg& arg, const Value& value) {
  const bool widens = arg.type.starts_with("float") && value.holds<SymInt>() && value.get<SymInt>().is_int();
  return widens ? Value(static_cast<double>(value.get<SymInt>().as_int())) : value;
}

/// torch/csrc/utils/python_arg_parser.cpp should_allow_numbers_as_tensors.
bool takes_numbers_as_tensors(std::string_view packet) {
  static constexpr std::string_view kAllowed[] = {"add",   "div",         "divide",      "mul",  "multiply",
                                                  "sub",   "subtract",    "to",          "copy", "_to_copy",
                                                  "_conj", "true_divide", "floor_divide"};
  if (packet.ends_with('_')) packet.remove_suffix(1);
  return std::find(std::begin(kAllowed), std::end(kAllowed), packet) != std::end(kAllowed);
}

void check_is_tensor(const ops::Schema& schema, const ops::SchemaArg& arg, const Value& value) {
  const bool wants_tensor = arg.type.starts_with("Tensor") && arg.type.find('[') == std::string_view::npos;
  const bool is_number = value.holds<SymInt>() || value.holds<SymFloat>() || value.holds<SymBool>();
  if (!wants_tensor || !is_number) return;
  const std::string_view name = schema.name.substr(0, schema.name.find('.'));
  if (takes_numbers_as_tensors(name.substr(name.find("::") + 2))) return;
  raise(ErrorType::kRuntimeError, fmt::format("{}() Expected a value of type 'Tensor' for argument '{}' but instead "
                                              "found a number.",
                                              name, arg.name));
}

bool is_default(const ops::SchemaArg& arg, const Traced& value) {
  return arg.has_default && value.proxy == nullptr &&
         same_plain(as_declared(arg, value_of(value)), ops::default_value(arg));
}

}  // namespace

BoundArguments bind_arguments(const ops::Schema& schema, const std::vector<Traced>& args,
                              const std::vector<NamedTraced>& kwargs) {
  const std::size_t count = schema.args.size();
  BoundArguments bound{std::vector<Traced>(count), std::vector<bool>(count, false)};
  const auto give = [&](std::size_t i, const Traced& value) {
    bound.values[i] = value;
    bound.given[i] = true;
  };
  const auto is_keyword = [](const ops::SchemaArg& arg) { return arg.kwarg_only; };
  const auto positional = static_cast<std::size_t>(std::ranges::find_if(schema.args, is_keyword) - schema.args.begin());
  if (args.size() > positional) {  // torch/csrc/jit/python/pybind_utils.h createStackForSchema
    raise(ErrorType::kRuntimeError,
          fmt::format("{}() takes {} positional argument(s) but {} was/were given.  Declaration: {}",
                      schema.name.substr(0, schema.name.find('.')), positional, args.size(), schema.name));
  }
  for (std::size_t i = 0; i < args.size(); ++i) give(i, args[i]);
  for (const NamedTraced& keyword : kwargs) give(index_of(schema, keyword.name), keyword.value);
  for (std::size_t i = 0; i < count; ++i) {
    if (bound.given[i]) check_is_tensor(schema, schema.args[i], bound.values[i].value);
    if (bound.given[i]) continue;
    if (!schema.args[i].has_default) {
      raise(ErrorType::kRuntimeError,
            fmt::format("{}() is missing value for argument '{}'. Declaration: {}",
                        schema.name.substr(0, schema.name.find('.')), schema.args[i].name, schema.name));
    }
    bound.values[i] = constant(ops::default_value(schema.args[i]));
  }
  return bound;
}

SpelledArguments spell_arguments(const ops::Schema& schema, const BoundArguments& bound, Tracer& tracer) {
  SpelledArguments out;
  std::size_t positional = 0;
  for (std::size_t i = 0; i < schema.args.size(); ++i) {
    if (!schema.args[i].kwarg_only && !is_default(schema.args[i], bound.values[i])) positional = i + 1;
  }
  for (std::size_t i = 0; i < schema.args.size(); ++i) {
    const ops::SchemaArg& arg = schema.args[i];
    if (arg.kwarg_only) {
      if (!is_default(arg, bound.values[i]))
        out.kwargs.emplace_back(std::string(arg.name), tracer.argument(bound.values[i]));
    } else if (i < positional) {
      out.args.push_back(tracer.argument(bound.values[i]));
    }
  }
  return out;
}

}  // namespace retrace::trace
