// SPDX-License-Identifier: Apache-2.0
// The text of a call in tests/ops/*.cases, as docs/adding-an-operator.md describes it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/ir/scalar_type.h"

namespace retrace::ops {

/// A size: a number, or a symbol with its hint where the text introduces it.
struct SizeText {
  std::string symbol;  // empty: a number
  std::optional<std::int64_t> number;
};

struct TensorText {
  ScalarType dtype = ScalarType::kFloat;
  std::vector<SizeText> sizes;
  std::optional<std::vector<SizeText>> strides;
};

struct ArgText;
using ArgTexts = std::vector<ArgText>;
struct ArgText : std::variant<std::monostate, TensorText, SizeText, std::int64_t, double, bool, std::string, ScalarType,
                              Layout, MemoryFormat, Device, std::pair<double, double>, ArgTexts> {
  using variant::variant;
};

struct CallText {
  std::string op;  // "aten.add.Tensor"
  ArgTexts args;
  std::vector<std::pair<std::string, ArgText>> kwargs;
};

/// Raises std::invalid_argument where the text is no call.
CallText parse_call(std::string_view text);

/// "f32"
std::string_view short_name(ScalarType dtype);
/// "torch.sparse_csr"
std::string_view layout_name(Layout layout);

}  // namespace retrace::ops
