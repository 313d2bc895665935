// SPDX-License-Identifier: Apache-2.0
#include "core/trace/arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/argument_types.h"
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

/// invokeOperatorFromPython (torch/csrc/jit/python/pybind_utils.cpp): every prim does, and what
/// torch/csrc/utils/python_arg_parser.cpp should_allow_numbers_as_tensors lists.
bool takes_numbers_as_tensors(std::string_view schema_name) {
  static constexpr std::string_view kAllowed[] = {"add",   "div",         "divide",      "mul",  "multiply",
                                                  "sub",   "subtract",    "to",          "copy", "_to_copy",
                                                  "_conj", "true_divide", "floor_divide"};
  if (schema_name.starts_with("prims::")) return true;
  std::string_view packet = schema_name.substr(schema_name.find("::") + 2);
  packet = packet.substr(0, packet.find('.'));
  if (packet.ends_with('_')) packet.remove_suffix(1);
  return std::find(std::begin(kAllowed), std::end(kAllowed), packet) != std::end(kAllowed);
}

bool is_plain_number(const Value& value) {
  return value.holds<SymInt>() || value.holds<SymFloat>() || value.holds<SymBool>() ||
         value.holds<std::pair<double, double>>();
}

/// A tensor whose only value is known stands for a number.
bool is_known_number(const Value& value) {
  if (!value.holds<FakeTensor*>()) return false;
  const FakeTensor& tensor = *value.get<FakeTensor*>();
  return tensor.constant && tensor.constant->size() == 1;
}

/// toIValue (torch/csrc/jit/python/pybind_utils.cpp) of one element: is the value one of the type's?
bool takes(std::string_view element, const Value& value, bool numbers_as_tensors) {
  const bool integer = value.holds<SymInt>() || value.holds<SymBool>();
  if (element == "Tensor") return value.holds<FakeTensor*>() || (numbers_as_tensors && is_plain_number(value));
  if (element == "SymInt") return integer || is_known_number(value);
  if (element == "int" || element == "ScalarType" || element == "Layout" || element == "MemoryFormat") {
    return integer || value.holds<ScalarType>() || value.holds<Layout>() || value.holds<MemoryFormat>() ||
           is_known_number(value);
  }
  if (element == "float") return integer || value.holds<SymFloat>() || is_known_number(value);
  if (element == "Scalar") return is_plain_number(value) || is_known_number(value);
  if (element == "bool") return value.is_none() || is_plain_number(value) || is_known_number(value);
  if (element == "str") return value.holds<std::string_view>();
  if (element == "Device") return value.holds<Device>() || value.holds<std::string_view>();
  return true;  // objects: their classes are not known here
}

bool takes(const ops::SchemaArg& arg, const Traced& given, bool numbers_as_tensors) {
  const ops::DeclaredType type = ops::declared_type(arg.type);
  if (!given.is_list && given.value.is_none() && type.optional) return true;
  if (!type.is_list) return !given.is_list && takes(type.element, given.value, numbers_as_tensors);
  if (!given.is_list) return type.has_length && is_plain_number(given.value) && takes(type.element, given.value, false);
  return std::all_of(given.items.begin(), given.items.end(), [&](const Traced& item) {
    if (item.is_list) return type.element != "Tensor" && type.element != "SymInt" && type.element != "int";
    return (type.optional_element && item.value.is_none()) || takes(type.element, item.value, numbers_as_tensors);
  });
}

std::string_view found_type(const Traced& given) {
  if (given.is_list) return "list";
  return given.value.holds<FakeTensor*>() ? "FakeTensor" : ops::python_type(given.value);
}

/// A mask of a fixed length is an array in C++ (aten/src/ATen/core/ivalue_inl.h generic_to).
void check_array(std::string_view type, const Traced& given) {
  if (!type.starts_with("bool[") || type.starts_with("bool[]") || !given.is_list) return;
  const std::string length = fmt::format("[{}]", given.items.size());
  if (type.ends_with(length)) return;
  raise(ErrorType::kRuntimeError,
        fmt::format("Tried to convert a List with {} elements to a fixed-size array of size {}", given.items.size(),
                    type.substr(5, type.size() - 6)));
}

void check_type(const ops::Schema& schema, std::size_t i, const Traced& given) {
  const ops::SchemaArg& arg = schema.args[i];
  if (takes(arg, given, takes_numbers_as_tensors(schema.name))) return check_array(arg.type, given);
  if (!given.is_list && given.value.is_none() && ops::annotation(arg.type) == "Tensor") {
    raise(ErrorType::kRuntimeError,
          fmt::format("Expected a proper Tensor but got None (or an undefined Tensor in C++) for argument #{} '{}'", i,
                      arg.name));
  }
  raise(ErrorType::kRuntimeError,
        fmt::format("{}() Expected a value of type '{}' for argument '{}' but instead found type '{}'.",
                    ops::packet_name(schema), ops::annotation(arg.type), arg.name, found_type(given)));
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
  if (args.size() + kwargs.size() > count) {
    raise(ErrorType::kRuntimeError,
          fmt::format("{}() expected at most {} argument(s) but received {} argument(s). Declaration: {}",
                      ops::packet_name(schema), count, args.size() + kwargs.size(), ops::declaration(schema)));
  }
  const auto is_keyword = [](const ops::SchemaArg& arg) { return arg.kwarg_only; };
  const auto positional = static_cast<std::size_t>(std::ranges::find_if(schema.args, is_keyword) - schema.args.begin());
  if (args.size() > positional) {  // torch/csrc/jit/python/pybind_utils.h createStackForSchema
    raise(ErrorType::kRuntimeError,
          fmt::format("{}() takes {} positional argument(s) but {} was/were given.  Declaration: {}",
                      ops::packet_name(schema), positional, args.size(), ops::declaration(schema)));
  }
  for (std::size_t i = 0; i < args.size(); ++i) give(i, args[i]);
  for (const NamedTraced& keyword : kwargs) give(index_of(schema, keyword.name), keyword.value);
  for (std::size_t i = 0; i < count; ++i) {
    if (bound.given[i]) check_type(schema, i, bound.values[i]);
    if (bound.given[i]) continue;
    if (!schema.args[i].has_default) {
      raise(ErrorType::kRuntimeError,
            fmt::format("{}() is missing value for argument '{}'. Declaration: {}", ops::packet_name(schema),
                        schema.args[i].name, ops::declaration(schema)));
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
