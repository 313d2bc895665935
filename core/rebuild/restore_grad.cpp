// SPDX-License-Identifier: Apache-2.0
#include "core/rebuild/restore_grad.h"

#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

namespace retrace::rebuild {

namespace {

bool requires_grad(const ir::Program& program, const ir::InputSpec& input) {
  if (input.arg.kind != ir::ArgKind::kTensor) return false;
  const ir::Value& value = program.graph.values[static_cast<std::size_t>(input.arg.as<ir::ValueId>())];
  const auto* meta = ir::tensor_of(value.meta);
  return meta != nullptr && meta->requires_grad;
}

void stop_grad(ir::Program& program, const ir::InputSpec& input) {
  ir::Value& value = program.graph.values.edit(static_cast<std::size_t>(input.arg.as<ir::ValueId>()));
  ir::edit_tensor(value.meta).requires_grad = false;
}

bool is_buffer(const ir::InputSpec& input) { return input.kind == ir::InputSpecKind::kBuffer; }

}  // namespace

void restore_grad(ir::Program& exported, const ir::Program& original) {
  std::vector<bool> users;
  std::unordered_set<std::string_view> buffers;
  for (const ir::InputSpec& input : original.input_specs) {
    if (input.is_user()) users.push_back(requires_grad(original, input));
    if (is_buffer(input) && requires_grad(original, input)) buffers.insert(input.name);
  }
  std::size_t user = 0;
  for (const ir::InputSpec& input : exported.input_specs) {
    const bool as_before = input.is_user()    ? user < users.size() && users[user++]
                           : is_buffer(input) ? buffers.contains(input.name)
                                              : true;
    if (!as_before && requires_grad(exported, input)) stop_grad(exported, input);
  }
}

}  // namespace retrace::rebuild
