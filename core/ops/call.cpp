// SPDX-License-Identifier: Apache-2.0
#include "core/ops/call.h"

#include <fmt/format.h>

#include <charconv>

#include "core/ops/argument_types.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/promote.h"
#include "core/ops/vocabulary/strides.h"

namespace retrace::ops {
namespace {

/// "SymInt[2]" says 2, "SymInt[]" says 0.
std::size_t fixed_length(std::string_view type) {
  const std::size_t open = type.find('[');
  std::size_t length = 0;
  if (open != std::string_view::npos) std::from_chars(type.data() + open + 1, type.data() + type.size(), length);
  return length;
}

/// The integer in a value that Python would take as one; null: it is none.
std::optional<SymInt> as_sym_int(const Value& value) {
  if (value.holds<SymInt>()) return value.get<SymInt>();
  if (value.holds<SymBool>() && value.get<SymBool>().is_bool()) return SymInt(value.get<SymBool>().as_bool() ? 1 : 0);
  return std::nullopt;
}

/// The number in a 0-dim tensor known at trace time, as the dispatcher casts tensors to numbers.
std::optional<double> constant_of(const Value& value) {
  if (!value.holds<FakeTensor*>()) return std::nullopt;
  const FakeTensor& t = *value.get<FakeTensor*>();
  if (!t.constant || t.constant->size() != 1) return std::nullopt;
  return t.constant->front();
}

Value parse_number(std::string_view text, bool floating) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (floating || text.find_first_of(".e") != std::string_view::npos) return number;
  return static_cast<std::int64_t>(number);
}

Value parse_list(std::string_view text, bool floating) {
  ValueList list;
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    list.push_back(parse_number(item, floating));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return list;
}

// Enumerators as c10 numbers them (c10/core/ScalarType.h, Layout.h, MemoryFormat.h); the quantized dtypes are unknown.
constexpr ScalarType kScalarTypes[] = {
    ScalarType::kByte,        ScalarType::kChar,         ScalarType::kShort,         ScalarType::kInt,
    ScalarType::kLong,        ScalarType::kHalf,         ScalarType::kFloat,         ScalarType::kDouble,
    ScalarType::kComplexHalf, ScalarType::kComplexFloat, ScalarType::kComplexDouble, ScalarType::kBool,
    ScalarType::kUnknown,     ScalarType::kUnknown,      ScalarType::kUnknown,       ScalarType::kBFloat16};
constexpr Layout kLayouts[] = {Layout::kStrided,   Layout::kSparseCoo, Layout::kSparseCsr, Layout::kMkldnn,
                               Layout::kSparseCsc, Layout::kSparseBsr, Layout::kSparseBsc};
constexpr MemoryFormat kMemoryFormats[] = {MemoryFormat::kContiguous, MemoryFormat::kPreserve,
                                           MemoryFormat::kChannelsLast, MemoryFormat::kChannelsLast3d};

/// A schema's default, of one digit.
Value parse_enum(std::string_view type, std::string_view text) {
  const auto number = static_cast<std::size_t>(text.front() - '0');
  return type.starts_with("ScalarType") ? Value(kScalarTypes[number]) : Value(kMemoryFormats[number]);
}

}  // namespace

Value default_value(const SchemaArg& arg) {
  const std::string_view text = arg.default_value;
  if (!arg.has_default || text == "None") return {};
  if (text == "True" || text == "False") return text == "True";
  if (text.starts_with('"')) return text.substr(1, text.size() - 2);
  const bool floating = arg.type.starts_with("float") && !arg.type.ends_with('?');  // "float? x=1" holds an int
  if (text.starts_with('[')) return parse_list(text, floating);
  if (arg.type.starts_with("ScalarType") || arg.type.starts_with("MemoryFormat")) return parse_enum(arg.type, text);
  const Value number = parse_number(text, floating);
  const std::size_t length = fixed_length(arg.type);
  return length == 0 ? number : Value(ValueList(length, number));
}

std::string_view python_type(const Value& value) {
  constexpr std::string_view kNames[] = {"NoneType", "Tensor",        "int",    "float",   "bool", "str",   "dtype",
                                         "layout",   "memory_format", "device", "complex", "list", "object"};
  return kNames[value.index()];
}

std::string_view packet_name(const Schema& schema) { return schema.name.substr(0, schema.name.find('.')); }

void Call::wrong_type(std::size_t i) const {
  const SchemaArg& declared = schema_.args[i];
  raise(ErrorType::kRuntimeError,
        fmt::format("{}() Expected a value of type '{}' for argument '{}' but instead found type '{}'.",
                    packet_name(schema_), annotation(declared.type), declared.name, python_type(args_[i])));
}

FakeTensor& Call::tensor(std::size_t i) const {
  const Value& value = args_[i];
  if (value.holds<FakeTensor*>()) return *value.get<FakeTensor*>();
  if (!is_number(value)) wrong_type(i);
  FakeTensor& wrapped = context_.new_tensor();  // a number bound to a Tensor argument
  wrapped.dtype = number_dtype(value);
  wrapped.storage = &context_.new_storage();
  return wrapped;
}

