// SPDX-License-Identifier: Apache-2.0
#include "core/ir/input_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/base/failure.h"

namespace retrace::ir {
namespace {

/// UL _get_codegen.
std::vector<std::string> argument_names(const ModuleCallSignature* signature, const TreeSpec& args,
                                        const TreeSpec& kwargs) {
  if (signature != nullptr && signature->forward_arg_names && !signature->forward_arg_names->empty())
    return {signature->forward_arg_names->begin(), signature->forward_arg_names->end()};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < args.children.size(); ++i) names.push_back(fmt::format("arg_{}", i));
  names.insert(names.end(), kwargs.names.begin(), kwargs.names.end());
  return names;
}

/// An argument and the flat place of its first leaf.
struct BoundArgument {
  const TreeSpec* tree = nullptr;
  std::size_t first = 0;
};

std::vector<BoundArgument> bind_arguments(const std::vector<std::string>& names, const TreeSpec& args,
                                          const TreeSpec& kwargs) {
  if (args.children.size() > names.size()) raise(ErrorType::kTypeError, "too many positional arguments");
  std::vector<BoundArgument> bound(names.size());
  std::size_t first = 0;
  for (std::size_t i = 0; i < args.children.size(); ++i) {
    bound[i] = {&args.children[i], first};
    first += args.children[i].num_leaves();
  }
  for (std::size_t i = 0; i < kwargs.children.size(); ++i) {
    const auto name = std::find(names.begin(), names.end(), kwargs.names[i]);
    if (name == names.end())
      raise(ErrorType::kTypeError, fmt::format("got an unexpected keyword argument '{}'", kwargs.names[i]));
    BoundArgument& argument = bound[static_cast<std::size_t>(name - names.begin())];
    if (argument.tree != nullptr)
      raise(ErrorType::kTypeError, fmt::format("multiple values for argument '{}'", kwargs.names[i]));
    argument = {&kwargs.children[i], first};
    first += kwargs.children[i].num_leaves();
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (bound[i].tree == nullptr)
      raise(ErrorType::kTypeError, fmt::format("missing a required argument: '{}'", names[i]));
  return bound;
}

/// Depth is limited by parse_tree_spec.
void collect_paths(const TreeSpec& tree, std::string& path, std::vector<std::string>& out) {
  if (tree.is_leaf()) {
    out.push_back(path);
    return;
  }
  for (std::size_t i = 0; i < tree.children.size(); ++i) {
    const std::size_t length = path.size();
    path += tree.keys[i];
    collect_paths(tree.children[i], path, out);
    path.resize(length);
  }
}

const ModuleCallSignature* root_signature(const Program& program) {
  if (program.module_call_graph.empty() || !program.module_call_graph[0].signature) return nullptr;
  return &*program.module_call_graph[0].signature;
}

/// A program without a recorded signature takes its user inputs by place.
TreeSpec flat_in_spec(std::size_t inputs) {
  TreeSpec args{TreeSpec::Kind::kTuple, "builtins.tuple", {}, {}, std::vector<TreeSpec>(inputs)};
  for (std::size_t i = 0; i < inputs; ++i) args.keys.push_back(fmt::format("[{}]", i));
  TreeSpec kwargs{TreeSpec::Kind::kDict, "builtins.dict", {}, {}, {}};
  return {TreeSpec::Kind::kTuple, "builtins.tuple", {"[0]", "[1]"}, {}, {std::move(args), std::move(kwargs)}};
}

InputTree make_tree(const Program& program, const ModuleCallSignature* signature, std::size_t inputs) {
  const TreeSpec in_spec = signature != nullptr ? recorded_in_spec(program, *signature) : flat_in_spec(inputs);
  if (in_spec.num_leaves() != inputs) raise(ErrorType::kSerializeError, "in_spec and the user inputs differ in number");
  const auto& [args, kwargs] = std::pair<const TreeSpec&, const TreeSpec&>(in_spec.children[0], in_spec.children[1]);
  const std::vector<std::string> names = argument_names(signature, args, kwargs);
  InputTree out;
  out.arguments.kind = TreeSpec::Kind::kDict;
  out.arguments.type = "builtins.dict";
  const std::vector<BoundArgument> bound = bind_arguments(names, args, kwargs);
  for (std::size_t i = 0; i < names.size(); ++i) {
    out.arguments.names.push_back(names[i]);
    out.arguments.keys.push_back(fmt::format("[{}]", python_repr(names[i])));
    out.arguments.children.push_back(*bound[i].tree);
    for (std::size_t leaf = 0; leaf < bound[i].tree->num_leaves(); ++leaf) out.flat.push_back(bound[i].first + leaf);
  }
  std::string path;
  collect_paths(out.arguments, path, out.paths);
  return out;
}

/// All that a tree is made of, as one text.
std::string question(const ModuleCallSignature& signature, std::size_t inputs) {
  std::string text = fmt::format("{}\n{}\n", inputs, signature.in_spec);
  if (signature.forward_arg_names)
    for (const Text name : *signature.forward_arg_names) (text += name) += '\n';
  return text;
}

}  // namespace

TreeSpec recorded_in_spec(const Program& program, const ModuleCallSignature& signature) {
  TreeSpec spec;
  try {
    spec = parse_tree_spec(signature.in_spec, program.treespec_namedtuple_fields);
  } catch (const std::invalid_argument& error) {
    raise(ErrorType::kSerializeError, fmt::format("in_spec: {}", error.what()));
  }
  if (spec.children.size() != 2 || spec.children[1].kind != TreeSpec::Kind::kDict)
    raise(ErrorType::kSerializeError, "in_spec is not (args, kwargs)");
  return spec;
}

std::vector<std::size_t> user_input_places(const Program& program) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < program.input_specs.size(); ++i)
    if (program.input_specs[i].is_user()) places.push_back(i);
  return places;
}

std::shared_ptr<const InputTree> input_tree(const Program& program) {
  const ModuleCallSignature* signature = root_signature(program);
  const std::size_t inputs = user_input_places(program).size();
  if (signature == nullptr || !program.treespec_namedtuple_fields.empty())
    return std::make_shared<const InputTree>(make_tree(program, signature, inputs));
  // A check asks some seven times, of programs with one signature.
  thread_local std::string asked;
  thread_local std::shared_ptr<const InputTree> answer;
  std::string asking = question(*signature, inputs);
  if (answer == nullptr || asking != asked) {
    answer = std::make_shared<const InputTree>(make_tree(program, signature, inputs));
    asked = std::move(asking);
  }
  return answer;
}

}  // namespace retrace::ir
