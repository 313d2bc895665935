// SPDX-License-Identifier: Apache-2.0
// Recurrent layers and cells (torch/_decomp/decompositions.py, aten/src/ATen/native/RNN.cpp).
//
// The layers unroll over the sequence, which specialises its length: exports run with oneDNN off (export/_trace.py).
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/join.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

using Tensors = std::vector<FakeTensor*>;
enum class Kind : std::uint8_t { kLstm, kGru, kSimple };

FakeTensor& sum_of(Call& call, FakeTensor& a, FakeTensor& b) { return call.op1("aten::add.Tensor", {&a, &b}); }

/// Weights and biases of one layer in one direction.
struct Layer {
  FakeTensor* input_weight;
  FakeTensor* hidden_weight;
  FakeTensor* input_bias;  // null: none
  FakeTensor* hidden_bias;
  FakeTensor* projection;
};

std::vector<Layer> gather_layers(const Tensors& params, bool has_biases, bool projects) {
  const std::size_t group = 2 + (has_biases ? 2U : 0U) + (projects ? 1U : 0U);
  check(params.size() % group == 0, ErrorType::kAssertionError,
        [&] { return fmt::format("len(params)={} is not divisible by group_size={}", params.size(), group); });
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < params.size(); i += group) {
    layers.push_back({params[i], params[i + 1], has_biases ? params[i + 2] : nullptr,
                      has_biases ? params[i + 3] : nullptr, projects ? params[i + group - 1] : nullptr});
  }
  return layers;
}

/// What one layer gives: all steps' outputs, and the last hidden (and cell) state.
struct LayerResult {
  FakeTensor* output;
  FakeTensor* hidden;
  FakeTensor* cell;
};

FakeTensor& sigmoid(Call& call, FakeTensor& t) { return call.op1("aten::sigmoid", {&t}); }
FakeTensor& tanh(Call& call, FakeTensor& t) { return call.op1("aten::tanh", {&t}); }
FakeTensor& product_of(Call& call, FakeTensor& a, FakeTensor& b) { return call.op1("aten::mul.Tensor", {&a, &b}); }

/// The parts of tensor.chunk(count, dim), of which there may be fewer.
class Chunks {
 public:
  Chunks(Call& call, FakeTensor& t, std::int64_t count, std::int64_t dim) {
    const Results result = call.op("aten::chunk", {&t, count, dim});
    for (const Value& part : result.front().get<ValueList>()) parts_.push_back(part.get<FakeTensor*>());
  }
  FakeTensor& operator[](std::size_t i) const {
    check(i < parts_.size(), ErrorType::kIndexError, [] { return "tuple index out of range"; });
    return *parts_[i];
  }
  /// The first where all are asked for.
  [[nodiscard]] FakeTensor& first_of(std::size_t count) const {
    (*this)[count - 1];
    return *parts_.front();
  }

 private:
  Tensors parts_;
};

/// Hidden and cell state.
struct State {
  FakeTensor* hidden;
  FakeTensor* cell;
};

// decompositions.py lstm_cell
State lstm_step(Call& call, FakeTensor& input, const State& state, const Layer& layer) {
  FakeTensor& gates = sum_of(call, linear(call, *state.hidden, *layer.hidden_weight, layer.hidden_bias), input);
  const Chunks parts(call, gates, 4, 2);
  FakeTensor& in = sigmoid(call, parts[0]);
  FakeTensor& forget = sigmoid(call, parts[1]);
  FakeTensor& candidate = tanh(call, parts[2]);
  FakeTensor& out = sigmoid(call, parts[3]);
  FakeTensor& cell = sum_of(call, product_of(call, forget, *state.cell), product_of(call, in, candidate));
  FakeTensor& hidden = product_of(call, out, tanh(call, cell));
  return {layer.projection == nullptr ? &hidden : &linear(call, hidden, *layer.projection, nullptr), &cell};
}

// decompositions.py gru_cell
State gru_step(Call& call, FakeTensor& input, const State& state, const Layer& layer) {
  const Chunks from_input(call, input, 3, 1);
  FakeTensor& projected = linear(call, *state.hidden, *layer.hidden_weight, layer.hidden_bias);
  const Chunks from_hidden(call, projected, 3, 2);
  FakeTensor& reset = sigmoid(call, sum_of(call, from_hidden[0], from_input[0]));
  FakeTensor& update = sigmoid(call, sum_of(call, from_hidden[1], from_input[1]));
  FakeTensor& candidate = tanh(call, sum_of(call, from_input[2], product_of(call, from_hidden[2], reset)));
  FakeTensor& difference = call.op1("aten::sub.Tensor", {state.hidden, &candidate});
  return {&sum_of(call, product_of(call, difference, update), candidate), nullptr};
}

