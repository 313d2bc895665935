// SPDX-License-Identifier: Apache-2.0
// An exported program, as torch.export's JSON schema (torch/_export/serde/schema.py, major 8) holds it.
//
// A Graph owns its values and nodes; a node names values by ValueId, an index into Graph::values. Sub-graphs
// (arguments of higher-order operators) own theirs. All text views live in the Program's arena, all
// expressions in its pool; both are shared, so that a program made from another may keep its text.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/arena.h"
#include "core/base/shared_list.h"
#include "core/expr/sym.h"
#include "core/ir/scalar_type.h"

namespace retrace::ir {

using Text = std::string_view;
using ValueId = std::int32_t;
inline constexpr ValueId kNoValue = -1;

/// A recorded symbolic number and its hint (a value at the example inputs; absent for unbacked symbols).
struct SymMeta {
  std::variant<SymInt, SymFloat, SymBool> value;
  std::variant<std::monostate, std::int64_t, double, bool> hint;
};

/// What many values have alike: copies are one until somebody edits.
template <typename T>
class Shared {
 public:
  Shared(T value) : at_(std::make_shared<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
  const T& operator*() const { return *at_; }
  T& edit() {
    if (at_.use_count() > 1) at_ = std::make_shared<T>(*at_);
    return *at_;
  }

 private:
  std::shared_ptr<T> at_;
};

struct TensorMeta {
  ScalarType dtype = ScalarType::kFloat;
  bool requires_grad = false;
  Layout layout = Layout::kStrided;
  Device device;
  SymInts sizes;
  SymInts strides;
  SymInt storage_offset;
  /// Recorded hints of sizes, then strides, then the offset; empty: none was recorded. No hash sees them.
  std::vector<std::optional<std::int64_t>> hints;
};

struct CustomObjMeta {
  Text name;
  Text class_fqn;
};

/// What is known of a value; monostate: named but without an entry in the tables.
using Meta = std::variant<std::monostate, Shared<TensorMeta>, SymMeta, CustomObjMeta>;

/// Null: no tensor's.
inline const TensorMeta* tensor_of(const Meta& meta) {
  const auto* tensor = std::get_if<Shared<TensorMeta>>(&meta);
  return tensor == nullptr ? nullptr : &**tensor;
}
/// A tensor's metadata, the value's own from now on.
inline TensorMeta& edit_tensor(Meta& meta) { return std::get<Shared<TensorMeta>>(meta).edit(); }

struct Value {
  Text name;
  Meta meta;
  bool defined = false;  // an input or some node's output has this name
};

/// The kinds of schema.py's Argument union, in its spelling.
enum class ArgKind : std::uint8_t {
  kNone,
  kTensor,
  kTensors,
  kInt,
  kInts,
  kFloat,
  kFloats,
  kString,
  kStrings,
  kSymInt,
  kSymInts,
  kScalarType,
  kMemoryFormat,
  kLayout,
  kDevice,
  kBool,
  kBools,
  kSymBool,
  kSymBools,
  kGraph,
  kOptionalTensors,
  kCustomObj,
  kOperator,
  kSymFloat,
  kSymFloats,
  kOptionalTensor,
  kComplex,
  kNestedTensors,
  kIntLists,
  kStringToArgument,
  kFloatLists,
};

/// as_sym_int and its kin: a value's name, or a plain number.
template <typename T>
struct SymArg {
  ValueId id = kNoValue;
  T plain{};
};

struct Graph;
struct ArgumentMapEntry;
using ArgumentMap = std::vector<ArgumentMapEntry>;
struct GraphArg {
  Text name;
  std::shared_ptr<Graph> graph;
};
struct CustomObjArg {
  ValueId id = kNoValue;
  Text class_fqn;
};

struct Argument {
  ArgKind kind = ArgKind::kNone;
  /// kTensor and kOptionalTensor: ValueId (kNoValue: none); kTensors and kOptionalTensors: vector<ValueId>;
  /// kInt, kScalarType, kMemoryFormat, kLayout: int64; kString, kOperator: Text; kComplex: pair.
  std::variant<std::monostate, ValueId, std::vector<ValueId>, std::vector<std::vector<ValueId>>, std::int64_t,
               std::vector<std::int64_t>, std::vector<std::vector<std::int64_t>>, double, std::vector<double>,
               std::vector<std::vector<double>>, bool, std::vector<bool>, Text, std::vector<Text>, SymArg<std::int64_t>,
               std::vector<SymArg<std::int64_t>>, SymArg<bool>, std::vector<SymArg<bool>>, SymArg<double>,
               std::vector<SymArg<double>>, Device, GraphArg, CustomObjArg, std::pair<double, double>, ArgumentMap>
      payload;

