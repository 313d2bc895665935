// SPDX-License-Identifier: Apache-2.0
// What a program asks of a tensor: its sizes and flags, the number it holds, and scalar arithmetic that aten has
// overloads for.
#include <fmt/format.h>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/unbacked.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

Results none(Call&) { return {}; }

// ---- Sizes and strides.

std::size_t dim_of(Call& call) {
  check(call.tensor(0).dim() > 0, ErrorType::kIndexError,
        [&] { return fmt::format("Dimension specified as {} but tensor has no dimensions", call.integer(1)); });
  return static_cast<std::size_t>(wrap_dim(call.integer(1), call.tensor(0).dim(), false));
}

Results size_int(Call& call) { return {call.tensor(0).sizes[dim_of(call)]}; }
Results stride_int(Call& call) { return {call.tensor(0).strides[dim_of(call)]}; }
Results sizes(Call& call) { return {call.tensor(0).sizes}; }
Results strides(Call& call) { return {call.tensor(0).strides}; }
Results numel(Call& call) { return {call.tensor(0).numel()}; }
Results storage_offset(Call& call) { return {call.tensor(0).storage_offset}; }
Results dim(Call& call) { return {call.tensor(0).dim()}; }
Results dense_dim(Call& call) { return {call.tensor(0).dim()}; }
Results zero(Call&) { return {0}; }

/// MemOverlap: no 0, yes 1, too hard to say 2.
Results internal_overlap(Call& call) {
  const Geometry g = geometry(call.tensor(0));
  if (is_packed(call.env(), g)) return {0};
  return {overlaps_itself(call.env(), g) ? 1 : 2};
}

// `int` results of C++ accessors that know no symbols.
Results plain(Call& call, const SymInt& value) { return {call.env().guard_int(value)}; }
Results plain_numel(Call& call) {
  check_no_symbols(call.tensor(0), "numel()");
  return plain(call, call.tensor(0).numel());
}
Results plain_storage_offset(Call& call) {
  check_no_symbols(call.tensor(0), "storage_offset()");
  return plain(call, call.tensor(0).storage_offset);
}
/// sizes(), strides(): asking for one specialises all.
Results plain_at(Call& call, const SymInts& numbers) {
  const std::size_t dim = dim_of(call);
  for (const SymInt& number : numbers) call.env().guard_int(number);
  return plain(call, numbers[dim]);
}
Results plain_size_int(Call& call) { return plain_at(call, call.tensor(0).sizes); }
Results plain_strides(Call& call) {
  SymInts plain;
  for (const SymInt& stride : call.tensor(0).strides) plain.emplace_back(call.env().guard_int(stride));
  return {plain};
}
Results plain_stride_int(Call& call) { return plain_at(call, call.tensor(0).strides); }

MemoryFormat format_of(Call& call) {
  if (call.size() < 2) return MemoryFormat::kContiguous;
  return call.memory_format(1).value_or(MemoryFormat::kContiguous);
}
Results is_contiguous_rule(Call& call) {
  const Geometry g = geometry(call.tensor(0));
  const MemoryFormat format = format_of(call);
  return {is_contiguous_for(call.env(), g, format) || is_contiguous_for(call.env(), g, format, Ask::kGuard)};
}

// ---- Flags.

