// SPDX-License-Identifier: Apache-2.0
// Recurrent layers and cells (torch/_decomp/decompositions.py, aten/src/ATen/native/RNN.cpp).
//
// The layers unroll over the sequence, which specialises its length; only an LSTM that runs in oneDNN does not.
// One step is enough to know every step's shape.
#include <fmt/format.h>

#include <algorithm>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

using Tensors = std::vector<FakeTensor*>;
enum class Kind : std::uint8_t { kLstm, kGru, kSimple };

std::int64_t gates_of(Kind kind) { return kind == Kind::kLstm ? 4 : kind == Kind::kGru ? 3 : 1; }

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

// decompositions.py mkldnn_one_layer_lstm
LayerResult mkldnn_lstm(Call& call, FakeTensor& input, FakeTensor& hidden, FakeTensor& cell) {
  FakeTensor& dense = contiguous(call, input);
  const SymInts sizes{dense.sizes[0], dense.sizes[1], hidden.sizes.back()};
  return {&call.contiguous(input.dtype, sizes, input.device), &contiguous(call, hidden), &contiguous(call, cell)};
}

/// One step of a cell on gates that hold input and hidden parts: the next hidden state's shape.
FakeTensor& step(Call& call, Kind kind, FakeTensor& input_gates, FakeTensor& hidden_gates, FakeTensor& state) {
  FakeTensor& gates = sum_of(call, hidden_gates, input_gates);
  if (kind == Kind::kSimple) return gates;
  FakeTensor& part = slice(call, gates, -1, SymInt(0), ceildiv(gates.sizes.back(), gates_of(kind)));
  return like(call, elementwise(call, {&part, &state}));
}

// decompositions.py one_layer_rnn, one_layer_lstm
LayerResult unrolled(Call& call, Kind kind, const Layer& layer, FakeTensor& input, FakeTensor& hidden,
                     FakeTensor* cell) {
  FakeTensor& projected = linear(call, input, *layer.input_weight, layer.input_bias);
  const std::int64_t length = call.env().guard_int(projected.sizes[0]);
  check(length > 0, ErrorType::kRuntimeError, [] { return "torch.cat(): expected a non-empty list of Tensors"; });
  FakeTensor& first = select(call, projected, 0, 0);
  FakeTensor& state = unsqueeze(call, hidden, 0);
  FakeTensor& gates = linear(call, state, *layer.hidden_weight, layer.hidden_bias);
  FakeTensor& next_cell = step(call, kind, first, gates, kind == Kind::kLstm ? unsqueeze(call, *cell, 0) : state);
  FakeTensor& next = layer.projection == nullptr ? next_cell : linear(call, next_cell, *layer.projection, nullptr);
  SymInts sizes = next.sizes;
  sizes[0] = length;
  return {&call.contiguous(next.dtype, sizes, next.device), &squeeze(call, next, 0),
          kind == Kind::kLstm ? &squeeze(call, next_cell, 0) : nullptr};
}

FakeTensor& stacked(Call& call, const Tensors& states) {
  return call.op1("aten::stack", {ValueList(states.begin(), states.end())});
}

/// unbind(0), as a loop in Python over a tensor: the count is specialised.
Tensors slices(Call& call, FakeTensor& t) {
  Tensors all;
  const std::int64_t count = call.env().guard_int(t.sizes.at(0));
  for (std::int64_t i = 0; i < count; ++i) all.push_back(&select(call, t, 0, i));
  return all;
}