FakeTensor* Call::optional_tensor(std::size_t i) const { return is_none(i) ? nullptr : &tensor(i); }

std::vector<FakeTensor*> Call::tensors(std::size_t i) const {
  std::vector<FakeTensor*> result;
  if (args_[i].holds<FakeTensor*>()) return {args_[i].get<FakeTensor*>()};
  if (!args_[i].holds<ValueList>()) wrong_type(i);
  for (const Value& value : args_[i].get<ValueList>()) {
    if (!value.is_none() && !value.holds<FakeTensor*>()) wrong_type(i);
    result.push_back(value.is_none() ? nullptr : value.get<FakeTensor*>());
  }
  return result;
}

SymInt Call::sym_int(std::size_t i) const {
  if (const auto value = as_sym_int(args_[i])) return *value;
  if (const auto constant = constant_of(args_[i])) return static_cast<std::int64_t>(*constant);
  wrong_type(i);
}

std::optional<SymInt> Call::optional_sym_int(std::size_t i) const {
  return is_none(i) ? std::nullopt : std::optional(sym_int(i));
}

SymInts Call::sym_ints(std::size_t i) const {
  const Value& value = args_[i];
  if (const auto single = as_sym_int(value)) {
    return SymInts(std::max<std::size_t>(1, fixed_length(schema_.args[i].type)), *single);
  }
  if (!value.holds<ValueList>()) wrong_type(i);
  SymInts result;
  for (const Value& item : value.get<ValueList>()) {
    auto number = as_sym_int(item);
    if (const auto constant = constant_of(item)) number = static_cast<std::int64_t>(*constant);
    if (!number) wrong_type(i);
    result.push_back(*number);
  }
  return result;
}

std::optional<SymInts> Call::optional_sym_ints(std::size_t i) const {
  return is_none(i) ? std::nullopt : std::optional(sym_ints(i));
}

std::int64_t Call::integer(std::size_t i) const {
  const SymInt value = sym_int(i);
  return value.is_int() ? value.as_int() : context_.env().guard_int(value);
}

std::optional<std::int64_t> Call::optional_integer(std::size_t i) const {
  return is_none(i) ? std::nullopt : std::optional(integer(i));
}

std::vector<std::int64_t> Call::integers(std::size_t i) const {
  std::vector<std::int64_t> result;
  for (const SymInt& value : sym_ints(i)) {
    result.push_back(value.is_int() ? value.as_int() : context_.env().guard_int(value));
  }
  return result;
}

std::optional<std::vector<std::int64_t>> Call::optional_integers(std::size_t i) const {
  return is_none(i) ? std::nullopt : std::optional(integers(i));
}

SymFloat Call::sym_float(std::size_t i) const {
  const Value& value = args_[i];
  if (value.holds<SymFloat>()) return value.get<SymFloat>();
  if (const auto number = as_sym_int(value)) {
    return number->is_int() ? SymFloat(static_cast<double>(number->as_int())) : retrace::sym_float(*number);
  }
  if (const auto constant = constant_of(value)) return *constant;
  wrong_type(i);
}

double Call::number(std::size_t i) const {
  const SymFloat value = sym_float(i);
  return value.is_float() ? value.as_float() : context_.env().guard_float(value);
}

std::optional<double> Call::optional_number(std::size_t i) const {
  return is_none(i) ? std::nullopt : std::optional(number(i));
}

bool Call::boolean(std::size_t i) const {
  const Value& value = args_[i];
  if (value.holds<SymBool>()) {
    const SymBool& flag = value.get<SymBool>();
    return flag.is_bool() ? flag.as_bool() : context_.env().guard(flag);
  }
  if (value.holds<SymInt>()) return integer(i) != 0;
  wrong_type(i);
}

std::optional<bool> Call::optional_boolean(std::size_t i) const {
  return is_none(i) ? std::nullopt : std::optional(boolean(i));
}

std::string_view Call::string(std::size_t i) const {
  if (!args_[i].holds<std::string_view>()) wrong_type(i);
  return args_[i].get<std::string_view>();
}

std::optional<std::string_view> Call::optional_string(std::size_t i) const {
  return is_none(i) ? std::nullopt : std::optional(string(i));
}

Scalar Call::scalar(std::size_t i) const {
  if (const auto constant = constant_of(args_[i])) return {SymFloat(*constant)};
  if (!is_number(args_[i])) wrong_type(i);
  return as_scalar(args_[i]);
}

std::optional<Scalar> Call::optional_scalar(std::size_t i) const {
  return is_none(i) ? std::nullopt : std::optional(scalar(i));
}

