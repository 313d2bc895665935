// SPDX-License-Identifier: Apache-2.0
#include "core/rebuild/load_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/base/failure.h"
#include "core/ir/input_tree.h"
#include "core/ir/tree_spec.h"
#include "core/ir/walk.h"
#include "core/ops/match_inputs.h"
#include "core/shapes/value_range.h"

namespace retrace::rebuild {
namespace {

constexpr std::array<std::string_view, 42> kHigherOrder = {"_export_tracepoint",
                                                           "aoti_call_delegate",
                                                           "associative_scan",
                                                           "auto_functionalized",
                                                           "auto_functionalized_v2",
                                                           "autograd_function_apply",
                                                           "call_torchbind",
                                                           "cond",
                                                           "custom_function_call",
                                                           "dynamo_bypassing_wrapper",
                                                           "executorch_call_delegate",
                                                           "flat_apply",
                                                           "flex_attention",
                                                           "flex_attention_backward",
                                                           "foreach_map",
                                                           "graphsafe_run_with_rng_state",
                                                           "hints_wrapper",
                                                           "inductor_compiled_code",
                                                           "inline_asm_elementwise",
                                                           "invoke_leaf_function",
                                                           "invoke_quant",
                                                           "invoke_quant_packed",
                                                           "invoke_subgraph",
                                                           "local_map_hop",
                                                           "map_impl",
                                                           "out_dtype",
                                                           "print",
                                                           "run_and_save_rng_state",
                                                           "run_const_graph",
                                                           "run_dtensor_rng_op",
                                                           "run_with_rng_state",
                                                           "scan",
                                                           "strict_mode",
                                                           "tag_activation_checkpoint",
                                                           "trace_wrapped",
                                                           "while_loop",
                                                           "while_loop_stack_output",
                                                           "with_effects",
                                                           "wrap",
                                                           "wrap_activation_checkpoint",
                                                           "wrap_with_autocast",
                                                           "wrap_with_set_grad_enabled"};

constexpr std::string_view kHop = "torch.ops.higher_order.";

/// Python's keywords that operators use as argument names.
bool is_keyword(std::string_view name) {
  constexpr std::array<std::string_view, 6> kKeywords = {"from", "lambda", "in", "is", "not", "global"};
  return std::find(kKeywords.begin(), kKeywords.end(), name) != kKeywords.end();
}

/// Namespaces whose operators the schema table holds in full; what else a process registered is not known here.
bool is_known_namespace(std::string_view name) {
  constexpr std::array<std::string_view, 4> kKnown = {"aten", "prims", "quantized", "prim"};
  return std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
}

/// deserialize_operator finds it; `schema`: that of the table.
bool is_registered(std::string_view target, const ops::Schema* schema) {
  constexpr std::string_view kOps = "torch.ops.";
  if (target.starts_with(kHop))
    return std::find(kHigherOrder.begin(), kHigherOrder.end(), target.substr(kHop.size())) != kHigherOrder.end();
  if (target.starts_with(kOps)) {
    const std::string_view rest = target.substr(kOps.size());
    return schema != nullptr || !is_known_namespace(rest.substr(0, rest.find('.')));
  }
  return target.starts_with("torch.") || target.starts_with("_operator.") || target.starts_with("math.") ||
         target.starts_with("#");
}

/// deserialize_inputs: every argument without a default is given, and no recorded name is silently lost where
/// that leaves one missing.
void check_arguments(const ops::Schema& schema, const ops::MatchedInputs& given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const ops::SchemaArg& arg = schema.args[i];
    const bool is_required = (!arg.has_default && !arg.kwarg_only) || is_keyword(arg.name);
    if (is_required && given[i] == nullptr) raise(ErrorType::kKeyError, ir::python_repr(arg.name));
  }
}

class Loader {
 public:
  explicit Loader(const ir::Program& program) {
    for (const auto& [key, range] : program.range_constraints)
      ranges_[std::string(key)] = {range.min.value_or(shapes::kNegOo), range.max.value_or(shapes::kOo)};
  }

  void load(const ir::Program& program) {
    for (std::size_t i = 0; i < program.graph.inputs.size(); ++i) load_input(program, i);
    load_graph(program.graph, program.graph.inputs.size());
    if (!without_value_.empty())
      raise(ErrorType::kValueError, fmt::format("Node.meta {} is missing val field.", without_value_));
    for (const ir::ModuleCallEntry& entry : program.module_call_graph) {
      if (!entry.signature) continue;
      ir::recorded_in_spec(program, *entry.signature);
      for (const ir::Argument& input : entry.signature->inputs) require(program.graph, input, "Input");
      for (const ir::Argument& output : entry.signature->outputs) require(program.graph, output, "Output");
    }
  }