Results is_complex_rule(Call& call) { return {is_complex(call.tensor(0).dtype)}; }
Results is_floating_point(Call& call) { return {is_floating(call.tensor(0).dtype)}; }
Results is_signed(Call& call) {
  const ScalarType t = call.tensor(0).dtype;
  return {is_floating(t) || is_complex(t) || t == ScalarType::kChar || t == ScalarType::kShort ||
          t == ScalarType::kInt || t == ScalarType::kLong};
}
Results is_conj(Call& call) { return {call.tensor(0).is_conj}; }
Results is_neg(Call& call) { return {call.tensor(0).is_neg}; }
Results is_leaf(Call& call) { return {!call.tensor(0).tracks_grad}; }
Results no(Call&) { return {false}; }
Results yes(Call&) { return {true}; }
Results is_same_size(Call& call) { return {call.env().guard(sym_eq(call.tensor(0).sizes, call.tensor(1).sizes))}; }
Results is_set_to(Call& call) {
  check_fallback(call);
  const FakeTensor& a = call.tensor(0);
  const FakeTensor& b = call.tensor(1);
  auto& env = call.env();
  return {a.storage == b.storage && env.guard(sym_eq(a.storage_offset, b.storage_offset)) &&
          env.guard(sym_eq(a.sizes, b.sizes)) && env.guard(sym_eq(a.strides, b.strides))};
}
Results has_same_storage_numel(Call& call) {
  const FakeTensor& a = call.tensor(0);
  const FakeTensor& b = call.tensor(1);
  return {call.env().guard(
      sym_eq(floordiv(a.storage->nbytes(), item_size(a.dtype)), floordiv(b.storage->nbytes(), item_size(b.dtype))))};
}
Results version(Call& call) { return {static_cast<std::int64_t>(call.tensor(0).storage->version)}; }
/// A dtype that an operator returns is its number in c10, which counts from 0 and has quantized ones before bfloat16.
Results dtype_number(ScalarType dtype) {
  return {dtype == ScalarType::kBFloat16 ? std::int64_t{15} : static_cast<std::int64_t>(dtype) - 1};
}
Results result_type_rule(Call& call) { return dtype_number(result_type({call.arg(0), call.arg(1)})); }
Results promote_types_rule(Call& call) {
  return dtype_number(promote_types(call.dtype(0).value_or(kDefaultDtype), call.dtype(1).value_or(kDefaultDtype)));
}
Results get_device(Call& call) { return {call.tensor(0).device.index.value_or(-1)}; }
template <ScalarType dtype>
Results cast(Call& call) {
  return one(to_dtype(call, call.tensor(0), dtype));
}
// aten/src/ATen/native/TensorShape.cpp _shape_as_tensor writes a tensor's data, which no fake tensor has
Results shape_as_tensor(Call& call) {
  const FakeTensor& self = call.tensor(0);
  for (const SymInt& size : self.sizes) call.env().guard_int(size);
  if (self.dim() == 0) return {&call.contiguous(ScalarType::kLong, {0}, self.device)};
  raise(ErrorType::kRuntimeError, "The tensor has a non-zero number of elements, but its data is not allocated yet.");
}
Results can_cast_rule(Call& call) {
  return {can_cast(call.dtype(0).value_or(kDefaultDtype), call.dtype(1).value_or(kDefaultDtype))};
}

// ---- Numbers out of tensors.

Results local_scalar_dense(Call& call) { return {item(call, call.tensor(0))}; }

// aten/src/ATen/native/Scalar.cpp item
Results item_rule(Call& call) {
  FakeTensor& t = call.tensor(0);
  const SymInt count = t.numel();
  check(call, sym_eq(count, 1), ErrorType::kRuntimeError,
        [&] { return fmt::format("a Tensor with {} elements cannot be converted to Scalar", to_string(count)); });
  return {item(call, t)};
}

/// The argument parser's number of a tensor: of no dimensions (torch/csrc/jit/python, checkImplicitTensorToNum).
void check_implicit_number(Call& call) {
  const FakeTensor& t = call.tensor(0);
  for (const SymInt& size : t.sizes) call.env().guard_int(size);
  check(t.dim() == 0, ErrorType::kRuntimeError,
        [] { return "Cannot input a tensor of dimension other than 0 as a scalar argument"; });
}
Results implicit_scalar(Call& call) {
  check_implicit_number(call);
  return item_rule(call);
}

bool truth_of(Call& call, const Value& number) {
  auto& env = call.env();
  if (number.holds<SymBool>()) return env.guard(number.get<SymBool>());
  if (number.holds<SymInt>()) return env.guard(sym_ne(number.get<SymInt>(), 0));
  return env.guard_float(number.get<SymFloat>()) != 0;
}

// aten/src/ATen/native/TensorProperties.cpp is_nonzero: item of `self != 0`
Results is_nonzero(Call& call) {
  FakeTensor& t = call.tensor(0);
  const SymInt count = t.numel();
  check_no_symbols(t, "numel()");
  check(!call.env().guard(sym_eq(count, 0)), ErrorType::kRuntimeError,
        [] { return "Boolean value of Tensor with no values is ambiguous"; });
  check(call.env().guard(sym_lt(count, 2)), ErrorType::kRuntimeError,
        [] { return "Boolean value of Tensor with more than one value is ambiguous"; });
  if (t.constant) return {truth_of(call, item(call, t))};
  return {truth_of(call, item(call, call.op1("aten::ne.Scalar", {&t, 0})))};
}

