// SPDX-License-Identifier: Apache-2.0
#include "core/ops/vocabulary/fallback.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/each_tensor.h"
#include "core/ops/vocabulary/pointwise.h"

namespace retrace::ops {
namespace {

bool is_symbolic_number(const Value& value) {
  if (value.holds<SymInt>()) return !value.get<SymInt>().is_int();
  if (!value.holds<ValueList>()) return false;
  return std::ranges::any_of(value.get<ValueList>(),
                             [](const Value& v) { return v.holds<SymInt>() && !v.get<SymInt>().is_int(); });
}

}  // namespace

std::string overload_name(const Schema& schema) {
  std::string name(schema.name.substr(schema.name.find("::") + 2));
  return "aten." + (name.find('.') == std::string::npos ? name + ".default" : name);
}

void check_fallback(Call& call) { check_fallback(call, overload_name(call.schema())); }

void check_fallback(Call& call, std::string_view overload) {
  bool symbolic = false;
  for (std::size_t i = 0; i < call.size(); ++i) {
    symbolic |= is_symbolic_number(call.arg(i));
    for_each_tensor(call.arg(i), [&](const FakeTensor& t) { symbolic |= is_symbolic(t); });
  }
  if (symbolic) raise(ErrorType::kUnsupported, std::string(overload));
}

void raise_no_kernel(std::string_view overload) {
  raise(ErrorType::kNotImplementedError,
        fmt::format("could not find kernel for {} at dispatch key DispatchKey.CPU", overload));
}

Results no_kernel(Call& call) {
  check_fallback(call);
  raise_no_kernel(overload_name(call.schema()));
}

void raise_no_meta(const Schema& schema) {
  raise(ErrorType::kNotImplementedError,
        fmt::format("{}: attempted to run this operator with Meta tensors, but there was no fake impl or Meta kernel "
                    "registered. You may have run into this message while using an operator with PT2 compilation APIs "
                    "(torch.compile/torch.export); in order to use this operator with those APIs you'll need to add a "
                    "fake impl. Please see the following for next steps: "
                    "https://pytorch.org/tutorials/advanced/custom_ops_landing_page.html",
                    schema.name));
}

void raise_no_data() {
  raise(ErrorType::kRuntimeError, "The tensor has a non-zero number of elements, but its data is not allocated yet.");
}

void check_scalar_type(const FakeTensor& t, ScalarType expected) {
  check(t.dtype == expected, ErrorType::kRuntimeError,
        [&] { return fmt::format("expected scalar type {} but found {}", aten_name(expected), aten_name(t.dtype)); });
}

void raise_not_implemented(std::string_view kernel, ScalarType dtype) {
  raise(ErrorType::kNotImplementedError, fmt::format("\"{}\" not implemented for '{}'", kernel, aten_name(dtype)));
}

void check_no_symbols(const FakeTensor& t, std::string_view asked) {
  check(!is_symbolic(t), ErrorType::kRuntimeError,
        [&] { return fmt::format("Cannot call {} on tensor with symbolic sizes/strides", asked); });
}

}  // namespace retrace::ops
