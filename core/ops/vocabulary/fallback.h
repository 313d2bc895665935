// SPDX-License-Identifier: Apache-2.0
// Operators without a meta function: FakeTensorMode runs the real kernel on zeros (torch/_subclasses/fake_tensor.py
// run_fallback_kernel), which symbolic sizes forbid.
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

/// "_values" is _values.default in PyTorch's messages.
std::string overload_name(const Schema& schema);
/// UnsupportedOperatorException where a tensor or a number is symbolic.
void check_fallback(Call& call);
/// The same, where the kernel is another overload's.
void check_fallback(Call& call, std::string_view overload);
/// The dispatcher has no kernel for CPU either.
[[noreturn]] void raise_no_kernel(std::string_view overload);
Results no_kernel(Call& call);
/// No meta function, and no kernel on zeros either.
[[noreturn]] void raise_no_meta(const Schema& schema);
/// The kernel reads what a fake tensor does not have.
[[noreturn]] void raise_no_data();
/// The kernel's TORCH_CHECK of a dtype (data_ptr<T>()).
void check_scalar_type(const FakeTensor& t, ScalarType expected);
/// AT_DISPATCH over floating dtypes without a kernel for this one.
[[noreturn]] void raise_not_implemented(std::string_view kernel, ScalarType dtype);
/// A C++ kernel without SymInt asks a fake tensor for a number (TensorImpl.cpp throw_cannot_call_with_symbolic).
void check_no_symbols(const FakeTensor& t, std::string_view asked);

}  // namespace retrace::ops
