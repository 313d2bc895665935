// SPDX-License-Identifier: Apache-2.0
#include "core/trace/arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/argument_types.h"
#include "core/ops/call.h"

namespace retrace::trace {

namespace {

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
Value as_declared(const ops::Parameter& parameter, Value value) {
  const bool widens = parameter.is_float && value.holds<SymInt>() && value.get<SymInt>().is_int();
  return widens ? Value(static_cast<double>(value.get<SymInt>().as_int())) : value;
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
bool takes(ops::Element element, const Value& value, bool numbers_as_tensors) {
  const bool integer = value.holds<SymInt>() || value.holds<SymBool>();
  switch (element) {
    case ops::Element::kTensor:
      return value.holds<FakeTensor*>() || (numbers_as_tensors && is_plain_number(value));
    case ops::Element::kSymInt:
      return integer || is_known_number(value);
    case ops::Element::kInt:
      return integer || value.holds<ScalarType>() || value.holds<Layout>() || value.holds<MemoryFormat>() ||
             is_known_number(value);
    case ops::Element::kFloat:
      return integer || value.holds<SymFloat>() || is_known_number(value);
    case ops::Element::kNumber:
      return is_plain_number(value) || is_known_number(value);
    case ops::Element::kBool:
      return value.is_none() || is_plain_number(value) || is_known_number(value);
    case ops::Element::kString:
      return value.holds<std::string_view>();
    case ops::Element::kDevice:
      return value.holds<Device>() || value.holds<std::string_view>();
    case ops::Element::kObject:
      break;
  }
  return true;  // objects: their classes are not known here
}

bool nests_lists(ops::Element element) {
  return element != ops::Element::kTensor && element != ops::Element::kSymInt && element != ops::Element::kInt;
}

bool takes(const ops::Parameter& type, const Traced& given, bool numbers_as_tensors) {
  if (!given.is_list && given.value.is_none() && type.is_optional) return true;
  if (!type.is_list) return !given.is_list && takes(type.element, given.value, numbers_as_tensors);
  if (!given.is_list) return type.has_length && is_plain_number(given.value) && takes(type.element, given.value, false);
  return std::all_of(given.items.begin(), given.items.end(), [&](const Traced& item) {
    if (item.is_list) return nests_lists(type.element);
    return (type.is_element_optional && item.value.is_none()) || takes(type.element, item.value, numbers_as_tensors);
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

void check_type(const ops::Operator& op, std::size_t i, const Traced& given) {
  const ops::Schema& schema = *op.schema;
  const ops::SchemaArg& arg = schema.args[i];
  if (takes(op.parameters[i], given, op.takes_numbers_as_tensors)) return check_array(arg.type, given);
  if (!given.is_list && given.value.is_none() && ops::annotation(arg.type) == "Tensor") {
    raise(ErrorType::kRuntimeError,
          fmt::format("Expected a proper Tensor but got None (or an undefined Tensor in C++) for argument #{} '{}'", i,
                      arg.name));
  }
  raise(ErrorType::kRuntimeError,
        fmt::format("{}() Expected a value of type '{}' for argument '{}' but instead found type '{}'.",
                    ops::packet_name(schema), ops::annotation(arg.type), arg.name, found_type(given)));
}

bool is_default(const ops::Operator& op, std::size_t i, const Traced* given) {
  if (given == nullptr) return true;
  return op.schema->args[i].has_default && given->proxy == nullptr &&
         same_plain(as_declared(op.parameters[i], value_of(*given)), op.parameters[i].default_value);
}

void check_count(const ops::Operator& op, const GivenArguments& given) {
  const ops::Schema& schema = *op.schema;
  const std::size_t count = given.positional.size() + given.named.size();
  if (count > schema.args.size()) {
    raise(ErrorType::kRuntimeError,
          fmt::format("{}() expected at most {} argument(s) but received {} argument(s). Declaration: {}",
                      ops::packet_name(schema), schema.args.size(), count, ops::declaration(schema)));
  }
  if (given.positional.size() > op.positional) {
    raise(ErrorType::kRuntimeError,
          fmt::format("{}() takes {} positional argument(s) but {} was/were given.  Declaration: {}",
                      ops::packet_name(schema), op.positional, given.positional.size(), ops::declaration(schema)));
  }
}

/// FunctionSchema::findErrorInKwargs: the first argument that a keyword names is blamed, and asserted to have no
/// default.
[[noreturn]] void refuse_repeated(const ops::Schema& schema, const GivenArguments& given) {
  const auto named = [&](const ops::SchemaArg& arg) {
    return std::any_of(given.named.begin(), given.named.end(), [&](const auto& one) { return one.first == arg.name; });
  };
  const ops::SchemaArg& blamed = *std::find_if(schema.args.begin(), schema.args.end(), named);
  raise(ErrorType::kRuntimeError,
        blamed.has_default ? "!argument.default_value() INTERNAL ASSERT FAILED"
                           : fmt::format("Argument '{}' specified both as positional and keyword argument. Schema: {}",
                                         blamed.name, ops::declaration(schema)));
}

}  // namespace

BoundArguments bind_arguments(const ops::Operator& op, GivenArguments& given) {
  const ops::Schema& schema = *op.schema;
  check_count(op, given);
  const std::size_t by_place = given.positional.size();
  BoundArguments bound = std::move(given.positional);
  bound.resize(schema.args.size(), nullptr);
  bool repeats = false;
  for (const auto& [name, value] : given.named) {
    const std::size_t i = index_of(schema, name);
    if (i < by_place)
      repeats = true;
    else
      bound[i] = value;
  }
  for (std::size_t i = 0; i < bound.size(); ++i) {
    if (bound[i] != nullptr) {
      check_type(op, i, *bound[i]);
    } else if (!schema.args[i].has_default) {
      raise(ErrorType::kRuntimeError,
            fmt::format("{}() is missing value for argument '{}'. Declaration: {}", ops::packet_name(schema),
                        schema.args[i].name, ops::declaration(schema)));
    }
  }
  if (repeats) refuse_repeated(schema, given);
  return bound;
}

SpelledArguments spell_arguments(const ops::Operator& op, const BoundArguments& bound, Tracer& tracer) {
  const auto argument = [&](std::size_t i) {
    return bound[i] != nullptr ? tracer.argument(*bound[i]) : plain_argument(op.parameters[i].default_value);
  };
  SpelledArguments out;
  std::size_t count = op.positional;
  while (count > 0 && is_default(op, count - 1, bound[count - 1])) --count;
  out.args.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.args.push_back(argument(i));
  for (std::size_t i = op.positional; i < bound.size(); ++i) {
    if (!is_default(op, i, bound[i])) out.kwargs.emplace_back(std::string(op.schema->args[i].name), argument(i));
  }
  return out;
}

}  // namespace retrace::trace