[[noreturn]] Results data_dependent(Call& call) {
  std::string name(call.schema().name.substr(call.schema().name.find("::") + 2));
  if (name.find('.') == std::string::npos) name += ".default";
  raise(ErrorType::kUnsupported, "aten." + name);
}
Results needs_data(Call& call) { data_dependent(call); }

// ---- Assertions.

// aten/src/ATen/native/TensorFactories.cpp _assert_scalar
Results assert_scalar(Call& call) {
  const Value& condition = call.arg(0);
  const auto message = [&] {
    const std::string_view text = call.string(1);
    return text.empty() ? std::string("Assertion is failed") : std::string(text);
  };
  if (condition.holds<SymBool>()) {
    check(call, condition.get<SymBool>(), ErrorType::kRuntimeError, message);
  } else if (condition.holds<SymInt>()) {
    check(call, sym_ne(condition.get<SymInt>(), 0), ErrorType::kRuntimeError, message);
  } else {
    check(call.number(0) != 0, ErrorType::kRuntimeError, message);
  }
  return {};
}

std::string device_text(const Device& device) {
  return device.index ? fmt::format("{}:{}", device.type, *device.index) : std::string(device.type);
}

// torch/_subclasses/fake_impls.py assert_tensor_metadata
Results assert_tensor_metadata(Call& call) {
  const FakeTensor& t = call.tensor(0);
  const auto mismatch = [](std::string_view what, std::string_view expected, std::string_view got) {
    raise(ErrorType::kAssertionError, fmt::format("Tensor {} mismatch! Expected: {}, Got: {}", what, expected, got));
  };
  const auto expect = [&](std::size_t i, const SymInts& got, std::string_view what) {
    const auto wanted = call.optional_sym_ints(i);
    if (wanted && !call.env().guard(sym_eq(*wanted, got)))
      mismatch(what, to_string(*wanted), "torch.Size(" + to_string(got) + ")");
  };
  expect(1, t.sizes, "sizes");
  expect(2, t.strides, "strides");
  if (const auto dtype = call.dtype(3); dtype && *dtype != t.dtype)
    mismatch("dtype", torch_name(*dtype), torch_name(t.dtype));
  if (const auto layout = call.layout(5); layout && *layout != t.layout) mismatch("layout", "layout", "another");
  if (const auto device = call.device(4); device && !(*device == t.device))
    mismatch("device", device_text(*device), device_text(t.device));
  return {};
}

Results constrain_range(Call& call, bool for_size) {
  check(call.arg(0).holds<SymInt>(), ErrorType::kValueError, [] { return "Constraining SymFloat or Symbool is nyi"; });
  constrain(call, call.sym_int(0), call.optional_integer(1), call.optional_integer(2), for_size);
  return {};
}
Results sym_constrain_range(Call& call) { return constrain_range(call, false); }
Results sym_constrain_range_for_size(Call& call) { return constrain_range(call, true); }
Results functional_constrain_range(Call& call) {
  constrain_range(call, false);
  return {call.arg(3)};
}
Results functional_constrain_range_for_size(Call& call) {
  constrain_range(call, true);
  return {call.arg(3)};
}
Results functional_assert_scalar(Call& call) {
  assert_scalar(call);
  return {call.arg(2)};
}
Results functional_assert_async(Call& call) { return {call.arg(2)}; }
Results make_dep_token(Call& call) { return {&call.contiguous(kDefaultDtype, {}, Device{})}; }
// all(self), any(self): a zero-dim bool
Results bool_scalar(Call& call) {
  check(is_bool(call.tensor(0).dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "self.scalar_type() == at::kBool INTERNAL ASSERT FAILED at "
        "\"/__w/pytorch/pytorch/aten/src/ATen/native/ReduceOps.cpp\":{}, please report a bug to PyTorch.",
        call.schema().name == "aten::_is_all_true" ? 2144 : 2148);
  });
  return {&call.contiguous(ScalarType::kBool, {}, call.tensor(0).device)};
}

