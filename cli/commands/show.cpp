// SPDX-License-Identifier: Apache-2.0
// show FILE...: a program, readable.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/put_line.h"
#include "core/base/failure.h"
#include "core/bind/bind.h"
#include "core/bind/normalize.h"
#include "core/ir/print.h"
#include "serializers/program/json_writer.h"
#include "serializers/spec/spec_writer.h"

namespace retrace::cli {
namespace {

/// "%x : float32[s77, 3]" where the argument names a value.
std::string described(const ir::Graph& graph, const ir::Argument& arg) {
  if (const auto* id = std::get_if<ir::ValueId>(&arg.payload); id != nullptr && *id != ir::kNoValue)
    return ir::print_value(graph, *id);
  return ir::print(graph, arg);
}

/// Sub-graphs follow their operator, indented. Their depth is limited by the reader.
void show_graph(const ir::Graph& graph, const std::string& indent, std::ostream& out) {
  for (const ir::Argument& input : graph.inputs) put_line(out, "{}input {}", indent, described(graph, input));
  for (const ir::Node& node : graph.nodes) {
    put_line(out, "{}{}", indent, ir::print(graph, node));
    for (const ir::NamedArgument& input : node.inputs)
      if (const auto* sub = std::get_if<ir::GraphArg>(&input.arg.payload)) {
        put_line(out, "{}  {}:", indent, sub->name);
        show_graph(*sub->graph, indent + "    ", out);
      }
  }
  for (const ir::Argument& output : graph.outputs) put_line(out, "{}output {}", indent, ir::print(graph, output));
}

std::string_view kind_name(ir::InputSpecKind kind) {
  constexpr std::string_view kNames[] = {"user input",    "parameter", "buffer",        "tensor constant",
                                         "custom object", "token",     "constant input"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view kind_name(ir::OutputSpecKind kind) {
  constexpr std::string_view kNames[] = {"user output",           "loss output",
                                         "buffer mutation",       "parameter mutation",
                                         "gradient to parameter", "gradient to user input",
                                         "user input mutation",   "token"};
  return kNames[static_cast<std::size_t>(kind)];
}

void show_signature(const ir::Program& program, std::ostream& out) {
  for (const ir::InputSpec& spec : program.input_specs)
    put_line(out, "{}  {}{}{}{}", kind_name(spec.kind), described(program.graph, spec.arg),
             spec.name.empty() ? "" : "  ", spec.name, spec.persistent ? "" : "  (not persistent)");
  for (const ir::OutputSpec& spec : program.output_specs)
    put_line(out, "{}  {}{}{}", kind_name(spec.kind), described(program.graph, spec.arg), spec.name.empty() ? "" : "  ",
             spec.name);
  for (const auto& [name, range] : program.range_constraints)
    put_line(out, "range  {} in [{}, {}]", name, range.min ? std::to_string(*range.min) : "-oo",
             range.max ? std::to_string(*range.max) : "oo");
  for (const ir::Text guard : program.guards_code) put_line(out, "guard  {}", guard);
}

void count_ops(const ir::Graph& graph, std::map<ir::Text, std::size_t>& counts) {
  for (const ir::Node& node : graph.nodes) {
    ++counts[node.target];
    for (const ir::NamedArgument& input : node.inputs)
      if (const auto* sub = std::get_if<ir::GraphArg>(&input.arg.payload)) count_ops(*sub->graph, counts);
  }
}

void show_ops(const ir::Program& program, std::ostream& out) {
  std::map<ir::Text, std::size_t> counts;
  count_ops(program.graph, counts);
  std::vector<std::pair<ir::Text, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [name, count] : sorted) put_line(out, "{:>7}  {}", count, name);
}

void show(const Options& options, const ir::Program& program, std::ostream& out) {
  const bool anything = options.show_signature || options.show_shapes || options.show_ops || options.show_json;
  if (options.show_signature) show_signature(program, out);
  if (options.show_shapes)
    out << serializers::write_spec(bind::normalize(bind::infer_spec(program, true), program).spec);
  if (options.show_ops) show_ops(program, out);
  if (options.show_json) out << serializers::write_program(program) << '\n';
  if (options.show_graph || !anything) show_graph(program.graph, "", out);
}

}  // namespace

int run_show(Context& context) {
  int status = kSame;
  for (const std::string& file : context.options.files) {
    const auto programs = load(file, context);
    if (!programs) {
      context.log.error(programs.error().text());
      status = kTrouble;
      continue;
    }
    const bool titles = context.options.files.size() * programs->size() > 1;
    for (const auto& program : *programs) {
      if (titles) put_line(context.environment.out, "# {}{}", file, program.name.empty() ? "" : "#" + program.name);
      try {
        show(context.options, program.program, context.environment.out);
      } catch (const Failure& failure) {  // of a number that leaves 64 bits while it is printed, or of the spec
        context.log.error(fmt::format("{}: {}", file, failure.what()));
        status = kTrouble;
      }
    }
  }
  return status;
}

}  // namespace retrace::cli
