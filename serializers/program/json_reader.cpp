// SPDX-License-Identifier: Apache-2.0
#include "serializers/program/json_reader.h"

#include <fmt/format.h>

#include "serializers/program/graph_reader.h"
#include "serializers/program/schema_names.h"

namespace retrace::serializers {
namespace {

class ProgramReader {
 public:
  ProgramReader(ir::Program& program, JsonStream& json)
      : program_(program), context_(program, json), json_(json), graph_(context_, program.graph) {}

  void read();
  void read_version();

 private:
  void read_graph_module();
  void read_signature();
  void read_input_spec();
  void read_output_spec();
  void read_module_call();
  ir::ModuleCallSignature module_call_signature();
  void read_range(ir::Text key);
  void read_named_tuple(ir::Text key);
  void check_parallel(const char* where) const;

  ir::Program& program_;
  ReadContext context_;
  JsonStream& json_;
  GraphReader graph_;
};

void ProgramReader::read() {
  static constexpr std::string_view kNames[] = {"graph_module", "opset_version", "range_constraints", "schema_version",
                                                "verifiers",    "torch_version", "guards_code"};
  program_.torch_version = "<=2.4";
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    switch (field) {
      case 0:
        return read_graph_module();
      case 1:
        return context_.each_field([&](ir::Text key) { program_.opset_version.emplace_back(key, json_.integer()); });
      case 2:
        return context_.each_field([&](ir::Text key) { read_range(key); });
      case 3:
        return read_version();
      case 4:
        program_.verifiers = context_.text_list();
        return;
      case 5:
        program_.torch_version = context_.text();
        return;
      default:
        program_.guards_code = context_.text_list();
    }
  });
  json_.end();
  if (!f.has(0) && !f.has(3))
    json_.fail(f.at, "not a torch.export program: neither 'graph_module' nor 'schema_version'");
  json_.need(f, 3, kNames[3]);
  json_.need(f, 0, kNames[0]);
}

void ProgramReader::read_version() {
  static constexpr std::string_view kNames[] = {"major", "minor"};
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    (field == 0 ? program_.schema_major : program_.schema_minor) = json_.integer();
  });
  json_.need(f, 0, kNames[0]);
  json_.need(f, 1, kNames[1]);
  if (program_.schema_major != kSchemaMajor)
    json_.fail(f.at, fmt::format("schema {}.{} is not read, only major {}", program_.schema_major,
                                 program_.schema_minor, kSchemaMajor));
}

void ProgramReader::read_graph_module() {
  static constexpr std::string_view kNames[] = {"graph", "signature", "module_call_graph", "metadata",
                                                "treespec_namedtuple_fields"};
  const char* signature = nullptr;
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    switch (field) {
      case 0:
        return graph_.read();
      case 1:
        signature = json_.here();
        return read_signature();
      case 2:
        return json_.array([&] { read_module_call(); });
      case 3:
        program_.graph_metadata = context_.text_map();
        return;
      default:
        return context_.each_field([&](ir::Text key) { read_named_tuple(key); });
    }
  });
  json_.need(f, 0, kNames[0]);
  json_.need(f, 1, kNames[1]);
  check_parallel(signature);
}

void ProgramReader::read_named_tuple(ir::Text key) {
  static constexpr std::string_view kNames[] = {"field_names"};
  std::vector<ir::Text> names;
  const auto f = json_.fields(kNames, [&](std::size_t) { names = context_.text_list(); });
  json_.need(f, 0, kNames[0]);
  program_.treespec_namedtuple_fields.emplace_back(key, std::move(names));
}

// ---- Signature.

void ProgramReader::read_signature() {
  static constexpr std::string_view kNames[] = {"input_specs", "output_specs"};
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    json_.array([&] { return field == 0 ? read_input_spec() : read_output_spec(); });
  });
  json_.need(f, 0, kNames[0]);
  json_.need(f, 1, kNames[1]);
}

void ProgramReader::check_parallel(const char* where) const {
  const ir::Graph& graph = program_.graph;
  if (program_.input_specs.size() != graph.inputs.size())
    json_.fail(where, fmt::format("{} input specs, but the graph has {} inputs", program_.input_specs.size(),
                                  graph.inputs.size()));
  if (program_.output_specs.size() != graph.outputs.size())
    json_.fail(where, fmt::format("{} output specs, but the graph has {} outputs", program_.output_specs.size(),
                                  graph.outputs.size()));
}

ir::Argument constant(ReadContext& context) {
  ir::Argument out;
  JsonStream& json = context.json;
  json.one([&](std::string_view kind) {
    if (kind == "as_none")
      json.skip();
    else if (kind == "as_int")
      out = {ir::ArgKind::kInt, json.integer()};
    else if (kind == "as_float")
      out = {ir::ArgKind::kFloat, json.number()};
    else if (kind == "as_string")
      out = {ir::ArgKind::kString, context.text()};
    else if (kind == "as_bool")
      out = {ir::ArgKind::kBool, json.boolean()};
    else
      json.fail(fmt::format("unknown constant '{}'", kind));
  });
  return out;
}

