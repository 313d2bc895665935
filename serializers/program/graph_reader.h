// SPDX-License-Identifier: Apache-2.0
// Reads graphs and arguments of the program schema. One ReadContext a program; each graph has its own values.
#pragma once
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/hash/text_store.h"
#include "core/ir/program.h"
#include "serializers/program/json_stream.h"
#include "serializers/program/meta_cache.h"

namespace retrace::serializers {

/// Sub-graphs in sub-graphs, and maps of arguments in maps of arguments. PyTorch's own programs nest a handful.
inline constexpr int kMaxGraphDepth = 64;

struct ReadContext {
  ReadContext(ir::Program& p, JsonStream& stream) : program(p), json(stream), texts(*p.arena, 1024) {}

  /// The program's copy of the string that comes next.
  ir::Text text() { return texts.store(json.text()); }
  expr::Expr expression();
  std::vector<ir::Text> text_list();
  std::vector<std::pair<ir::Text, ir::Text>> text_map();
  ir::Text stored_key(std::size_t place, std::string_view name);
  /// Calls value(key) at each field of an object whose keys are names of the program's own; none may be repeated.
  template <typename F>
  void each_field(F&& value);

  ir::Program& program;
  JsonStream& json;
  hash::TextStore texts;
  std::unordered_map<std::string_view, expr::Expr> expressions;  // identical texts are parsed once
  MetaCache metas;
  std::array<ir::Text, 2> last_keys;  // of the map read last
  int depth = 0;
};

class GraphReader {
 public:
  GraphReader(ReadContext& context, ir::Graph& graph) : context_(context), json_(context.json), graph_(graph) {}

  void read();
  ir::Argument argument();
  std::vector<ir::Argument> arguments();
  /// TensorArgument, TokenArgument: {"name": ...}.
  ir::ValueId named();
  ir::CustomObjArg custom_obj();

 private:
  struct Recorded {
    expr::Expr expression = nullptr;
    decltype(ir::SymMeta::hint) hint;
  };

  void read_values(ir::Meta (GraphReader::*meta)());
  void read_node();
  void define(const ir::Argument& argument);
  ir::Meta tensor_meta();
  ir::TensorMeta new_tensor_meta();
  ir::Meta sym_int_meta();
  ir::Meta sym_float_meta();
  ir::Meta sym_bool_meta();
  template <typename T, typename Plain>
  ir::Meta sym_meta(std::string_view plain_kind, Plain&& plain);
  ir::Meta custom_obj_meta();
  void sizes(SymInts& out, std::vector<std::optional<std::int64_t>>& hints);
  SymInt size(std::vector<std::optional<std::int64_t>>& hints);
  Recorded expression();
  decltype(ir::SymMeta::hint) hint();

  ir::ValueId value_id(ir::Text name);
  ir::NamedArgument named_argument();
  ir::ValueId optional_tensor();
  Device device();
  std::pair<double, double> complex();
  ir::GraphArg sub_graph();
  ir::ArgumentMap argument_map();
  template <typename T>
  ir::SymArg<T> sym_arg();
  decltype(ir::Argument::payload) payload(ir::ArgKind kind);
  template <typename F>
  auto list(F&& element);

  ReadContext& context_;
  JsonStream& json_;
  ir::Graph& graph_;
  std::unordered_map<const char*, ir::ValueId> ids_;  // by the stored text's address
};

template <typename F>
void ReadContext::each_field(F&& value) {
  const char* start = json.here();
  std::unordered_set<const char*> keys;  // by the stored text's address
  json.object([&](std::string_view name) {
    const ir::Text key = texts.store(name);
    if (!keys.insert(key.data()).second) json.repeated(start, key);
    value(key);
  });
}

}  // namespace retrace::serializers
