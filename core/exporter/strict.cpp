// SPDX-License-Identifier: Apache-2.0
// Strict export: Dynamo captures the module first, then its graph is traced to aten (export/_trace.py
// _strict_export, _dynamo/functional_export.py _dynamo_graph_capture_for_export).
//
// Capture is a trace of its own over the same shape environment: it asks the same questions (so the guards are
// its guards) and allocates unbacked symbols, which the aten trace's are renamed to.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/base/ascii.h"
#include "core/exporter/finish/passes.h"
#include "core/exporter/mode.h"
#include "core/trace/interpreter.h"

namespace retrace::exporter {
namespace {

using trace::Node;
using trace::NodeOp;

/// Lifted inputs that are one tensor go by the first name (Dynamo knows an attribute by its identity).
std::unordered_map<std::string, std::string> first_names(const ir::Program& program,
                                                         const std::vector<GraphInput>& lifted) {
  std::unordered_map<std::string, std::string> out;
  for (const std::vector<ir::Text>& group : program.tied) {
    const auto first = std::find_if(lifted.begin(), lifted.end(), [&](const GraphInput& input) {
      return std::find(group.begin(), group.end(), input.spec.name) != group.end();
    });
    if (first == lifted.end()) continue;
    for (const ir::Text name : group) out.emplace(name, first->spec.name);
  }
  return out;
}

/// One capture: the graph run over copies of the fake inputs.
class Capture {
 public:
  Capture(trace::Session& session, const ir::Callable& callable, Captured program)
      : session_(session), tracer_(session), program_(std::move(program)) {
    names_ = first_names(callable.program, program_.lifted);
    for (const GraphInput& input : program_.lifted) {
      values_.emplace(input.spec.name, &input.value);
      // Dynamo makes a constant a fake input, whose value nobody knows.
      if (input.value.holds<FakeTensor*>()) input.value.get<FakeTensor*>()->constant.reset();
    }
  }

  Captured run() {
    trace::Interpreter interpreter(tracer_,
                                   [](trace::Session&, trace::GraphModule& body) { drop_dead_nodes(body.graph); });
    session_.keeps_regions = true;
    refuse_constants_inside_vmap();
    note_unused();
    const std::vector<trace::Traced> results = interpreter.run_apart(*program_.module, bind_inputs());
    session_.keeps_regions = false;
    keep_geometry();
    tracer_.output(results);
    drop_dead_symbols(tracer_.graph());
    specialise_unused();
    order_lifted();
    return {tracer_.take_module(), std::move(lifted_), std::move(program_.users), std::move(program_.copies)};
  }

 private:
  trace::Interpreter::Environment bind_inputs() {
    trace::Interpreter::Environment env;
    std::unordered_map<std::string, trace::Traced> attributes;
    std::size_t user = 0;
    for (const Node* node : program_.module->graph.nodes()) {
      if (node->op == NodeOp::kPlaceholder)
        env[node] = user_input(user++);
      else if (node->op == NodeOp::kGetAttr)
        env[node] = attribute(*node, attributes);
    }
    return env;
  }

  /// Dynamo's fake inputs are leaves as the real ones are.
  Value copy_of(const Value& value) {
    Value copy = trace::snapshot(session_, value);
    if (value.holds<FakeTensor*>()) {
      copy.get<FakeTensor*>()->requires_grad = value.get<FakeTensor*>()->requires_grad;
      program_.copies.emplace_back(value.get<FakeTensor*>(), copy.get<FakeTensor*>());
    }
    return copy;
  }

  /// Named as its source, L['flat_args'][i], is.
  trace::Traced user_input(std::size_t i) {
    user_copies_.push_back(copy_of(program_.users[i].value));
    return tracer_.placeholder(fmt::format("l_flat_args_{}_", i), user_copies_.back());
  }

  /// Dynamo runs on the very fake inputs: what an operator resized or turned in place is so when the aten trace begins.
  void keep_geometry() {
    for (std::size_t i = 0; i < user_copies_.size(); ++i) {
      if (!user_copies_[i].holds<FakeTensor*>()) continue;
      const FakeTensor& copy = *user_copies_[i].get<FakeTensor*>();
      FakeTensor& input = *program_.users[i].value.get<FakeTensor*>();
      input.sizes = copy.sizes;
      input.strides = copy.strides;
      input.storage_offset = copy.storage_offset;
    }
  }

  trace::Traced attribute(const Node& node, std::unordered_map<std::string, trace::Traced>& attributes) {
    const auto renamed = names_.find(std::string(node.target));
    const std::string name(renamed == names_.end() ? node.target : renamed->second);
    const auto [known, is_new] = attributes.try_emplace(name);
    if (!is_new) return known->second;
    Node& made = tracer_.graph().create(NodeOp::kGetAttr, name, {}, {}, attribute_name(name));
    return known->second = tracer_.track(made, copy_of(*values_.at(name)));
  }

