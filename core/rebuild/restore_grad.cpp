// SPDX-License-Identifier: Apache-2.0
#include "core/rebuild/restore_grad.h"

#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

namespace retrace::rebuild {

namespace {

/// The metadata of a tensor input of `program`, const as the program is; null: no tensor.
template <typename Program>
auto* meta_of(Program& program, const ir::InputSpec& input) {
  auto* value = input.arg.kind == ir::ArgKind::kTensor
                    ? &program.graph.values[static_cast<std::size_t>(input.arg.as<ir::ValueId>())]
                    : nullptr;
  return value == nullptr ? nullptr : std::get_if<ir::TensorMeta>(&value->meta);
}

bool requires_grad(const ir::Program& program, const ir::InputSpec& input) {
  const auto* meta = meta_of(program, input);
  return meta != nullptr && meta->requires_grad;
}

bool is_user(const ir::InputSpec& input) {
  return input.kind == ir::InputSpecKind::kUserInput || input.kind == ir::InputSpecKind::kConstantInput;
}

bool is_buffer(const ir::InputSpec& input) { return input.kind == ir::InputSpecKind::kBuffer; }

}  // namespace

void restore_grad(ir::Program& exported, const ir::Program& original) {
  std::vector<bool> users;
  std::unordered_set<std::string_view> buffers;
  for (const ir::InputSpec& input : original.input_specs) {
    if (is_user(input)) users.push_back(requires_grad(original, input));
    if (is_buffer(input) && requires_grad(original, input)) buffers.insert(input.name);
  }
  std::size_t user = 0;
  for (const ir::InputSpec& input : exported.input_specs) {
    const bool as_before = is_user(input)     ? user < users.size() && users[user++]
                           : is_buffer(input) ? buffers.contains(input.name)
                                              : true;
    if (auto* meta = meta_of(exported, input)) meta->requires_grad = meta->requires_grad && as_before;
  }
}

}  // namespace retrace::rebuild
