// SPDX-License-Identifier: Apache-2.0
// torch.export.export(callable, args, kwargs, dynamic_shapes=spec, strict=...) without data.
//
// Binds the example inputs (recorded metadata of the callable's user inputs at their hints) to symbols, traces
// the graph in one of the two modes, and finishes the program with PyTorch's passes in PyTorch's order.
#pragma once
#include <map>
#include <string>
#include <variant>

#include "core/base/failure.h"
#include "core/bind/dynamic_spec.h"
#include "core/ir/callable.h"

namespace retrace::exporter {

enum class Mode : std::uint8_t { kNonStrict, kStrict };

struct Failed {
  std::string stage;  // load | spec | module | export
  ErrorType type = ErrorType::kRuntimeError;
  std::string node;     // fx name of the callable's node that raised; empty: none
  std::string message;  // PyTorch's text as far as it is reproduced
};

struct Exported {
  ir::Program program;
  std::map<std::string, std::int64_t> assumed_ops;  // operators without a rule whose recorded result was taken
};

using Outcome = std::variant<Exported, Failed>;

/// `spec` as given for the first export; for the re-export its positional form (bind::to_positional).
Outcome export_callable(const ir::Callable& callable, const bind::DynamicSpec& spec, Mode mode);

}  // namespace retrace::exporter