// decompositions.py rnn_cell
State simple_step(Call& call, FakeTensor& input, const State& state, const Layer& layer) {
  return {&tanh(call, sum_of(call, linear(call, *state.hidden, *layer.hidden_weight, layer.hidden_bias), input)),
          nullptr};
}

State step(Call& call, Kind kind, FakeTensor& input, const State& state, const Layer& layer) {
  if (kind == Kind::kLstm) return lstm_step(call, input, state, layer);
  return kind == Kind::kGru ? gru_step(call, input, state, layer) : simple_step(call, input, state, layer);
}

// decompositions.py one_layer_rnn, one_layer_lstm
LayerResult unrolled(Call& call, Kind kind, const Layer& layer, FakeTensor& input, FakeTensor& hidden, FakeTensor* cell,
                     bool reverse) {
  FakeTensor* projected = &linear(call, input, *layer.input_weight, layer.input_bias);
  if (reverse) projected = &call.op1("aten::flip", {projected, SymInts{0}});
  const Tensors inputs = unbind(call, *projected, 0);
  State state{&unsqueeze(call, hidden, 0), cell == nullptr ? nullptr : &unsqueeze(call, *cell, 0)};
  ValueList outputs;
  constexpr std::size_t kSettled = 4;  // from then on a step asks and gives the same
  for (std::size_t t = 0; t < inputs.size(); ++t) {
    if (t < kSettled) state = step(call, kind, *inputs[t], state, layer);
    outputs.emplace_back(state.hidden);
  }
  FakeTensor& output = call.op1("aten::cat", {std::move(outputs), 0});
  return {&output, &squeeze(call, *state.hidden, 0), state.cell == nullptr ? nullptr : &squeeze(call, *state.cell, 0)};
}

FakeTensor& stacked(Call& call, const Tensors& states) {
  return call.op1("aten::stack", {ValueList(states.begin(), states.end())});
}

/// The arguments of the `input` forms after the hidden state.
struct Options {
  Tensors params;
  bool has_biases;
  std::int64_t layers;
  bool bidirectional;
  bool batch_first;
};
Options options(Call& call) {
  return {call.tensors(2), call.boolean(3), call.integer(4), call.boolean(7), call.boolean(8)};
}

// decompositions.py _rnn_helper
Results run_layers(Call& call, Kind kind, const Options& o, const Tensors& hidden, const Tensors& cells,
                   bool projects) {
  const std::vector<Layer> layers = gather_layers(o.params, o.has_biases, projects);
  FakeTensor* input = o.batch_first ? &transpose(call, call.tensor(0), 0, 1) : &call.tensor(0);
  Tensors final_hidden, final_cells;
  const std::size_t directions = o.bidirectional ? 2 : 1;
  for (std::size_t i = 0; i < static_cast<std::size_t>(o.layers); ++i) {
    Tensors outputs;
    for (std::size_t at = i * directions; at < (i + 1) * directions; ++at) {
      check(at < layers.size() && at < hidden.size(), ErrorType::kIndexError, [] { return "list index out of range"; });
      FakeTensor* cell = kind == Kind::kLstm ? cells.at(at) : nullptr;
      const LayerResult r = unrolled(call, kind, layers[at], *input, *hidden[at], cell, at > i * directions);
      outputs.push_back(r.output);
      final_hidden.push_back(r.hidden);
      final_cells.push_back(r.cell);
    }
    input = outputs.size() == 1
                ? outputs[0]
                : &call.op1("aten::cat", {ValueList(outputs.begin(), outputs.end()), outputs[0]->dim() - 1});
  }
  if (o.batch_first) input = &transpose(call, *input, 0, 1);
  if (kind != Kind::kLstm) return {input, &stacked(call, final_hidden)};
  return {input, &stacked(call, final_hidden), &stacked(call, final_cells)};
}

Results lstm_input(Call& call) {
  const Tensors hx = call.tensors(1);
  check(hx.size() == 2, ErrorType::kAssertionError,
        [&] { return fmt::format("lstm expects two hidden states, got {}", hx.size()); });
  const Options o = options(call);
  const bool projects = truth(call, sym_ne(hx[0]->sizes.at(2), hx[1]->sizes.at(2)));
  const Tensors hidden = unbind(call, *hx[0], 0);
  return run_layers(call, Kind::kLstm, o, hidden, unbind(call, *hx[1], 0), projects);
}
Results gru_input(Call& call) {
  return run_layers(call, Kind::kGru, options(call), unbind(call, call.tensor(1), 0), {}, false);
}
Results simple_input(Call& call) {
  return run_layers(call, Kind::kSimple, options(call), unbind(call, call.tensor(1), 0), {}, false);
}

// The packed forms split their data by the numbers in batch_sizes, which no fake tensor has.
Results packed(Call&) {
  raise(ErrorType::kDataDependent,
        "Could not guard on data-dependent expression Eq(u4, 1) (unhinted: Eq(u4, 1)). (Size-like symbols: none)");
}

