// SPDX-License-Identifier: Apache-2.0
// Reads graphs and arguments of the program schema. One ReadContext a program; each graph has its own values.
#pragma once
#include <string_view>
#include <unordered_map>

#include "core/ir/program.h"
#include "serializers/program/json_cursor.h"
#include "serializers/program/text_store.h"

namespace retrace::serializers {

/// Sub-graphs in sub-graphs, and maps of arguments in maps of arguments. PyTorch's own programs nest a handful.
inline constexpr int kMaxGraphDepth = 64;

struct ReadContext {
  explicit ReadContext(ir::Program& p) : program(p), texts(*p.arena) {}

  /// The program's copy of a JSON string.
  ir::Text text(Json value) { return texts.store(cursor.text(value)); }
  expr::Expr expression(Json text);
  std::vector<ir::Text> text_list(Json value);
  std::vector<std::pair<ir::Text, ir::Text>> text_map(Json value);

  ir::Program& program;
  JsonCursor cursor;
  TextStore texts;
  std::unordered_map<std::string_view, expr::Expr> expressions;  // identical texts are parsed once
  int depth = 0;
};

class GraphReader {
 public:
  GraphReader(ReadContext& context, ir::Graph& graph) : context_(context), cursor_(context.cursor), graph_(graph) {}

  void read(Json value);
  ir::Argument argument(Json value);
  std::vector<ir::Argument> arguments(Json value);
  /// TensorArgument, TokenArgument: {"name": ...}.
  ir::ValueId named(Json value);
  ir::CustomObjArg custom_obj(Json value);

 private:
  struct Recorded {
    expr::Expr expression = nullptr;
    decltype(ir::SymMeta::hint) hint;
  };

  void read_values(Json value, ir::Meta (GraphReader::*meta)(Json));
  void read_node(Json value);
  void define(const ir::Argument& argument);
  ir::Meta tensor_meta(Json value);
  ir::Meta sym_int_meta(Json value);
  ir::Meta sym_float_meta(Json value);
  ir::Meta sym_bool_meta(Json value);
  ir::Meta custom_obj_meta(Json value);
  SymInt size(Json value, std::vector<std::optional<std::int64_t>>& hints);
  Recorded expression(Json value);

  ir::ValueId value_id(ir::Text name);
  ir::NamedArgument named_argument(Json value);
  ir::ValueId optional_tensor(Json value);
  Device device(Json value);
  ir::GraphArg sub_graph(Json value);
  ir::ArgumentMap argument_map(Json value);
  template <typename T>
  ir::SymArg<T> sym_arg(Json value);
  template <typename F>
  auto list(Json value, F&& element);

  ReadContext& context_;
  JsonCursor& cursor_;
  ir::Graph& graph_;
  std::unordered_map<const char*, ir::ValueId> ids_;  // by the stored text's address
};

}  // namespace retrace::serializers