namespace {
template <typename T>
std::optional<T> optional_of(const Call& call, std::size_t i) {
  if (call.is_none(i)) return std::nullopt;
  if (!call.arg(i).holds<T>()) call.wrong_type(i);
  return call.arg(i).get<T>();
}

/// An int names an enumerator by c10's number.
template <typename T>
std::optional<T> enumerator_of(const Call& call, std::size_t i, std::span<const T> numbered) {
  if (!call.arg(i).holds<SymInt>()) return optional_of<T>(call, i);
  const std::int64_t number = call.integer(i);
  const bool is_known = number >= 0 && static_cast<std::size_t>(number) < numbered.size();
  if (!is_known || numbered[static_cast<std::size_t>(number)] == T::kUnknown) call.wrong_type(i);
  return numbered[static_cast<std::size_t>(number)];
}
}  // namespace

std::optional<ScalarType> Call::dtype(std::size_t i) const { return enumerator_of<ScalarType>(*this, i, kScalarTypes); }
std::optional<Layout> Call::layout(std::size_t i) const { return enumerator_of<Layout>(*this, i, kLayouts); }
std::optional<Device> Call::device(std::size_t i) const { return optional_of<Device>(*this, i); }
std::optional<MemoryFormat> Call::memory_format(std::size_t i) const {
  return enumerator_of<MemoryFormat>(*this, i, kMemoryFormats);
}

FakeTensor& Call::blank(ScalarType dtype, const Device& device) {
  FakeTensor& result = context_.new_tensor();
  result.dtype = dtype;
  result.device = device;
  result.storage = &context_.new_storage();
  return result;
}

namespace {
/// What a rule computed from sizes that guards have since equated is stated in the symbols that remain, as SymNode.expr
/// is.
void replace_all(shapes::ShapeEnv& env, SymInts& values) {
  for (SymInt& value : values) {
    if (!value.is_int()) value = env.replace(value);
  }
}
}  // namespace

namespace {
/// ATen/EmptyTensor.cpp check_size_nonnegative, for plain sizes.
void check_lengths(const SymInts& sizes) {
  for (const SymInt& size : sizes) {
    if (!size.is_int() || size.as_int() >= 0) continue;
    raise(ErrorType::kRuntimeError,
          fmt::format("Trying to create tensor with negative dimension {}: {}", to_string(size), to_string(sizes)));
  }
}
}  // namespace

FakeTensor& Call::contiguous(ScalarType dtype, SymInts sizes, const Device& device) {
  FakeTensor& result = blank(dtype, device);
  replace_all(env(), sizes);
  check_lengths(sizes);
  result.strides = contiguous_strides(sizes);
  result.sizes = std::move(sizes);
  result.storage->hold(result.sizes, item_size(dtype));
  return result;
}

FakeTensor& Call::strided(ScalarType dtype, SymInts sizes, SymInts strides, const Device& device) {
  check(sizes.size() == strides.size(), ErrorType::kRuntimeError, [&] {
    return fmt::format("dimensionality of sizes ({}) must match dimensionality of strides ({})", sizes.size(),
                       strides.size());
  });
  FakeTensor& result = blank(dtype, device);
  replace_all(env(), sizes);
  replace_all(env(), strides);
  check_lengths(sizes);
  result.sizes = std::move(sizes);
  result.strides = std::move(strides);
  result.storage->hold(result.sizes, result.strides, 0, item_size(dtype));
  return result;
}

FakeTensor& Call::view(FakeTensor& base, SymInts sizes, SymInts strides, SymInt storage_offset) {
  FakeTensor& result = context_.new_tensor();
  result.dtype = base.dtype;
  result.layout = base.layout;
  result.device = base.device;
  result.is_conj = base.is_conj;
  result.is_neg = base.is_neg;
  replace_all(env(), sizes);
  replace_all(env(), strides);
  result.sizes = std::move(sizes);
  result.strides = std::move(strides);
  result.storage_offset = env().replace(storage_offset);
  result.storage = base.storage;
  result.base = base.base != nullptr ? base.base : &base;
  result.tracks_grad = (base.requires_grad || base.tracks_grad) && context_.grad_enabled();
  return result;
}

std::vector<Value> Call::op(std::string_view name, std::initializer_list<Value> args) {
  const Schema* schema = find_schema(name);
  const Rule rule = find_rule(name);
  if (schema == nullptr || rule == nullptr) throw Bug(fmt::format("no rule for {}", name));
  std::vector<Value> full(args);
  for (std::size_t i = full.size(); i < schema->args.size(); ++i) full.push_back(default_value(schema->args[i]));
  Call inner(context_, *schema, full);
  return rule(inner);
}

FakeTensor& Call::op1(std::string_view name, std::initializer_list<Value> args) {
  return *op(name, args).front().get<FakeTensor*>();
}

SymInt Call::py_min(const SymInt& a, const SymInt& b) {
  if (context_.overrides_builtin_min_max()) return sym_min(a, b);
  return env().guard(sym_lt(b, a)) ? b : a;
}

SymInt Call::py_max(const SymInt& a, const SymInt& b) {
  if (context_.overrides_builtin_min_max()) return sym_max(a, b);
  return env().guard(sym_gt(b, a)) ? b : a;
}

}  // namespace retrace::ops
