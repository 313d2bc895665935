// SPDX-License-Identifier: Apache-2.0
// One operator, resolved: its schema, its rule, and what else is asked of it at each call, read once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ops/call.h"
#include "core/ops/schema.h"

namespace retrace::ops {

/// What a declared type takes ("Tensor?[]": kTensor).
enum class Element : std::uint8_t { kTensor, kSymInt, kInt, kFloat, kNumber, kBool, kString, kDevice, kObject };

struct Parameter {
  Element element = Element::kObject;
  bool is_list = false;
  bool has_length = false;  // a number stands for a list of this length
  bool is_optional = false;
  bool is_element_optional = false;
  bool is_float = false;  // "float" and its lists
  bool is_written = false;
  Value default_value;
};

/// An argument that autograd has no formula for (derivatives.yaml), and the operator that says so.
struct WithoutFormula {
  std::string_view operation;
  std::size_t argument;
  std::string_view name;
  std::string_view says_so;
};

struct Operator {
  const Schema* schema = nullptr;
  std::string target;     // as graphs spell it: "torch.ops.aten.add.Tensor"
  std::string node_name;  // after which fx names its nodes: "add"
  Rule rule = nullptr;    // null: none
  std::vector<Parameter> parameters;
  std::size_t positional = 0;             // parameters before the first that goes by keyword only
  bool is_builtin = false;                // of ATen or prims
  bool takes_numbers_as_tensors = false;  // python_arg_parser.cpp should_allow_numbers_as_tensors
  bool takes_sparse = false;              // also tensors without strides
  bool stops_gradient = false;
  bool saves_self = false;                 // in place; autograd clones self first (derivatives.yaml)
  bool saves_other = false;                // the same where the other operand is followed
  bool follows_any_dtype = false;          // autograd follows it also where it cannot follow the result's dtype
  bool only_first_differentiable = false;  // of several results
  std::span<const WithoutFormula> without_formula;  // arguments that must not require grad
};

/// The operator of a graph's target ("torch.ops.aten.add.Tensor"); null: not registered.
const Operator* find_operator(std::string_view target);
/// The operator of a schema of the table.
const Operator& operator_of(const Schema& schema);

}  // namespace retrace::ops
