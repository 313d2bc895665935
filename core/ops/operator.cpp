// SPDX-License-Identifier: Apache-2.0
#include "core/ops/operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "core/base/ascii.h"
#include "core/ops/argument_types.h"
#include "core/ops/gradient_checks.h"
#include "core/ops/op_table.h"
#include "core/ops/out_form.h"

namespace retrace::ops {

namespace {

template <std::size_t kCount>
bool is_among(std::string_view name, const std::array<std::string_view, kCount>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Rules compute strides: what is sparse can only be copied, or be made dense again.
constexpr std::array<std::string_view, 6> kTakesSparse{"aten::_to_dense", "aten::_to_sparse",
                                                       "aten::coalesce",  "aten::to_dense",
                                                       "aten::to_sparse", "aten::to_sparse.sparse_dim"};

/// In-place operators whose derivative needs self as it was, so that autograd clones it first (derivatives.yaml).
constexpr std::array<std::string_view, 52> kSavesSelf{"aten::abs_",
                                                      "aten::acos_",
                                                      "aten::acosh_",
                                                      "aten::asin_",
                                                      "aten::asinh_",
                                                      "aten::atan_",
                                                      "aten::atanh_",
                                                      "aten::clamp_",
                                                      "aten::clamp_.Tensor",
                                                      "aten::clamp_max_",
                                                      "aten::clamp_max_.Tensor",
                                                      "aten::clamp_min_",
                                                      "aten::clamp_min_.Tensor",
                                                      "aten::copysign_.Scalar",
                                                      "aten::copysign_.Tensor",
                                                      "aten::cos_",
                                                      "aten::cosh_",
                                                      "aten::cumprod_",
                                                      "aten::digamma_",
                                                      "aten::erf_",
                                                      "aten::erfc_",
                                                      "aten::erfinv_",
                                                      "aten::gelu_",
                                                      "aten::hardsigmoid_",
                                                      "aten::hardswish_",
                                                      "aten::hardtanh_",
                                                      "aten::hypot_",
                                                      "aten::i0_",
                                                      "aten::lgamma_",
                                                      "aten::log10_",
                                                      "aten::log1p_",
                                                      "aten::log2_",
                                                      "aten::log_",
                                                      "aten::logit_",
                                                      "aten::mish_",
                                                      "aten::mvlgamma_",
                                                      "aten::nan_to_num_",
                                                      "aten::polygamma_",
                                                      "aten::pow_.Scalar",
                                                      "aten::pow_.Tensor",
                                                      "aten::renorm_",
                                                      "aten::sgn_",
                                                      "aten::silu_",
                                                      "aten::sin_",
                                                      "aten::sinc_",
                                                      "aten::sinh_",
                                                      "aten::tan_",
                                                      "aten::threshold_",
                                                      "aten::xlogy_.Scalar_Other",
                                                      "aten::xlogy_.Tensor",
                                                      "aten::atan2_",
                                                      "aten::lerp_.Tensor"};

/// Operators that autograd follows though their result may be integral: it takes its dtype from an operand or an
/// argument that has no say in whether it is followed.
constexpr std::array<std::string_view, 26> kFollowedWhateverDtype{"aten::_convolution",
                                                                  "aten::batch_norm",
                                                                  "aten::conv1d",
                                                                  "aten::conv2d",
                                                                  "aten::conv3d",
                                                                  "aten::conv_transpose1d",
                                                                  "aten::conv_transpose2d",
                                                                  "aten::conv_transpose3d",
                                                                  "aten::convolution",
                                                                  "aten::cross",
                                                                  "aten::cumprod",
                                                                  "aten::cumsum",
                                                                  "aten::diagonal_scatter",
                                                                  "aten::fill",
                                                                  "aten::index_add",
                                                                  "aten::index_copy",
                                                                  "aten::index_fill",
                                                                  "aten::index_put",
                                                                  "aten::linalg_cross",
                                                                  "aten::masked_fill",
                                                                  "aten::nansum",
                                                                  "aten::native_batch_norm",
                                                                  "aten::prod",
                                                                  "aten::select_scatter",
                                                                  "aten::slice_scatter",
                                                                  "aten::sum"};

/// Operators of several floating results whose derivative is that of the first alone (derivatives.yaml `grad`).
bool only_first_differentiable(std::string_view packet) {
  return packet.find("native_batch_norm") != std::string_view::npos || packet.starts_with("aten::_batch_norm_") ||
         packet.starts_with("aten::_scaled_dot_product_") || packet == "aten::_ctc_loss" ||
         packet == "aten::_fused_moving_avg_obs_fq_helper_functional" || packet == "aten::cudnn_batch_norm" ||
         packet == "aten::native_group_norm" || packet == "aten::native_layer_norm";
}

/// invokeOperatorFromPython (torch/csrc/jit/python/pybind_utils.cpp): every prim does, and what
/// torch/csrc/utils/python_arg_parser.cpp should_allow_numbers_as_tensors lists.
bool takes_numbers_as_tensors(std::string_view packet) {
  static constexpr std::array<std::string_view, 13> kAllowed{"add",   "div",         "divide",      "mul",  "multiply",
                                                             "sub",   "subtract",    "to",          "copy", "_to_copy",
                                                             "_conj", "true_divide", "floor_divide"};
  if (packet.starts_with("prims::")) return true;
  packet = packet.substr(packet.find("::") + 2);
  if (packet.ends_with('_')) packet.remove_suffix(1);
  return is_among(packet, kAllowed);
}

Element element_of(std::string_view type) {
  constexpr std::pair<std::string_view, Element> kElements[] = {
      {"Tensor", Element::kTensor},  {"SymInt", Element::kSymInt}, {"int", Element::kInt},
      {"ScalarType", Element::kInt}, {"Layout", Element::kInt},    {"MemoryFormat", Element::kInt},
      {"float", Element::kFloat},    {"Scalar", Element::kNumber}, {"bool", Element::kBool},
      {"str", Element::kString},     {"Device", Element::kDevice},
  };
  const auto at = std::ranges::find(kElements, type, [](const auto& row) { return row.first; });
  return at == std::end(kElements) ? Element::kObject : at->second;
}

Parameter parameter(const SchemaArg& arg) {
  const DeclaredType type = declared_type(arg.type);
  return {element_of(type.element),
          type.is_list,
          type.has_length,
          type.optional,
          type.optional_element,
          arg.type.starts_with("float"),
          arg.type.find('!') != std::string_view::npos,
          default_value(arg)};
}

/// "aten::add.Tensor" -> "torch.ops.aten.add.Tensor", "aten::relu" -> "torch.ops.aten.relu.default".
std::string target_of(std::string_view name, std::string_view packet) {
  const std::size_t colons = packet.find("::");
  const std::string_view overload = name.size() > packet.size() ? name.substr(packet.size() + 1) : "default";
  return fmt::format("torch.ops.{}.{}.{}", packet.substr(0, colons), packet.substr(colons + 2), overload);
}

/// Graph._target_to_str: "__and__" -> "and", "matrix_H" -> "matrix_h".
std::string node_name_of(std::string_view packet) {
  std::string_view name = packet.substr(packet.find("::") + 2);
  if (name.size() > 4 && name.starts_with("__") && name.ends_with("__")) name = name.substr(2, name.size() - 4);
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && is_upper(name[i]) && is_lower(name[i - 1])) out += '_';
    out += lower(name[i]);
  }
  return out;
}

Operator resolved(const Schema& schema) {
  const std::string_view name = schema.name;
  const std::string_view packet = packet_name(schema);
  Operator out;
  out.schema = &schema;
  out.target = target_of(name, packet);
  out.node_name = node_name_of(packet);
  out.rule = find_rule(name);
  if (out.rule == nullptr) out.rule = out_form_rule(schema);
  for (const SchemaArg& arg : schema.args) out.parameters.push_back(parameter(arg));
  const auto keyword = std::ranges::find_if(schema.args, [](const SchemaArg& arg) { return arg.kwarg_only; });
  out.positional = static_cast<std::size_t>(keyword - schema.args.begin());
  out.is_builtin = name.starts_with("aten::") || name.starts_with("prims::");
  out.takes_numbers_as_tensors = takes_numbers_as_tensors(packet);
  out.takes_sparse = is_among(name, kTakesSparse);
  out.stops_gradient = name == "aten::detach" || name == "aten::detach_";
  out.saves_other = name == "aten::mul_.Tensor" || name == "aten::div_.Tensor";
  out.saves_self = is_among(name, kSavesSelf);
  out.follows_any_dtype = is_among(packet, kFollowedWhateverDtype);
  out.only_first_differentiable = only_first_differentiable(packet);
  out.without_formula = arguments_without_formula(name);
  return out;
}

}  // namespace

/// A program asks for the same few operators at each of its nodes: each is resolved once a thread.
const Operator& operator_of(const Schema& schema) {
  thread_local std::vector<std::unique_ptr<const Operator>> known(all_schemas().size());
  std::unique_ptr<const Operator>& at = known[static_cast<std::size_t>(&schema - all_schemas().data())];
  if (at == nullptr) at = std::make_unique<const Operator>(resolved(schema));
  return *at;
}

const Operator* find_operator(std::string_view target) {
  const Schema* schema = find_schema_of_target(target);
  return schema == nullptr ? nullptr : &operator_of(*schema);
}

}  // namespace retrace::ops