 private:
  void load_input(const ir::Program& program, std::size_t place) {
    const ir::Argument& input = program.graph.inputs[place];
    if (input.kind == ir::ArgKind::kSymInt && input.as<ir::SymArg<std::int64_t>>().id == ir::kNoValue)
      raise(ErrorType::kSerializeError, "Deserializing a constant symint as an input");
    define(program.graph, input);
  }

  /// Inputs first, unless `defined` of them were.
  void load_graph(const ir::Graph& graph, std::size_t defined) {
    for (std::size_t i = defined; i < graph.inputs.size(); ++i) define(graph, graph.inputs[i]);
    for (const ir::Node& node : graph.nodes) {
      try {
        load_node(graph, node);
      } catch (const Failure& e) {
        raise(ErrorType::kSerializeError, fmt::format("Failed deserializing node {} ({})\n Original exception {}",
                                                      node.name, node.target, e.what()));
      }
    }
    for (const ir::Argument& output : graph.outputs) load_output(graph, output);
  }

  /// deserialize_graph_output
  void load_output(const ir::Graph& graph, const ir::Argument& output) {
    using enum ir::ArgKind;
    static constexpr ir::ArgKind kTaken[] = {kTensor, kSymInt, kSymBool, kSymFloat, kInt, kFloat, kBool, kNone};
    if (output.kind == kString)
      raise(ErrorType::kSerializeError,
            fmt::format("Unable to deserialize output node Argument(as_string={})", output.as<ir::Text>()));
    if (std::find(std::begin(kTaken), std::end(kTaken), output.kind) == std::end(kTaken))
      raise(ErrorType::kSerializeError, "Unable to deserialize output node");
    use(graph, output);
  }

  void load_node(const ir::Graph& graph, const ir::Node& node) {
    if (node.target == "torch.ops.higher_order.triton_kernel_wrapper_functional")
      raise(ErrorType::kSerializeError,
            "deserialize nyi for torch._higher_order_ops.triton_kernel_wrap.triton_kernel_wrapper_functional");
    const ops::Schema* schema = ops::find_schema_of_target(node.target);
    if (!is_registered(node.target, schema))
      raise(ErrorType::kSerializeError,
            fmt::format("We failed to resolve {} to an operator. If it's a custom op/custom triton op, this is usually "
                        "because the custom op is not registered when deserializing. Please import the custom op to "
                        "register it before deserializing. Otherwise, please file an issue on github.",
                        node.target));
    for (const ir::NamedArgument& input : node.inputs) use(graph, input.arg);
    const bool is_item = node.target == "torch.ops.aten.item.default";
    if (schema != nullptr && !is_item) {
      ops::match_inputs(*schema, node, given_);
      check_arguments(*schema, given_);
    }
    for (const ir::Argument& output : node.outputs) define(graph, output);
    if (node.target == "torch.ops.aten._assert_scalar.default") load_assertion(graph, node);
    if (node.outputs.empty() && node.target.starts_with(kHop) && without_value_.empty()) without_value_ = node.name;
  }

  /// The loader asks for the truth of what an assertion reads.
  void load_assertion(const ir::Graph& graph, const ir::Node& node) {
    const auto first = std::find_if(node.inputs.begin(), node.inputs.end(), [](const ir::NamedArgument& input) {
      return input.kind == ir::InputKind::kPositional;
    });
    if (first == node.inputs.end()) raise(ErrorType::kIndexError, "tuple index out of range");
    ir::for_each_slot(first->arg, [&](ir::ValueId id) {
      if (id == ir::kNoValue) return;
      const auto* sym = std::get_if<ir::SymMeta>(&graph.values[static_cast<std::size_t>(id)].meta);
      const auto* condition = sym == nullptr ? nullptr : std::get_if<SymBool>(&sym->value);
      if (condition != nullptr && !condition->is_bool()) need_ranges(condition->node());
    });
  }

  void use(const ir::Graph& graph, const ir::Argument& arg) {
    if (arg.kind == ir::ArgKind::kGraph) {
      if (const auto& body = arg.as<ir::GraphArg>().graph) load_body(*body);
      return;
    }
    ir::for_each_slot(arg, [&](ir::ValueId id) {
      if (id == ir::kNoValue) return;
      if (!is_defined(id))
        raise(ErrorType::kKeyError, ir::python_repr(graph.values[static_cast<std::size_t>(id)].name));
    });
  }

  /// torch/_export/verifier.py _verify_exported_program_module_call_graph
  void require(const ir::Graph& graph, const ir::Argument& arg, std::string_view what) {
    ir::for_each_slot(arg, [&](ir::ValueId id) {
      if (id == ir::kNoValue) return;
      const ir::Text name = graph.values[static_cast<std::size_t>(id)].name;
      if (!name.empty() && !is_defined(id))
        raise(ErrorType::kSerializeError, fmt::format("{} {} does not exist in the graph.", what, name));
    });
  }

  /// A sub-graph has its own names. How deep they nest is limited where a program is read.
  void load_body(const ir::Graph& body) {
    std::vector<bool> outer = std::exchange(defined_, {});
    load_graph(body, 0);
    defined_ = std::move(outer);
  }

