// SPDX-License-Identifier: Apache-2.0
#include "core/identity/effects.h"

#include <algorithm>
#include <array>

namespace retrace::identity {
namespace {

/// "torch.ops.aten.add_.Tensor" -> "add_"; "_operator.and_" -> "and_".
std::string_view operator_name(std::string_view target) {
  const std::size_t last = target.rfind('.');
  if (last == std::string_view::npos) return target;
  if (!target.starts_with("torch.ops.") || std::count(target.begin(), target.end(), '.') < 3)
    return target.substr(last + 1);
  const std::size_t before = target.rfind('.', last - 1);
  return target.substr(before + 1, last - before - 1);
}

constexpr std::array<std::string_view, 8> kPureWithUnderscore = {"__and__",    "__or__", "__xor__", "__lshift__",
                                                                 "__rshift__", "and_",   "or_",     "not_"};

}  // namespace

bool has_effect(std::string_view target) {
  const std::string_view name = operator_name(target);
  if (std::find(kPureWithUnderscore.begin(), kPureWithUnderscore.end(), name) != kPureWithUnderscore.end())
    return false;
  return (name.size() > 1 && name.ends_with('_')) || name.starts_with("_assert") ||
         name.starts_with("sym_constrain_range") || name == "_export_tracepoint" || name == "with_effects" ||
         name == "call_torchbind" || name == "_print" || name == "print";
}

bool is_assertion(std::string_view target) {
  const std::size_t last = target.rfind('.');
  if (last == std::string_view::npos || last == 0) return false;
  const std::size_t before = target.rfind('.', last - 1);
  return target.substr(before == std::string_view::npos ? 0 : before + 1).starts_with("_assert");
}

bool computes_size(std::string_view target) {
  const auto has = [&](std::string_view part) { return target.find(part) != std::string_view::npos; };
  return target.starts_with("_operator") || target.starts_with("math") || target.starts_with("torch.sym") ||
         has("sym_size") || has("sym_stride") || has("sym_numel");
}

}  // namespace retrace::identity
