// SPDX-License-Identifier: Apache-2.0
// The spelling of schema.py's unions, shared by the reader and the writer.
#pragma once
#include <array>
#include <string_view>
#include <utility>

#include "core/ir/program.h"

namespace retrace::serializers {

/// By ArgKind.
inline constexpr std::array<std::string_view, 31> kArgumentNames{"as_none",
                                                                 "as_tensor",
                                                                 "as_tensors",
                                                                 "as_int",
                                                                 "as_ints",
                                                                 "as_float",
                                                                 "as_floats",
                                                                 "as_string",
                                                                 "as_strings",
                                                                 "as_sym_int",
                                                                 "as_sym_ints",
                                                                 "as_scalar_type",
                                                                 "as_memory_format",
                                                                 "as_layout",
                                                                 "as_device",
                                                                 "as_bool",
                                                                 "as_bools",
                                                                 "as_sym_bool",
                                                                 "as_sym_bools",
                                                                 "as_graph",
                                                                 "as_optional_tensors",
                                                                 "as_custom_obj",
                                                                 "as_operator",
                                                                 "as_sym_float",
                                                                 "as_sym_floats",
                                                                 "as_optional_tensor",
                                                                 "as_complex",
                                                                 "as_nested_tensors",
                                                                 "as_int_lists",
                                                                 "as_string_to_argument",
                                                                 "as_float_lists"};
static_assert(kArgumentNames[static_cast<std::size_t>(ir::ArgKind::kFloatLists)] == "as_float_lists");

struct SpecNames {
  std::string_view kind;
  std::string_view name;  // field that holds the lifted input's name; empty: none
};
/// By InputSpecKind.
inline constexpr std::array<SpecNames, 7> kInputSpecNames{{{"user_input", ""},
                                                           {"parameter", "parameter_name"},
                                                           {"buffer", "buffer_name"},
                                                           {"tensor_constant", "tensor_constant_name"},
                                                           {"custom_obj", "custom_obj_name"},
                                                           {"token", ""},
                                                           {"constant_input", "name"}}};
/// By OutputSpecKind.
inline constexpr std::array<SpecNames, 8> kOutputSpecNames{{{"user_output", ""},
                                                            {"loss_output", ""},
                                                            {"buffer_mutation", "buffer_name"},
                                                            {"parameter_mutation", "parameter_name"},
                                                            {"gradient_to_parameter", "parameter_name"},
                                                            {"gradient_to_user_input", "user_input_name"},
                                                            {"user_input_mutation", "user_input_name"},
                                                            {"token", ""}}};

}  // namespace retrace::serializers
