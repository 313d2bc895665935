// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_reader.h"

#include <fmt/format.h>

#include "serializers/program/graph_reader.h"
#include "serializers/program/schema_names.h"

namespace retrace::serializers {
namespace {

class ProgramReader {
 public:
  explicit ProgramReader(ir::Program& program)
      : program_(program), context_(program), cursor_(context_.cursor), graph_(context_, program.graph) {}

  void read(Json root);

 private:
  void read_version(Json value);
  void read_graph_module(Json value);
  void read_signature(Json value);
  void read_input_spec(Json value);
  void read_output_spec(Json value);
  void read_module_call(Json value);
  ir::ModuleCallSignature module_call_signature(Json value);
  void read_range(std::string_view key, Json value);
  void read_named_tuple(std::string_view key, Json value);
  void check_parallel() const;

  /// Runs f on the field with the place set; nothing where it is absent.
  template <typename F>
  void in(const std::optional<Json>& field, std::string_view name, F&& f) {
    if (!field) return;
    const JsonCursor::At at(cursor_, name);
    f(*field);
  }
  template <typename F>
  void in_each(const std::optional<Json>& field, std::string_view name, F&& f) {
    in(field, name, [&](Json value) { cursor_.each(value, f); });
  }

  ir::Program& program_;
  ReadContext context_;
  JsonCursor& cursor_;
  GraphReader graph_;
};

void ProgramReader::read(Json root) {
  static constexpr std::string_view kNames[] = {"graph_module", "opset_version", "range_constraints", "schema_version",
                                                "verifiers",    "torch_version", "guards_code"};
  const auto f = cursor_.fields(root, kNames);
  if (!f[0] && !f[3]) cursor_.fail("not a torch.export program: neither 'graph_module' nor 'schema_version'");
  cursor_.need(f[3], kNames[3]);
  in(f[3], kNames[3], [&](Json v) { read_version(v); });
  cursor_.need(f[0], kNames[0]);
  in(f[0], kNames[0], [&](Json v) { read_graph_module(v); });
  in(f[1], kNames[1], [&](Json v) {
    cursor_.each_field(v, [&](std::string_view key, Json version) {
      program_.opset_version.emplace_back(context_.texts.store(key), cursor_.integer(version));
    });
  });
  in(f[2], kNames[2],
     [&](Json v) { cursor_.each_field(v, [&](std::string_view key, Json range) { read_range(key, range); }); });
  in(f[4], kNames[4], [&](Json v) { program_.verifiers = context_.text_list(v); });
  program_.torch_version = f[5] ? context_.text(*f[5]) : "<=2.4";
  in(f[6], kNames[6], [&](Json v) { program_.guards_code = context_.text_list(v); });
}

void ProgramReader::read_version(Json value) {
  static constexpr std::string_view kNames[] = {"major", "minor"};
  const auto f = cursor_.fields(value, kNames);
  program_.schema_major = cursor_.integer(cursor_.need(f[0], kNames[0]));
  program_.schema_minor = cursor_.integer(cursor_.need(f[1], kNames[1]));
  if (program_.schema_major != kSchemaMajor)
    cursor_.fail(fmt::format("schema {}.{} is not read, only major {}", program_.schema_major, program_.schema_minor,
                             kSchemaMajor));
}

void ProgramReader::read_graph_module(Json value) {
  static constexpr std::string_view kNames[] = {"graph", "signature", "module_call_graph", "metadata",
                                                "treespec_namedtuple_fields"};
  const auto f = cursor_.fields(value, kNames);
  cursor_.need(f[0], kNames[0]);
  cursor_.need(f[1], kNames[1]);
  in(f[0], kNames[0], [&](Json v) { graph_.read(v); });
  in(f[1], kNames[1], [&](Json v) { read_signature(v); });
  in_each(f[2], kNames[2], [&](Json entry) { read_module_call(entry); });
  in(f[3], kNames[3], [&](Json v) { program_.graph_metadata = context_.text_map(v); });
  in(f[4], kNames[4],
     [&](Json v) { cursor_.each_field(v, [&](std::string_view key, Json tuple) { read_named_tuple(key, tuple); }); });
}

void ProgramReader::read_named_tuple(std::string_view key, Json value) {
  static constexpr std::string_view kNames[] = {"field_names"};
  const auto f = cursor_.fields(value, kNames);
  program_.treespec_namedtuple_fields.emplace_back(context_.texts.store(key),
                                                   context_.text_list(cursor_.need(f[0], kNames[0])));
}

// ---- Signature.

void ProgramReader::read_signature(Json value) {
  static constexpr std::string_view kNames[] = {"input_specs", "output_specs"};
  const auto f = cursor_.fields(value, kNames);
  cursor_.need(f[0], kNames[0]);
  cursor_.need(f[1], kNames[1]);
  in_each(f[0], kNames[0], [&](Json spec) { read_input_spec(spec); });
  in_each(f[1], kNames[1], [&](Json spec) { read_output_spec(spec); });
  check_parallel();
}

void ProgramReader::check_parallel() const {
  const ir::Graph& graph = program_.graph;
  if (program_.input_specs.size() != graph.inputs.size())
    cursor_.fail(
        fmt::format("{} input specs, but the graph has {} inputs", program_.input_specs.size(), graph.inputs.size()));
  if (program_.output_specs.size() != graph.outputs.size())
    cursor_.fail(fmt::format("{} output specs, but the graph has {} outputs", program_.output_specs.size(),
                             graph.outputs.size()));
}

ir::Argument constant(ReadContext& context, Json value) {
  const auto [kind, v] = context.cursor.one(value);
  if (kind == "as_none") return {};
  if (kind == "as_int") return {ir::ArgKind::kInt, context.cursor.integer(v)};
  if (kind == "as_float") return {ir::ArgKind::kFloat, context.cursor.number(v)};
  if (kind == "as_string") return {ir::ArgKind::kString, context.text(v)};
  if (kind == "as_bool") return {ir::ArgKind::kBool, context.cursor.boolean(v)};
  context.cursor.fail(fmt::format("unknown constant '{}'", kind));
}

void ProgramReader::read_input_spec(Json value) {
  const auto [kind, body] = cursor_.one(value);
  const JsonCursor::At at(cursor_, kind);
  std::size_t k = 0;
  while (k < kInputSpecNames.size() && kInputSpecNames[k].kind != kind) ++k;
  if (k == kInputSpecNames.size()) cursor_.fail(fmt::format("unknown input '{}'", kind));
  const std::string_view names[] = {"arg", kInputSpecNames[k].name, "persistent", "value"};
  const auto f = cursor_.fields(body, names);
  ir::InputSpec spec;
  spec.kind = static_cast<ir::InputSpecKind>(k);
  if (!names[1].empty()) spec.name = context_.text(cursor_.need(f[1], names[1]));
  switch (spec.kind) {
    case ir::InputSpecKind::kUserInput:
      spec.arg = graph_.argument(cursor_.need(f[0], names[0]));
      break;
    case ir::InputSpecKind::kConstantInput:
      spec.arg = constant(context_, cursor_.need(f[3], names[3]));
      break;
    case ir::InputSpecKind::kCustomObj:
      spec.arg = {ir::ArgKind::kCustomObj, graph_.custom_obj(cursor_.need(f[0], names[0]))};
      break;
    default:
      spec.arg = {ir::ArgKind::kTensor, graph_.named(cursor_.need(f[0], names[0]))};
      break;
  }
  if (f[2]) spec.persistent = cursor_.boolean(*f[2]);
  program_.input_specs.push_back(std::move(spec));
}

void ProgramReader::read_output_spec(Json value) {
  const auto [kind, body] = cursor_.one(value);
  const JsonCursor::At at(cursor_, kind);
  std::size_t k = 0;
  while (k < kOutputSpecNames.size() && kOutputSpecNames[k].kind != kind) ++k;
  if (k == kOutputSpecNames.size()) cursor_.fail(fmt::format("unknown output '{}'", kind));
  const std::string_view names[] = {"arg", kOutputSpecNames[k].name};
  const auto f = cursor_.fields(body, names);
  ir::OutputSpec spec;
  spec.kind = static_cast<ir::OutputSpecKind>(k);
  const Json arg = cursor_.need(f[0], names[0]);
  if (spec.kind == ir::OutputSpecKind::kUserOutput)
    spec.arg = graph_.argument(arg);
  else
    spec.arg = {ir::ArgKind::kTensor, graph_.named(arg)};
  if (!names[1].empty()) spec.name = context_.text(cursor_.need(f[1], names[1]));
  program_.output_specs.push_back(std::move(spec));
}

// ---- Module call graph, ranges.

void ProgramReader::read_module_call(Json value) {
  static constexpr std::string_view kNames[] = {"fqn", "signature"};
  const auto f = cursor_.fields(value, kNames);
  ir::ModuleCallEntry entry;
  entry.fqn = context_.text(cursor_.need(f[0], kNames[0]));
  in(f[1], kNames[1], [&](Json v) { entry.signature = module_call_signature(v); });
  program_.module_call_graph.push_back(std::move(entry));
}

ir::ModuleCallSignature ProgramReader::module_call_signature(Json value) {
  static constexpr std::string_view kNames[] = {"inputs", "outputs", "in_spec", "out_spec", "forward_arg_names"};
  const auto f = cursor_.fields(value, kNames);
  ir::ModuleCallSignature out;
  in(f[0], kNames[0], [&](Json v) { out.inputs = graph_.arguments(v); });
  in(f[1], kNames[1], [&](Json v) { out.outputs = graph_.arguments(v); });
  out.in_spec = context_.text(cursor_.need(f[2], kNames[2]));
  out.out_spec = context_.text(cursor_.need(f[3], kNames[3]));
  in(f[4], kNames[4], [&](Json v) { out.forward_arg_names = context_.text_list(v); });
  return out;
}

void ProgramReader::read_range(std::string_view key, Json value) {
  static constexpr std::string_view kNames[] = {"min_val", "max_val"};
  const auto f = cursor_.fields(value, kNames);
  ir::RangeConstraint range;
  if (f[0]) range.min = cursor_.integer(*f[0]);
  if (f[1]) range.max = cursor_.integer(*f[1]);
  program_.range_constraints.emplace_back(context_.texts.store(key), range);
}

}  // namespace

Result<ir::Program> read_program(std::string bytes, const std::string& file, const std::string& place) {
  try {
    const JsonDocument document(std::move(bytes));
    ir::Program program;
    ProgramReader(program).read(document.root());
    return program;
  } catch (const ReadFailure& failure) {
    const std::string sep = place.empty() || failure.place.empty() ? "" : " ";
    return tl::unexpected(LoadError{file, place + sep + failure.place, failure.what()});
  }
}

}  // namespace retrace::serializers