  /// Dynamo makes a fake input of a constant where it meets it first (MetaConverter: requires_grad_), which no
  /// functorch transform allows inside it.
  void refuse_constants_inside_vmap() const {
    std::unordered_set<std::string_view> unmet;
    for (const GraphInput& input : program_.lifted)
      if (input.spec.kind == ir::InputSpecKind::kTensorConstant) unmet.insert(input.spec.name);
    int depth = 0;
    for (const Node* node = program_.module->graph.first(); node != nullptr && !unmet.empty();
         node = program_.module->graph.after(*node)) {
      if (node->target.ends_with("predispatch._vmap_increment_nesting")) ++depth;
      if (node->target.ends_with("predispatch._vmap_decrement_nesting")) --depth;
      for (const Node* input : trace::all_input_nodes(*node)) {
        if (input->op != NodeOp::kGetAttr || unmet.erase(input->target) == 0 || depth == 0) continue;
        raise(ErrorType::kRuntimeError,
              "You are attempting to call Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs) "
              "inside of a function being transformed by a functorch transform.");
      }
    }
  }

  /// OutputGraph.module_key_name.
  static std::string attribute_name(std::string_view fqn) {
    std::string name(fqn);
    for (char& c : name) c = is_alphanumeric(c) ? lower(c) : '_';
    return name;
  }

  void note_unused() {
    for (const Node* placeholder : program_.module->graph.placeholders()) unused_.push_back(placeholder->users.empty());
  }
  /// An int input that guards made a number stays a symbol only where the callable's nodes take it. One that is not
  /// part of Dynamo's graph is the number that it was given (OutputGraph.remove_unused_graphargs).
  void specialise_unused() {
    if (std::none_of(program_.users.begin(), program_.users.end(),
                     [](const GraphInput& input) { return input.value.holds<SymInt>(); }))
      return;
    const std::vector<Node*> placeholders = tracer_.graph().placeholders();
    const std::unordered_set<expr::Expr> bound = symbols_of_tensors(placeholders);
    for (std::size_t i = 0; i < unused_.size() && i < program_.users.size(); ++i) {
      Value& value = program_.users[i].value;
      if (!value.holds<SymInt>()) continue;
      const Value now = trace::replaced(session_.env(), value);
      if (placeholders[i]->users.empty() && !is_bound(now.get<SymInt>(), bound)) {
        value = Value(SymInt(session_.env().hint_or(value.get<SymInt>(), 0)));
      } else if (unused_[i]) {
        value = now;
      }
    }
  }

  /// Of the tensors that nodes take.
  std::unordered_set<expr::Expr> symbols_of_tensors(const std::vector<Node*>& placeholders) {
    std::unordered_set<expr::Expr> out;
    const auto add = [&](const SymInt& size) {
      if (size.is_int()) return;
      for (const expr::Expr symbol : expr::free_symbols(session_.env().replace(size.node()))) out.insert(symbol);
    };
    for (std::size_t i = 0; i < placeholders.size() && i < program_.users.size(); ++i) {
      const Value& value = program_.users[i].value;
      if (placeholders[i]->users.empty() || !value.holds<FakeTensor*>()) continue;
      const FakeTensor& t = *value.get<FakeTensor*>();
      std::for_each(t.sizes.begin(), t.sizes.end(), add);
      std::for_each(t.strides.begin(), t.strides.end(), add);
      add(t.storage_offset);
    }
    return out;
  }
  static bool is_bound(const SymInt& input, const std::unordered_set<expr::Expr>& symbols) {
    return !input.is_int() && symbols.contains(input.node());
  }

  /// Lifted inputs that no node uses are not part of Dynamo's graph. Parameters come first, then buffers, then
  /// constants in order of first use.
  void order_lifted() {
    std::unordered_map<std::string_view, std::size_t> first_use;
    for (Node* node : tracer_.graph().nodes()) {
      if (node->op == NodeOp::kGetAttr && node->users.empty()) tracer_.graph().erase(*node);
      for (const Node* input : trace::all_input_nodes(*node))
        if (input->op == NodeOp::kGetAttr) first_use.try_emplace(input->target, first_use.size());
    }
    const auto rank = [&](const GraphInput& input) -> std::size_t {
      if (input.spec.kind == ir::InputSpecKind::kParameter) return 0;
      if (input.spec.kind == ir::InputSpecKind::kBuffer) return 1;
      return 2 + first_use.at(input.spec.name);
    };
    std::copy_if(program_.lifted.begin(), program_.lifted.end(), std::back_inserter(lifted_),
                 [&](const GraphInput& input) { return first_use.contains(input.spec.name); });
    std::stable_sort(lifted_.begin(), lifted_.end(),
                     [&](const GraphInput& x, const GraphInput& y) { return rank(x) < rank(y); });
  }

  trace::Session& session_;
  trace::Tracer tracer_;
  Captured program_;
  std::unordered_map<std::string, std::string> names_;
  std::unordered_map<std::string_view, const Value*> values_;
  std::vector<GraphInput> lifted_;
  std::vector<Value> user_copies_;
  std::vector<bool> unused_;  // of the callable's placeholders
};

Captured capture(trace::Session& session, const ir::Callable& callable, Captured program) {
  return Capture(session, callable, std::move(program)).run();
}

}  // namespace

const ModeRecord& strict_mode() {
  static const ModeRecord kMode{Mode::kStrict, bind::SourceStyle::kFlatArgs, false, capture, true, true, true};
  return kMode;
}

}  // namespace retrace::exporter