  template <typename T>
  [[nodiscard]] const T& as() const {
    return std::get<T>(payload);
  }
};

struct ArgumentMapEntry {
  Text key;
  Argument value;
};

enum class InputKind : std::uint8_t { kUnspecified = 0, kPositional = 1, kKeyword = 2 };

struct NamedArgument {
  Text name;
  Argument arg;
  InputKind kind = InputKind::kPositional;
};

struct Node {
  Text target;  // "torch.ops.aten.add.Tensor"
  Text name;    // fx name; older files: the single output's name, else empty
  std::vector<NamedArgument> inputs;
  std::vector<Argument> outputs;
  std::vector<std::pair<Text, Text>> metadata;
  std::optional<bool> is_hop_single_tensor_return;
};

struct Graph {
  std::vector<Argument> inputs;
  std::vector<Argument> outputs;
  SharedList<Node> nodes;
  SharedList<Value> values;
  bool is_single_tensor_return = false;

  ValueId add_value(Text name, Meta meta) {
    values.push_back(Value{name, std::move(meta), true});
    return static_cast<ValueId>(values.size() - 1);
  }
};

enum class InputSpecKind : std::uint8_t {
  kUserInput,
  kParameter,
  kBuffer,
  kTensorConstant,
  kCustomObj,
  kToken,
  kConstantInput
};
struct InputSpec {
  InputSpecKind kind = InputSpecKind::kUserInput;
  Argument arg;            // value of kConstantInput: its constant
  Text name;               // FQN of a lifted input; recorded name of a constant input
  bool persistent = true;  // kBuffer

  /// A leaf of what the user passes, rather than lifted.
  [[nodiscard]] bool is_user() const {
    return kind == InputSpecKind::kUserInput || kind == InputSpecKind::kConstantInput;
  }
  /// A parameter or buffer.
  [[nodiscard]] bool is_state() const { return kind == InputSpecKind::kParameter || kind == InputSpecKind::kBuffer; }
};

enum class OutputSpecKind : std::uint8_t {
  kUserOutput,
  kLossOutput,
  kBufferMutation,
  kParameterMutation,
  kGradientToParameter,
  kGradientToUserInput,
  kUserInputMutation,
  kToken,
};
struct OutputSpec {
  OutputSpecKind kind = OutputSpecKind::kUserOutput;
  Argument arg;
  Text name;  // buffer, parameter or user input that it writes
};

struct RangeConstraint {
  std::optional<std::int64_t> min;  // absent: unbounded
  std::optional<std::int64_t> max;
};

struct ModuleCallSignature {
  std::vector<Argument> inputs;
  std::vector<Argument> outputs;
  Text in_spec;  // pytree's JSON text
  Text out_spec;
  std::optional<std::vector<Text>> forward_arg_names;
};
struct ModuleCallEntry {
  Text fqn;
  std::optional<ModuleCallSignature> signature;
};

struct Program {
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();
  std::shared_ptr<expr::Pool> pool = std::make_shared<expr::Pool>();

  Graph graph;
  std::vector<InputSpec> input_specs;    // parallel to graph.inputs
  std::vector<OutputSpec> output_specs;  // parallel to graph.outputs
  std::vector<ModuleCallEntry> module_call_graph;
  std::vector<std::pair<Text, Text>> graph_metadata;  // graph_module.metadata
  std::vector<std::pair<Text, std::int64_t>> opset_version;
  std::vector<std::pair<Text, RangeConstraint>> range_constraints;  // key: str() of an expression, in file order
  std::vector<Text> guards_code;
  std::vector<Text> verifiers;
  Text torch_version;
  std::int64_t schema_major = 8;
  std::int64_t schema_minor = 20;

  /// Named tuples that tree specs mention, and their fields.
  std::vector<std::pair<Text, std::vector<Text>>> treespec_namedtuple_fields;
  /// Values of symbols (plain integers): the writer computes from them the hints that metadata does not carry.
  expr::Substitution symbol_hints;

  /// From an archive. Lifted inputs that are one tensor, by the weights configuration: each group of FQNs.
  std::vector<std::vector<Text>> tied;
  /// Elements of small tensor constants, row-major, by FQN.
  std::vector<std::pair<Text, std::vector<double>>> constants;
};

}  // namespace retrace::ir