Results linalg_check_errors(Call& call) {
  check(call.tensor(0).dtype == ScalarType::kInt, ErrorType::kRuntimeError, [] {
    return "infos.scalar_type() == kInt INTERNAL ASSERT FAILED at "
           "\"/__w/pytorch/pytorch/aten/src/ATen/native/BatchLinearAlgebra.cpp\":1575, please report a bug to PyTorch.";
  });
  return {};
}

// ---- Scalar arithmetic: overloads over int and float. Their arguments are plain, so symbols are specialised.

Results add_int(Call& call) { return {SymInt(call.integer(0)) + call.integer(1)}; }
Results sub_int(Call& call) { return {SymInt(call.integer(0)) - call.integer(1)}; }
Results mul_int(Call& call) { return {SymInt(call.integer(0)) * call.integer(1)}; }
Results neg_int(Call& call) { return {-SymInt(call.integer(0))}; }
Results add_float(Call& call) { return {call.number(0) + call.number(1)}; }
Results sub_float(Call& call) { return {call.number(0) - call.number(1)}; }
Results mul_float(Call& call) { return {call.number(0) * call.number(1)}; }
Results neg_float(Call& call) { return {-call.number(0)}; }
Results true_div(Call& call) {
  const double divisor = call.number(1);
  return {call.number(0) / divisor};  // C++'s
}
Results floordiv_int(Call& call) {
  check(call.integer(1) != 0, ErrorType::kRuntimeError, [] { return "division by 0"; });
  return {floordiv(call.integer(0), call.integer(1))};
}
Results remainder_int(Call& call) { return {python_mod(call.integer(0), call.integer(1))}; }
template <typename Compare>
Results compare(Call& call) {
  return {Compare()(call.number(0), call.number(1))};
}
Results to_bool(Call& call) { return {call.number(0) != 0}; }
Results to_int(Call& call) { return {static_cast<std::int64_t>(call.number(0))}; }
Results to_float(Call& call) { return {call.number(0)}; }
Results tensor_to_bool(Call& call) { return is_nonzero(call); }
Results tensor_to_int(Call& call) {
  const Value number = item_rule(call).front();
  if (number.holds<SymInt>()) return {call.env().guard_int(number.get<SymInt>())};
  if (number.holds<SymFloat>()) return {static_cast<std::int64_t>(call.env().guard_float(number.get<SymFloat>()))};
  return {std::int64_t{truth_of(call, number)}};
}
Results tensor_to_float(Call& call) {
  const Value number = item_rule(call).front();
  if (number.holds<SymInt>()) return {static_cast<double>(call.env().guard_int(number.get<SymInt>()))};
  if (number.holds<SymFloat>()) return {call.env().guard_float(number.get<SymFloat>())};
  return {truth_of(call, number) ? 1.0 : 0.0};
}

Results implicit_int(Call& call) {
  check_implicit_number(call);
  const ScalarType dtype = call.tensor(0).dtype;
  check(is_integral(dtype, false), ErrorType::kRuntimeError,
        [&] { return fmt::format("Cannot input a tensor of type {} as an integral argument", aten_name(dtype)); });
  return tensor_to_int(call);
}
Results implicit_float(Call& call) {
  check_implicit_number(call);
  return tensor_to_float(call);
}