// ---- Cells.

/// A size that C++ reads off Tensor::sizes(), which makes all of them plain.
std::int64_t plain_size(Call& call, const FakeTensor& t, std::int64_t dim) {
  size_at(t, dim);
  return specialized_sizes(call, t)[static_cast<std::size_t>(dim)];
}

/// What the cells ask of their arguments (aten/src/ATen/native/RNN.cpp); weights start at argument 2.
class CellCheck {
 public:
  CellCheck(Call& call, std::int64_t gates) : call_(call), gates_(gates) {}

  void input() {
    const std::int64_t expected = plain_size(call_, call_.tensor(2), 1);
    const SymInt& got = size_at(call_.tensor(0), 1);
    check(call_, sym_eq(got, expected), ErrorType::kRuntimeError, [&] {
      return fmt::format("input has inconsistent input_size: got {} expected {}", to_string(got), expected);
    });
  }
  void weights() {
    const std::int64_t hidden = hidden_size();
    for (const std::size_t i : {2U, 3U}) {
      const std::int64_t got = plain_size(call_, call_.tensor(i), 0);
      check(got == gates_ * hidden, ErrorType::kRuntimeError, [&] {
        return fmt::format("weight_{} first dim must be {} * hidden_size = {}, but got {}", i == 2 ? "ih" : "hh",
                           gates_, gates_ * hidden, got);
      });
    }
  }
  void hidden(const FakeTensor& state, int label) {
    const SymInt& batch = size_at(call_.tensor(0), 0);
    check(call_, sym_eq(batch, size_at(state, 0)), ErrorType::kRuntimeError, [&] {
      return fmt::format("Input batch size {} doesn't match hidden{} batch size {}", to_string(batch), label,
                         to_string(size_at(state, 0)));
    });
    const std::int64_t expected = hidden_size();
    check(call_, sym_eq(size_at(state, 1), expected), ErrorType::kRuntimeError, [&] {
      return fmt::format("hidden{} has inconsistent hidden_size: got {}, expected {}", label,
                         to_string(size_at(state, 1)), expected);
    });
  }

 private:
  std::int64_t hidden_size() { return plain_size(call_, call_.tensor(3), 1); }
  Call& call_;
  std::int64_t gates_;
};

/// The sum of both products, whose weights start at argument 2.
FakeTensor& gates_of(Call& call, FakeTensor& hidden) {
  FakeTensor& hidden_gates = linear(call, hidden, call.tensor(3), call.optional_tensor(5));
  return sum_of(call, hidden_gates, linear(call, call.tensor(0), call.tensor(2), call.optional_tensor(4)));
}

Results lstm_cell(Call& call) {
  const Tensors hx = call.tensors(1);
  check(hx.size() == 2, ErrorType::kRuntimeError, [] { return "lstm_cell expects two hidden states"; });
  CellCheck cell(call, 4);
  cell.input();
  cell.weights();
  cell.hidden(*hx[0], 0);
  cell.hidden(*hx[1], 1);
  FakeTensor& part = Chunks(call, gates_of(call, *hx[0]), 4, 1).first_of(4);
  FakeTensor& next = product_of(call, part, *hx[1]);
  return {&like(call, next), &next};
}
Results gru_cell(Call& call) {
  FakeTensor& hidden = call.tensor(1);
  CellCheck cell(call, 3);
  cell.input();
  cell.hidden(hidden, 0);
  cell.weights();
  FakeTensor& part = Chunks(call, gates_of(call, hidden), 3, 1).first_of(3);
  return one(call.op1("aten::sub.Tensor", {&hidden, &part}));
}
template <bool relu>
Results simple_cell(Call& call) {
  CellCheck cell(call, 1);
  cell.weights();
  cell.input();
  cell.hidden(call.tensor(1), 0);
  return call.op(relu ? "aten::relu" : "aten::tanh", {&gates_of(call, call.tensor(1))});
}

