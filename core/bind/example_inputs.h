// SPDX-License-Identifier: Apache-2.0
// Example inputs of other sizes than the recorded ones: what passing other tensors to torch.export.export is.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/ir/program.h"

namespace retrace::bind {

/// `sizes` of the user input `name` (as the graph calls it); a symbolic integer input takes one number.
struct ExampleInput {
  std::string name;
  std::vector<std::int64_t> sizes;
};

/// The program with other hints. Every size that holds a symbol of a given input follows it, in the inputs that are
/// not given too; strides are dense, in the recorded order of dimensions. Raises Failure(ValueError) on an unknown
/// name, a wrong rank, or an input that has no size.
ir::Program with_example_inputs(const ir::Program& program, std::span<const ExampleInput> examples);

}  // namespace retrace::bind