// decompositions.py use_mkldnn
bool runs_in_mkldnn(const FakeTensor& input, const Tensors& hx, const Tensors& params, bool projects) {
  const auto fits = [&](const FakeTensor* t) {
    return t->device == Device{} && (t->dtype == ScalarType::kFloat || t->dtype == ScalarType::kBFloat16);
  };
  return fits(&input) && std::ranges::all_of(hx, fits) && std::ranges::all_of(params, fits) && !input.requires_grad &&
         !input.tracks_grad && !projects;
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
Results run_layers(Call& call, Kind kind, const Options& o, const Tensors& hidden, const Tensors& cells, bool projects,
                   bool mkldnn) {
  const std::vector<Layer> layers = gather_layers(o.params, o.has_biases, projects);
  FakeTensor* input = o.batch_first ? &transpose(call, call.tensor(0), 0, 1) : &call.tensor(0);
  Tensors final_hidden, final_cells;
  const std::size_t directions = o.bidirectional ? 2 : 1;
  for (std::size_t i = 0; i < static_cast<std::size_t>(o.layers); ++i) {
    Tensors outputs;
    for (std::size_t at = i * directions; at < (i + 1) * directions; ++at) {
      check(at < layers.size() && at < hidden.size(), ErrorType::kIndexError, [] { return "list index out of range"; });
      FakeTensor* cell = kind == Kind::kLstm ? cells.at(at) : nullptr;
      const LayerResult r = mkldnn ? mkldnn_lstm(call, *input, *hidden[at], *cell)
                                   : unrolled(call, kind, layers[at], *input, *hidden[at], cell);
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
  const bool mkldnn = runs_in_mkldnn(call.tensor(0), hx, o.params, projects);
  return run_layers(call, Kind::kLstm, o, slices(call, *hx[0]), slices(call, *hx[1]), projects, mkldnn);
}
Results gru_input(Call& call) {
  return run_layers(call, Kind::kGru, options(call), slices(call, call.tensor(1)), {}, false, false);
}
Results simple_input(Call& call) {
  return run_layers(call, Kind::kSimple, options(call), slices(call, call.tensor(1)), {}, false, false);
}

// The packed forms split their data by the numbers in batch_sizes, which no fake tensor has.
Results packed(Call&) {
  raise(ErrorType::kDataDependent, "Could not guard on data-dependent expression Eq(u4, 1) (unhinted: Eq(u4, 1)).");
}

// ---- Cells.

/// check_rnn_cell_forward_input and _hidden: the weights' sizes are read as plain numbers.
void check_cell(Call& call, const FakeTensor& input, const FakeTensor& hidden, const FakeTensor& input_weight,
                const FakeTensor& hidden_weight) {
  const std::int64_t input_size = specialized_sizes(call, input_weight).at(1);
  const std::int64_t hidden_size = specialized_sizes(call, hidden_weight).at(1);
  const auto expect = [&](const FakeTensor& t, std::int64_t wanted, std::string_view what) {
    check(call, sym_eq(t.sizes.back(), wanted), ErrorType::kRuntimeError, [&] {
      return fmt::format("{} has inconsistent {}: got {} expected {}", what,
                         what == "input" ? "input_size" : "hidden_size", to_string(t.sizes.back()), wanted);
    });
  };
  expect(input, input_size, "input");
  expect(hidden, hidden_size, "hidden0");
  if (input.dim() < 2 || hidden.dim() < 2) return;
  check(call, sym_eq(input.sizes[0], hidden.sizes[0]), ErrorType::kRuntimeError, [&] {
    return fmt::format("Input batch size {} doesn't match hidden0 batch size {}", to_string(input.sizes[0]),
                       to_string(hidden.sizes[0]));
  });
}

/// The next state of a cell: the shape of the hidden state, dense.
FakeTensor& next_state(Call& call, Kind kind, FakeTensor& hidden, std::size_t weights) {
  FakeTensor& input = call.tensor(0);
  FakeTensor& input_weight = call.tensor(weights);
  FakeTensor& hidden_weight = call.tensor(weights + 1);
  check_cell(call, input, hidden, input_weight, hidden_weight);
  FakeTensor& hidden_gates = linear(call, hidden, hidden_weight, call.optional_tensor(weights + 3));
  FakeTensor& input_gates = linear(call, input, input_weight, call.optional_tensor(weights + 2));
  return step(call, kind, input_gates, hidden_gates, hidden);
}

Results lstm_cell(Call& call) {
  const Tensors hx = call.tensors(1);
  check(hx.size() == 2, ErrorType::kRuntimeError, [] { return "lstm_cell expects two hidden states"; });
  FakeTensor& next = next_state(call, Kind::kLstm, *hx[0], 2);
  return {&next, &like(call, next)};
}
Results gru_cell(Call& call) { return one(next_state(call, Kind::kGru, call.tensor(1), 2)); }
Results simple_cell(Call& call) { return one(next_state(call, Kind::kSimple, call.tensor(1), 2)); }

// torch/_meta_registrations.py _thnn_fused_lstm_cell_meta
Results fused_lstm_cell(Call& call) {
  FakeTensor& gates = call.tensor(0);
  FakeTensor& cell = call.tensor(2);
  check(gates.dim() == 2, ErrorType::kRuntimeError, [&] { return fmt::format("{} != 2", gates.dim()); });
  check(call, sym_eq(gates.sizes, call.tensor(1).sizes), ErrorType::kRuntimeError,
        [&] { return fmt::format("{} != {}", size_text(gates.sizes), size_text(call.tensor(1).sizes)); });
  const auto dense = [&](const FakeTensor& t) { return &call.contiguous(t.dtype, t.sizes, t.device); };
  return {dense(cell), dense(cell), dense(gates)};
}

// torch/_meta_registrations.py mkldnn_rnn_layer
Results mkldnn_rnn_layer(Call& call) {
  FakeTensor& input = call.tensor(0);
  const auto like_or_empty = [&](std::size_t i) {
    const FakeTensor& t = call.tensor(i);
    return &call.contiguous(t.dtype, t.sizes, t.device);
  };
  const SymInts sizes{input.sizes.at(0), input.sizes.at(1), call.integer(10)};
  return {&call.contiguous(input.dtype, sizes, input.device), like_or_empty(5), like_or_empty(6),
          &call.contiguous(ScalarType::kByte, {0}, input.device)};
}

constexpr OpRow kRows[] = {
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
    {"rnn_relu_cell", simple_cell},
    {"rnn_tanh.data", packed},
    {"rnn_tanh.input", simple_input},
    {"rnn_tanh_cell", simple_cell},
};

}  // namespace

std::span<const OpRow> rnn_ops() { return kRows; }

}  // namespace retrace::ops
