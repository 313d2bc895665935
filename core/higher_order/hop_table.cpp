// SPDX-License-Identifier: Apache-2.0
#include "core/higher_order/hop_table.h"

#include "core/higher_order/rules.h"

namespace retrace::higher_order {

namespace {

struct HopRow {
  std::string_view name;
  trace::HopRule rule;
};

constexpr HopRow kRows[] = {
    {"associative_scan", associative_scan},
    {"auto_functionalized_v2", auto_functionalized_v2},
    {"cond", cond},
    {"foreach_map", foreach_map},
    {"hints_wrapper", hints_wrapper},
    {"inline_asm_elementwise", inline_asm_elementwise},
    {"invoke_subgraph", invoke_subgraph},
    {"map_impl", map_impl},
    {"out_dtype", out_dtype},
    {"print", print},
    {"scan", scan},
    {"strict_mode", strict_mode},
    {"tag_activation_checkpoint", tag_activation_checkpoint},
    {"while_loop", while_loop},
    {"while_loop_stack_output", while_loop_stack_output},
    {"wrap_with_autocast", wrap_with_autocast},
    {"wrap_with_set_grad_enabled", wrap_with_set_grad_enabled},
};

}  // namespace

trace::HopRule find_hop(std::string_view name) {
  for (const HopRow& row : kRows) {
    if (row.name == name) return row.rule;
  }
  return nullptr;
}

}  // namespace retrace::higher_order