// torch/_meta_registrations.py rnn_cell_checkSizes(input_gates, hidden_gates, cx, input_bias, hidden_bias)
void check_fused_cell(Call& call, std::int64_t factor) {
  const FakeTensor& gates = call.tensor(0);
  const FakeTensor& hidden = call.tensor(1);
  const FakeTensor& cell = call.tensor(2);
  const auto differ = [](const std::string& a, const std::string& b) { return fmt::format("{} != {}", a, b); };
  check(gates.dim() == 2, ErrorType::kRuntimeError, [&] { return differ(std::to_string(gates.dim()), "2"); });
  const bool same = gates.sizes.size() == hidden.sizes.size() && truth(call, sym_eq(gates.sizes, hidden.sizes));
  check(same, ErrorType::kRuntimeError, [&] { return differ(size_text(gates.sizes), size_text(hidden.sizes)); });
  const SymInt& width = gates.sizes[1];
  if (const FakeTensor* const bias = call.optional_tensor(3)) {
    check(bias->dim() == 1, ErrorType::kRuntimeError, [&] { return differ(std::to_string(bias->dim()), "1"); });
    check(call, sym_eq(bias->numel(), width), ErrorType::kRuntimeError,
          [&] { return differ(to_string(bias->numel()), to_string(width)); });
    check(!call.is_none(4), ErrorType::kAttributeError, [] { return "'NoneType' object has no attribute 'shape'"; });
    const FakeTensor& other = call.tensor(4);
    const bool alike = bias->sizes.size() == other.sizes.size() && truth(call, sym_eq(bias->sizes, other.sizes));
    check(alike, ErrorType::kRuntimeError, [&] { return differ(size_text(bias->sizes), size_text(other.sizes)); });
  }
  check(cell.dim() == 2, ErrorType::kRuntimeError, [&] { return differ(std::to_string(cell.dim()), "2"); });
  const SymInt expected = floordiv(gates.sizes[0] * width, factor);
  check(call, sym_eq(cell.numel(), expected), ErrorType::kRuntimeError, [&] {
    return fmt::format("{} != {} * {} // {} (aka {})", to_string(cell.numel()), to_string(gates.sizes[0]),
                       to_string(width), factor, to_string(expected));
  });
  // Where there are no biases, comparing devices ends in None.
  check(!call.is_none(3), ErrorType::kAttributeError, [] { return "'NoneType' object has no attribute 'device'"; });
}

// torch/_meta_registrations.py _thnn_fused_lstm_cell_meta
Results fused_lstm_cell(Call& call) {
  check_fused_cell(call, 4);
  const auto dense = [&](const FakeTensor& t) { return &call.contiguous(t.dtype, t.sizes, t.device); };
  const FakeTensor& cell = call.tensor(2);
  return {dense(cell), dense(cell), dense(call.tensor(0))};
}

// torch/_meta_registrations.py mkldnn_rnn_layer
Results mkldnn_rnn_layer(Call& call) {
  FakeTensor& input = call.tensor(0);
  const auto like_or_empty = [&](std::size_t i) {
    const FakeTensor& t = call.tensor(i);
    return &call.contiguous(t.dtype, t.sizes, t.device);
  };
  const SymInts sizes{shape_at(input, 0), shape_at(input, 1), call.integer(10)};
  return {&call.contiguous(input.dtype, sizes, input.device), like_or_empty(5), like_or_empty(6),
          &call.contiguous(ScalarType::kByte, {0}, input.device)};
}

// torch/_subclasses/fake_impls.py _pack_padded_sequence: how long the packed data are depends on the lengths
Results pack_padded(Call& call) {
  FakeTensor& input = call.tensor(0);
  FakeTensor& rows = call.boolean(2) ? input : transpose(call, input, 0, 1);
  const SymInt count = call.env().new_unbacked_int();
  call.env().constrain_range_for_size(count, {}, {});
  const SymInts inner(rows.sizes.begin() + (rows.sizes.empty() ? 0 : 1), rows.sizes.end());
  return {&new_empty(call, input, inner), &new_empty(call, input, {count})};
}
// ATen/native/PackedSequence.cpp _pad_packed_sequence reads the batch sizes
Results pad_packed(Call& call) {
  const FakeTensor& sizes = call.tensor(1);
  check(sizes.dim() == 1 && sizes.dtype == ScalarType::kLong, ErrorType::kRuntimeError, [&] {
    return fmt::format("'lengths' argument should be a 1D CPU int64 tensor, but got {}D cpu {} tensor", sizes.dim(),
                       aten_name(sizes.dtype));
  });
  check_no_symbols(sizes, "numel()");
  raise_no_data();
}

constexpr OpRow kRows[] = {
    {"_pack_padded_sequence", pack_padded},
    {"_pad_packed_sequence", pad_packed},
    {"_thnn_fused_lstm_cell", fused_lstm_cell},
    {"gru.data", packed},
    {"gru.input", gru_input},
    {"gru_cell", gru_cell},
    {"lstm.data", packed},
    {"lstm.input", lstm_input},
    {"lstm_cell", lstm_cell},
    {"mkldnn_rnn_layer", mkldnn_rnn_layer},
    {"rnn_relu.data", packed},
    {"rnn_relu.input", simple_input},
    {"rnn_relu_cell", simple_cell<true>},
    {"rnn_tanh.data", packed},
    {"rnn_tanh.input", simple_input},
    {"rnn_tanh_cell", simple_cell<false>},
};

}  // namespace

std::span<const OpRow> rnn_ops() { return kRows; }

}  // namespace retrace::ops