constexpr OpRow kRows[] = {
    {"Bool.Tensor", tensor_to_bool},
    {"Bool.float", to_bool},
    {"Bool.int", to_bool},
    {"Float.Scalar", to_float},
    {"Float.Tensor", tensor_to_float},
    {"Float.bool", to_float},
    {"Float.int", to_float},
    {"FloatImplicit", implicit_float},
    {"Int.Scalar", to_int},
    {"Int.Tensor", tensor_to_int},
    {"Int.bool", to_int},
    {"Int.float", to_int},
    {"IntImplicit", implicit_int},
    {"ScalarImplicit", implicit_scalar},
    {"_assert_async", none},
    {"_assert_async.msg", none},
    {"_assert_scalar", assert_scalar},
    {"_assert_tensor_metadata", assert_tensor_metadata},
    {"_cast_Byte", cast<ScalarType::kByte>},
    {"_cast_Char", cast<ScalarType::kChar>},
    {"_cast_Double", cast<ScalarType::kDouble>},
    {"_cast_Float", cast<ScalarType::kFloat>},
    {"_cast_Half", cast<ScalarType::kHalf>},
    {"_cast_Int", cast<ScalarType::kInt>},
    {"_cast_Long", cast<ScalarType::kLong>},
    {"_cast_Short", cast<ScalarType::kShort>},
    {"_debug_has_internal_overlap", internal_overlap},
    {"_functional_assert_async.msg", functional_assert_async},
    {"_functional_assert_scalar", functional_assert_scalar},
    {"_functional_sym_constrain_range", functional_constrain_range},
    {"_functional_sym_constrain_range_for_size", functional_constrain_range_for_size},
    {"_has_compatible_shallow_copy_type", yes},
    {"_has_same_storage_numel", has_same_storage_numel},
    {"_is_all_true", bool_scalar},
    {"_is_any_true", bool_scalar},
    {"_is_zerotensor", no},
    {"_linalg_check_errors", linalg_check_errors},
    {"_local_scalar_dense", local_scalar_dense},
    {"_make_dep_token", make_dep_token},
    {"_print", none},
    {"_shape_as_tensor", shape_as_tensor},
    {"_version", version},
    {"add.float", add_float},
    {"add.int", add_int},
    {"allclose", needs_data},
    {"can_cast", can_cast_rule},
    {"dense_dim", dense_dim},
    {"dim", dim},
    {"div.float", true_div},
    {"div.int", true_div},
    {"eq.float", compare<std::equal_to<>>},
    {"eq.int", compare<std::equal_to<>>},
    {"equal", needs_data},
    {"floordiv.int", floordiv_int},
    {"ge.float", compare<std::greater_equal<>>},
    {"ge.int", compare<std::greater_equal<>>},
    {"get_device", get_device},
    {"gt.float", compare<std::greater<>>},
    {"gt.int", compare<std::greater<>>},
    {"is_complex", is_complex_rule},
    {"is_conj", is_conj},
    {"is_contiguous", is_contiguous_rule},
    {"is_contiguous.memory_format", is_contiguous_rule},
    {"is_distributed", no},
    {"is_floating_point", is_floating_point},
    {"is_inference", no},
    {"is_leaf", is_leaf},
    {"is_neg", is_neg},
    {"is_nonzero", is_nonzero},
    {"is_pinned", no},
    {"is_same_size", is_same_size},
    {"is_set_to", is_set_to},
    {"is_signed", is_signed},
    {"is_vulkan_available", no},
    {"item", item_rule},
    {"le.float", compare<std::less_equal<>>},
    {"le.int", compare<std::less_equal<>>},
    {"lt.float", compare<std::less<>>},
    {"lt.int", compare<std::less<>>},
    {"mul.float", mul_float},
    {"mul.int", mul_int},
    {"ne.float", compare<std::not_equal_to<>>},
    {"ne.int", compare<std::not_equal_to<>>},
    {"neg.float", neg_float},
    {"neg.int", neg_int},
    {"numel", plain_numel},
    {"output_nr", zero},
    {"promote_types", promote_types_rule},
    {"remainder.int", remainder_int},
    {"result_type.Scalar", result_type_rule},
    {"result_type.Scalar_Scalar", result_type_rule},
    {"result_type.Scalar_Tensor", result_type_rule},
    {"result_type.Tensor", result_type_rule},
    {"size", sizes},
    {"size.int", plain_size_int},
    {"sparse_dim", zero},
    {"storage_offset", plain_storage_offset},
    {"stride", plain_strides},
    {"stride.int", plain_stride_int},
    {"sub.float", sub_float},
    {"sub.int", sub_int},
    {"sym_constrain_range", sym_constrain_range},
    {"sym_constrain_range_for_size", sym_constrain_range_for_size},
    {"sym_is_contiguous", is_contiguous_rule},
    {"sym_numel", numel},
    {"sym_size", sizes},
    {"sym_size.int", size_int},
    {"sym_storage_offset", storage_offset},
    {"sym_stride", strides},
    {"sym_stride.int", stride_int},
};

}  // namespace

std::span<const OpRow> symbolic_ops() { return kRows; }

}  // namespace retrace::ops