/// Index in `table` of the union's field; a failure says "unknown input" or "unknown output".
template <typename Table>
std::size_t spec_kind(const JsonStream& json, const Table& table, std::string_view kind, std::string_view what) {
  std::size_t k = 0;
  while (k < table.size() && table[k].kind != kind) ++k;
  if (k == table.size()) json.fail(fmt::format("unknown {} '{}'", what, kind));
  return k;
}

void ProgramReader::read_input_spec() {
  ir::InputSpec spec;
  json_.one([&](std::string_view kind) {
    const std::size_t k = spec_kind(json_, kInputSpecNames, kind, "input");
    spec.kind = static_cast<ir::InputSpecKind>(k);
    const bool constant_input = spec.kind == ir::InputSpecKind::kConstantInput;
    const std::string_view names[] = {"arg", kInputSpecNames[k].name, "persistent", "value"};
    const auto f = json_.fields(names, [&](std::size_t field) {
      if (field == 1) {
        spec.name = context_.text();
      } else if (field == 2) {
        spec.persistent = json_.boolean();
      } else if ((field == 3) != constant_input) {
        json_.skip();  // a field of another kind of input
      } else if (constant_input) {
        spec.arg = constant(context_);
      } else if (spec.kind == ir::InputSpecKind::kUserInput) {
        spec.arg = graph_.argument();
      } else if (spec.kind == ir::InputSpecKind::kCustomObj) {
        spec.arg = {ir::ArgKind::kCustomObj, graph_.custom_obj()};
      } else {
        spec.arg = {ir::ArgKind::kTensor, graph_.named()};
      }
    });
    if (!names[1].empty()) json_.need(f, 1, names[1]);
    json_.need(f, constant_input ? 3 : 0, names[constant_input ? 3 : 0]);
  });
  program_.input_specs.push_back(std::move(spec));
}

void ProgramReader::read_output_spec() {
  ir::OutputSpec spec;
  json_.one([&](std::string_view kind) {
    const std::size_t k = spec_kind(json_, kOutputSpecNames, kind, "output");
    spec.kind = static_cast<ir::OutputSpecKind>(k);
    const std::string_view names[] = {"arg", kOutputSpecNames[k].name};
    const auto f = json_.fields(names, [&](std::size_t field) {
      if (field == 1)
        spec.name = context_.text();
      else if (spec.kind == ir::OutputSpecKind::kUserOutput)
        spec.arg = graph_.argument();
      else
        spec.arg = {ir::ArgKind::kTensor, graph_.named()};
    });
    json_.need(f, 0, names[0]);
    if (!names[1].empty()) json_.need(f, 1, names[1]);
  });
  program_.output_specs.push_back(std::move(spec));
}

// ---- Module call graph, ranges.

void ProgramReader::read_module_call() {
  static constexpr std::string_view kNames[] = {"fqn", "signature"};
  ir::ModuleCallEntry entry;
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    if (field == 0)
      entry.fqn = context_.text();
    else
      entry.signature = module_call_signature();
  });
  json_.need(f, 0, kNames[0]);
  program_.module_call_graph.push_back(std::move(entry));
}

ir::ModuleCallSignature ProgramReader::module_call_signature() {
  static constexpr std::string_view kNames[] = {"inputs", "outputs", "in_spec", "out_spec", "forward_arg_names"};
  ir::ModuleCallSignature out;
  const auto f = json_.fields(kNames, [&](std::size_t field) {
    switch (field) {
      case 0:
        out.inputs = graph_.arguments();
        return;
      case 1:
        out.outputs = graph_.arguments();
        return;
      case 2:
        out.in_spec = context_.text();
        return;
      case 3:
        out.out_spec = context_.text();
        return;
      default:
        out.forward_arg_names = context_.text_list();
    }
  });
  json_.need(f, 2, kNames[2]);
  json_.need(f, 3, kNames[3]);
  return out;
}

void ProgramReader::read_range(ir::Text key) {
  static constexpr std::string_view kNames[] = {"min_val", "max_val"};
  ir::RangeConstraint range;
  json_.fields(kNames, [&](std::size_t field) { (field == 0 ? range.min : range.max) = json_.integer(); });
  program_.range_constraints.emplace_back(key, range);
}

/// A program of another schema may fail anywhere: its version is what to say of it.
void check_version(const std::string& bytes) {
  JsonStream json(bytes);
  ir::Program nothing;
  static constexpr std::string_view kNames[] = {"schema_version"};
  json.fields(kNames, [&](std::size_t) { ProgramReader(nothing, json).read_version(); });
}

}  // namespace

Result<ir::Program> read_program(const std::string& bytes, const std::string& file, const std::string& place) {
  try {
    try {
      JsonStream json(bytes);
      ir::Program program;
      ProgramReader(program, json).read();
      return program;
    } catch (const ReadFailure&) {
      check_version(bytes);
      throw;
    }
  } catch (const ReadFailure& failure) {
    const std::string sep = place.empty() || failure.place.empty() ? "" : " ";
    return tl::unexpected(LoadError{file, place + sep + failure.place, failure.what()});
  }
}

}  // namespace retrace::serializers