  void define(const ir::Graph& graph, const ir::Argument& arg) {
    ir::for_each_slot(arg, [&](ir::ValueId id) {
      if (id == ir::kNoValue) return;
      const ir::Value& value = graph.values[static_cast<std::size_t>(id)];
      if (is_defined(id))
        raise(ErrorType::kSerializeError, fmt::format("Node {} has already been deserialized before.", value.name));
      defined_.resize(graph.values.size(), false);
      defined_[static_cast<std::size_t>(id)] = true;
      load_meta(value);
    });
  }

  [[nodiscard]] bool is_defined(ir::ValueId id) const {
    return static_cast<std::size_t>(id) < defined_.size() && defined_[static_cast<std::size_t>(id)];
  }

  void load_meta(const ir::Value& value) {
    if (const auto* tensor = ir::tensor_of(value.meta)) {
      load_tensor(*tensor);
    } else if (const auto* sym = std::get_if<ir::SymMeta>(&value.meta)) {
      const auto* number = std::get_if<SymInt>(&sym->value);
      const auto* hint = std::get_if<std::int64_t>(&sym->hint);
      if (number != nullptr && !number->is_int())
        load_expression(number->node(), hint == nullptr ? std::nullopt : std::optional(*hint));
    } else if (std::holds_alternative<std::monostate>(value.meta)) {
      raise(ErrorType::kKeyError, ir::python_repr(value.name));
    }
  }

  void load_tensor(const ir::TensorMeta& meta) {
    const std::size_t rank = meta.sizes.size();
    const auto hint = [&](std::size_t i) { return i < meta.hints.size() ? meta.hints[i] : std::nullopt; };
    for (std::size_t i = 0; i < rank; ++i)
      if (!meta.sizes[i].is_int()) load_expression(meta.sizes[i].node(), hint(i));
    for (const SymInt& size : meta.sizes)  // are they at least 0?
      if (!size.is_int() && !size.node()->is_nonnegative) need_ranges(size.node());
    for (std::size_t i = 0; i < meta.strides.size(); ++i)
      if (!meta.strides[i].is_int()) load_expression(meta.strides[i].node(), hint(rank + i));
    if (meta.requires_grad && !is_floating(meta.dtype) && !is_complex(meta.dtype))
      raise(ErrorType::kRuntimeError, "Only Tensors of floating point and complex dtype can require gradients");
  }

  /// A question about symbols whose range no file tells has no answer.
  void need_ranges(expr::Expr e) const {
    for (const expr::Expr symbol : expr::free_symbols(e)) {
      if (ranges_.contains(std::string(symbol->name))) continue;
      if (symbol == e) raise(ErrorType::kKeyError, std::string(symbol->name));
      raise(ErrorType::kAssertionError, fmt::format("vr must not be None for symbol {}", symbol->name));
    }
  }

  /// _parse_sym_expr: the first hint of an expression stays; its recorded range must hold it. The range is applied
  /// once (constrain_symbol_range is memoised), so an operand seen before it has a hint is never held against it.
  void load_expression(expr::Expr e, std::optional<std::int64_t> hint) {
    if (ranges_.empty() || constrained_.contains(e)) return;
    std::vector<expr::Expr> operands(e->args.begin(), e->args.end());
    while (!operands.empty()) {
      const expr::Expr operand = operands.back();
      operands.pop_back();
      if (constrained_.contains(operand)) continue;  // and so are its own
      constrain(operand);
      operands.insert(operands.end(), operand->args.begin(), operand->args.end());
    }
    if (hint) hints_.try_emplace(e, *hint);
    constrain(e);
  }

  void constrain(expr::Expr e) {
    if (!constrained_.insert(e).second) return;
    const auto range = ranges_.find(expr::str(e));
    if (range == ranges_.end()) return;
    const auto hint = hints_.find(e);
    if (hint == hints_.end() || range->second.contains(hint->second)) return;
    const auto bound = [](std::int64_t v) {
      return v == shapes::kOo ? "int_oo" : v == shapes::kNegOo ? "-int_oo" : fmt::format("{}", v);
    };
    raise(ErrorType::kAssertionError,
          fmt::format("{} not in VR[{}, {}]", hint->second, bound(range->second.lower), bound(range->second.upper)));
  }

  std::unordered_map<std::string, shapes::ValueRange> ranges_;
  std::unordered_map<expr::Expr, std::int64_t> hints_;
  std::unordered_set<expr::Expr> constrained_;
  std::vector<bool> defined_;  // of the present graph's values, each of which has a name of its own
  ops::MatchedInputs given_;
  ir::Text without_value_;  // a higher-order operator that gives nothing, which the verifier refuses
};

}  // namespace

void check_loads(const ir::Program& program) { Loader(program).load(program); }

}  // namespace retrace::rebuild
