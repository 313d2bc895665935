// SPDX-License-Identifier: Apache-2.0
// An operator's declared types in the words of PyTorch's error messages.
#pragma once
#include <string>
#include <string_view>

#include "core/ops/schema.h"

namespace retrace::ops {

/// A type as the schema declares it: "SymInt[2]?" is an optional list of two ints.
struct DeclaredType {
  std::string_view element;  // "Tensor", "int", "Scalar"
  bool is_list = false;
  bool has_length = false;  // a number stands for a list of this length
  bool optional = false;
  bool optional_element = false;
};
DeclaredType declared_type(std::string_view text);

/// c10::Type::annotation_str: "Optional[List[int]]"; what is an enum in the schema is an int there.
std::string annotation(std::string_view text);
/// "aten::relu(Tensor self) -> Tensor"
std::string declaration(const Schema& schema);

}  // namespace retrace::ops
