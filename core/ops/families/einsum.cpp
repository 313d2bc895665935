// SPDX-License-Identifier: Apache-2.0
#include "core/ops/families/einsum.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <deque>
#include <numeric>

#include "core/ops/vocabulary/asked_left.h"
#include "core/ops/vocabulary/matmul.h"
#include "core/ops/vocabulary/promote.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

using Dims = std::vector<std::int64_t>;

/// Is a dimension more than broadcast? One whose size nobody knows is.
bool is_long(Call& call, const SymInt& size) { return call.env().guard_or_true(sym_ne(size, 1)); }
bool holds(const Dims& dims, std::int64_t dim) { return std::ranges::find(dims, dim) != dims.end(); }
Dims joined(std::initializer_list<const Dims*> parts) {
  Dims all;
  for (const Dims* part : parts) all.insert(all.end(), part->begin(), part->end());
  return all;
}
Value dims_value(const Dims& dims) { return SymInts(dims.begin(), dims.end()); }
FakeTensor& sum_keeping(Call& call, FakeTensor& t, const Dims& dims) {
  return call.op1("aten::sum.dim_IntList", {&t, dims_value(dims), true});
}

/// Which of left, right and the output hold each dimension, and the sizes of the merged groups.
struct Pairing {
  Dims both, left_only, right_only;
  SymInt both_size = 1, left_size = 1, right_size = 1, sum_size = 1;
};

Pairing pair_dims(Call& call, FakeTensor*& left, FakeTensor*& right, const Dims& sum_dims) {
  Pairing p;
  for (std::int64_t i = 0; i < left->dim(); ++i) {
    const bool in_left = is_long(call, size_at(*left, i));
    const bool in_right = is_long(call, size_at(*right, i));
    if (in_left && in_right) {
      check(call, sym_eq_asked_left(size_at(*left, i), size_at(*right, i)), ErrorType::kRuntimeError,
            [] { return "non-broadcast dimensions must match"; });
    }
    if (holds(sum_dims, i)) {
      if (in_left && in_right)
        p.sum_size *= size_at(*left, i);
      else if (in_left)
        left = &sum_keeping(call, *left, {i});
      else if (in_right)
        right = &sum_keeping(call, *right, {i});
    } else if (in_left && in_right) {
      p.both.push_back(i);
      p.both_size *= size_at(*left, i);
    } else if (in_left) {
      p.left_only.push_back(i);
      p.left_size *= size_at(*left, i);
    } else {
      p.right_only.push_back(i);
      p.right_size *= size_at(*right, i);
    }
  }
  return p;
}

/// All that only right has stands before all that only left has: the product is made the other way round, so that it
/// comes out in the order of the output.
bool right_comes_first(const Pairing& p) {
  return !p.left_only.empty() && !p.right_only.empty() && p.right_only.back() < p.left_only.front();
}

/// (left * right) summed over `sum_dims`, which stay as ones, by one bmm.
FakeTensor& sumproduct_pair(Call& call, FakeTensor& a, FakeTensor& b, const Dims& sum_dims) {
  check(a.dim() == b.dim(), ErrorType::kRuntimeError, [] { return "number of dimensions must match"; });
  if (sum_dims.empty()) return call.op1("aten::mul.Tensor", {&a, &b});
  FakeTensor* left = &a;
  FakeTensor* right = &b;
  Pairing p = pair_dims(call, left, right, sum_dims);
  if (right_comes_first(p)) {
    std::swap(left, right);
    std::swap(p.left_only, p.right_only);
    std::swap(p.left_size, p.right_size);
  }
  SymInts sizes;
  for (const std::int64_t d : p.both) sizes.push_back(size_at(*left, d));
  for (const std::int64_t d : p.left_only) sizes.push_back(size_at(*left, d));
  sizes.insert(sizes.end(), sum_dims.size(), SymInt(1));
  for (const std::int64_t d : p.right_only) sizes.push_back(size_at(*right, d));
  const Dims order = joined({&p.both, &p.left_only, &sum_dims, &p.right_only});
  Dims back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  FakeTensor& l = reshape(call, permute(call, *left, order), {p.both_size, p.left_size, p.sum_size});
  FakeTensor& r = reshape(call, permute(call, *right, joined({&p.both, &sum_dims, &p.right_only, &p.left_only})),
                          {p.both_size, p.sum_size, p.right_size});
  return permute(call, unsafe_view(call, bmm(call, l, r), sizes), back);
}

// ---- The equation.

constexpr int kLetters = 26;
constexpr int kLabels = 2 * kLetters;
constexpr int kEllipsis = kLabels;

int label_of(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0 ? c - 'A' : c - 'a' + kLetters; }
char letter_of(int label) { return static_cast<char>(label < kLetters ? label + 'A' : label - kLetters + 'a'); }
[[noreturn]] void fail(const std::string& text) { raise(ErrorType::kRuntimeError, "einsum(): " + text); }
bool ellipsis_at(std::string_view text, std::size_t i) { return text.substr(i, 3) == "..."; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

struct Equation {
  std::vector<std::vector<int>> operands;
  std::array<int, kLabels> count{};
  std::int64_t ellipsis_rank = 0;
  // The order of the merged dimensions: output first, then what is summed.
  std::array<std::int64_t, kLabels> place;
  std::int64_t ellipsis_place = 0;
  std::int64_t output_rank = 0;
  std::int64_t rank = 0;
};

void parse_operands(Equation& eq, std::string_view text, std::size_t operand_count) {
  eq.operands.assign(operand_count, {});
  std::size_t current = 0;
  bool seen_ellipsis = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (c == '.') {
      if (seen_ellipsis) fail(fmt::format("found '.' for operand {} for which an ellipsis was already found", current));
      if (!ellipsis_at(text, i))
        fail(fmt::format("found '.' for operand {} that is not part of any ellipsis", current));
      i += 2;
      eq.operands[current].push_back(kEllipsis);
      seen_ellipsis = true;
    } else if (c == ',') {
      if (++current >= operand_count) fail("fewer operands were provided than specified in the equation");
      seen_ellipsis = false;
    } else {
      if (!is_letter(c))
        fail(fmt::format("invalid subscript given at index {} in the equation string, subscripts must be in [a-zA-Z]",
                         i));
      eq.operands[current].push_back(label_of(c));
    }
  }
  if (current + 1 != operand_count) fail("more operands were provided than specified in the equation");
}

void count_labels(Equation& eq, const std::vector<FakeTensor*>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::int64_t rank = tensors[i]->dim();
    const bool has_ellipsis = std::ranges::find(eq.operands[i], kEllipsis) != eq.operands[i].end();
    const std::int64_t labels = static_cast<std::int64_t>(eq.operands[i].size()) - (has_ellipsis ? 1 : 0);
    for (const int label : eq.operands[i]) {
      if (label != kEllipsis) ++eq.count[static_cast<std::size_t>(label)];
    }
    if (has_ellipsis ? labels <= rank : labels == rank) {
      if (has_ellipsis) eq.ellipsis_rank = std::max(eq.ellipsis_rank, rank - labels);
      continue;
    }
    fail(fmt::format("the number of subscripts in the equation ({}{} the number of dimensions ({}) for operand {}{}",
                     labels, has_ellipsis ? ") is more than" : ") does not match", rank, i,
                     has_ellipsis ? "" : " and no ellipsis was given"));
  }
}

/// The explicit output; says whether it holds the ellipsis.
bool parse_output(Equation& eq, std::string_view text, std::size_t offset) {
  bool seen_ellipsis = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (c == '.') {
      if (seen_ellipsis) fail("found '.' for output but an ellipsis (...) was already found");
      if (!ellipsis_at(text, i)) fail("found '.' for output that is not part of any ellipsis (...)");
      i += 2;
      eq.ellipsis_place = eq.rank;
      eq.rank += eq.ellipsis_rank;
      seen_ellipsis = true;
      continue;
    }
    if (!is_letter(c))
      fail(fmt::format("invalid subscript given at index {} in the equation string, subscripts must be in [a-zA-Z]",
                       offset + i));
    const auto label = static_cast<std::size_t>(label_of(c));
    if (eq.place[label] != -1) fail(fmt::format("output subscript {} appears more than once in the output", c));
    if (eq.count[label] == 0)
      fail(fmt::format("output subscript {} does not appear in the equation for any input operand", c));
    eq.place[label] = eq.rank++;
  }
  return seen_ellipsis;
}

Equation parse(std::string_view text, const std::vector<FakeTensor*>& tensors) {
  Equation eq;
  eq.place.fill(-1);
  const std::size_t arrow = text.find("->");
  parse_operands(eq, text.substr(0, arrow), tensors.size());
  count_labels(eq, tensors);
  bool ellipsis_in_output = true;
  if (arrow == std::string_view::npos) {
    eq.rank = eq.ellipsis_rank;
    for (std::size_t label = 0; label < kLabels; ++label) {
      if (eq.count[label] == 1) eq.place[label] = eq.rank++;
    }
  } else {
    ellipsis_in_output = parse_output(eq, text.substr(arrow + 2), arrow + 2);
  }
  eq.output_rank = eq.rank;
  if (!ellipsis_in_output) {
    eq.ellipsis_place = eq.rank;
    eq.rank += eq.ellipsis_rank;
  }
  for (std::size_t label = 0; label < kLabels; ++label) {
    if (eq.count[label] > 0 && eq.place[label] == -1) eq.place[label] = eq.rank++;
  }
  return eq;
}

// ---- The contraction.

/// Sizes seen so far for each merged dimension, and how many operands hold it.
struct Merged {
  SymInts sizes;
  std::vector<int> holders;
};

/// Records a size under a merged dimension; raises `text()` where it does not broadcast.
template <typename Text>
void merge_size(Call& call, Merged& merged, std::int64_t place, const SymInt& size, Text&& text) {
  if (!is_long(call, size)) return;
  SymInt& seen = merged.sizes[static_cast<std::size_t>(place)];
  check(call, sym_or(sym_eq(seen, 1), sym_eq_asked_left(seen, size)), ErrorType::kRuntimeError,
        [&] { return text(seen); });
  seen = size;
  ++merged.holders[static_cast<std::size_t>(place)];
}

/// An operand with all merged dimensions, in their order: diagonals taken, missing dimensions as ones.
FakeTensor& aligned(Call& call, const Equation& eq, Merged& merged, FakeTensor& operand, std::size_t index) {
  FakeTensor* op = &operand;
  Dims order(static_cast<std::size_t>(eq.rank), -1);
  std::int64_t dim = 0;
  const auto labels = static_cast<std::int64_t>(eq.operands[index].size());
  for (const int label : eq.operands[index]) {
    if (label == kEllipsis) {
      const std::int64_t covered = operand.dim() - (labels - 1);
      for (std::int64_t j = eq.ellipsis_rank - covered; j < eq.ellipsis_rank; ++j) {
        merge_size(call, merged, eq.ellipsis_place + j, size_at(*op, dim), [&](const SymInt& seen) {
          return fmt::format(
              "einsum(): dimension {} covered by ellipsis in operand {}has size {} which does not broadcast "
              "with previously seen ellipsis with size {} for the respective dimension",
              dim, index, to_string(size_at(*op, dim)), to_string(seen));
        });
        order[static_cast<std::size_t>(eq.ellipsis_place + j)] = dim++;
      }
      continue;
    }
    const std::int64_t place = eq.place[static_cast<std::size_t>(label)];
    std::int64_t& slot = order[static_cast<std::size_t>(place)];
    if (slot == -1) {
      merge_size(call, merged, place, size_at(*op, dim), [&](const SymInt& seen) {
        return fmt::format(
            "einsum(): subscript {} has size {} for operand {} which does not broadcast with previously seen size {}",
            letter_of(label), to_string(size_at(*op, dim)), index, to_string(seen));
      });
      slot = dim++;
      continue;
    }
    check(truth(call, sym_eq(size_at(*op, dim), size_at(*op, slot))), ErrorType::kRuntimeError, [&] {
      return fmt::format("einsum(): subscript {} is repeated for operand {} but the sizes don't match, {} != {}",
                         letter_of(label), index, to_string(size_at(*op, dim)), to_string(size_at(*op, slot)));
    });
    const std::int64_t last[] = {-1};
    const std::int64_t target[] = {slot};
    op = &movedim(call, diagonal(call, *op, 0, slot, dim), last, target);
  }
  for (std::int64_t& slot : order) {
    if (slot != -1) continue;
    op = &unsqueeze(call, *op, dim);
    slot = dim++;
  }
  return permute(call, *op, order);
}

/// One contraction: sums what no later operand holds.
FakeTensor& contract(Call& call, const Equation& eq, Merged& merged, FakeTensor* a, FakeTensor* b) {
  Dims shared, only_a, only_b;
  for (std::int64_t dim = eq.output_rank; dim < eq.rank; ++dim) {
    int& holders = merged.holders[static_cast<std::size_t>(dim)];
    const bool in_a = is_long(call, size_at(*a, dim));
    const bool in_b = (in_a || holders == 1) && is_long(call, size_at(*b, dim));
    if (in_a && in_b) {
      if (--holders != 1) continue;
      shared.push_back(dim);
    } else if (holders == 1 && (in_a || in_b)) {
      (in_a ? only_a : only_b).push_back(dim);
    } else {
      continue;
    }
    holders = 0;
  }
  if (!only_a.empty()) a = &sum_keeping(call, *a, only_a);
  if (!only_b.empty()) b = &sum_keeping(call, *b, only_b);
  return sumproduct_pair(call, *a, *b, shared);
}

/// The next pair of the contraction path, checked.
std::pair<std::size_t, std::size_t> next_pair(const Dims& path, std::size_t at, std::size_t left) {
  const auto [i, j] = std::minmax(path[at], path[at + 1]);
  const bool inside = i >= 0 && j < static_cast<std::int64_t>(left);
  if (i == j || !inside) {
    fail(fmt::format("invalid contraction ({}, {}{}", i, j,
                     i == j ? ") cannot contract an operand with itself" : ") operand index is out of bounds"));
  }
  return {static_cast<std::size_t>(i), static_cast<std::size_t>(j)};
}

FakeTensor& contract_all(Call& call, const Equation& eq, Merged& merged, std::deque<FakeTensor*>& ops,
                         const std::optional<Dims>& path) {
  for (std::size_t at = 0; ops.size() > 1; at += 2) {
    const auto [i, j] = path ? next_pair(*path, at, ops.size()) : std::pair<std::size_t, std::size_t>(0, 1);
    FakeTensor* a = ops[i];
    FakeTensor* b = ops[j];
    ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(j));
    ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(i));
    FakeTensor& product = contract(call, eq, merged, a, b);
    path ? ops.push_back(&product) : ops.push_front(&product);
  }
  return *ops.front();
}

}  // namespace

// aten/src/ATen/native/Linear.cpp einsum
Results einsum(Call& call) {
  const std::vector<FakeTensor*> tensors = call.tensors(1);
  if (tensors.empty()) fail("must provide at least one operand");
  const std::optional<Dims> path = call.optional_integers(2);
  const std::size_t path_size = tensors.size() == 1 ? 1 : (tensors.size() - 1) * 2;
  if (path && path->size() != path_size) {
    fail(fmt::format("expected contraction path given in path parameter to have size {} but got {}", path_size,
                     path->size()));
  }
  const Equation eq = parse(call.string(0), tensors);
  Merged merged{SymInts(static_cast<std::size_t>(eq.rank), 1), std::vector<int>(static_cast<std::size_t>(eq.rank))};
  std::deque<FakeTensor*> ops;
  for (std::size_t i = 0; i < tensors.size(); ++i) ops.push_back(&aligned(call, eq, merged, *tensors[i], i));
  FakeTensor& out = contract_all(call, eq, merged, ops, path);
  if (eq.rank == eq.output_rank) return one(out);
  if (tensors.size() > 1) {
    return one(view_shape(call, out, SymInts(out.sizes.begin(), out.sizes.begin() + eq.output_rank)));
  }
  Dims summed(static_cast<std::size_t>(eq.rank - eq.output_rank));
  std::iota(summed.begin(), summed.end(), eq.output_rank);
  return one(call.op1("aten::sum.dim_IntList", {&out, dims_value(summed)}));
}

// aten/src/ATen/native/Linear.cpp _trilinear: a dense result of the unsummed sizes; the loop needs its count
Results trilinear(Call& call) {
  FakeTensor* inputs[] = {&call.tensor(0), &call.tensor(1), &call.tensor(2)};
  const Dims expand[] = {call.integers(3), call.integers(4), call.integers(5)};
  const std::int64_t total = inputs[0]->dim() + static_cast<std::int64_t>(expand[0].size());
  for (const Dims& dims : expand) distinct_dims(dims, total);
  const Dims summed = distinct_dims(call.integers(6), total);
  const std::int64_t rank = inputs[0]->dim() + static_cast<std::int64_t>(expand[0].size());
  const std::int64_t unroll = call.integer(7);
  check(unroll >= 0 && unroll < rank, ErrorType::kRuntimeError,
        [&] { return fmt::format("unroll_dim must be in [0,{}]", rank - 1); });
  SymInts sizes;
  std::int64_t next[3] = {0, 0, 0};
  for (std::int64_t dim = 0; dim < rank; ++dim) {
    SymInt size = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      if (!holds(expand[k], dim)) size = size_at(*inputs[k], next[k]++);
    }
    if (dim == unroll) size = call.env().guard_int(size);
    if (!holds(summed, dim)) sizes.push_back(size);
  }
  return one(call.contiguous(inputs[0]->dtype, sizes, inputs[0]->device));
}

void check_bilinear_dtypes(const FakeTensor& a, const FakeTensor& b, const FakeTensor& weight, const FakeTensor* bias) {
  const bool same = a.dtype == b.dtype && a.dtype == weight.dtype && (bias == nullptr || a.dtype == bias->dtype);
  check(same, ErrorType::kRuntimeError, [&] {
    return fmt::format("All tensors must have the same dtype, got input1: {}, input2: {}, weight: {}{}{}",
                       cpp_name(a.dtype), cpp_name(b.dtype), cpp_name(weight.dtype),
                       bias == nullptr ? "" : ", bias: ", bias == nullptr ? "" : cpp_name(bias->dtype));
  });
}

// aten/src/ATen/native/Linear.cpp bilinear
Results bilinear(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& b = call.tensor(1);
  FakeTensor& weight = call.tensor(2);
  FakeTensor* bias = call.optional_tensor(3);
  check_bilinear_dtypes(a, b, weight, bias);
  check(a.dim() == b.dim(), ErrorType::kRuntimeError,
        [&] { return fmt::format("bilinear(): input dimensions do not match: got {} and {}", a.dim(), b.dim()); });
  for (std::int64_t i = 0; i + 1 < a.dim(); ++i) {
    check(truth(call, sym_eq(size_at(a, i), size_at(b, i))), ErrorType::kRuntimeError, [&] {
      return fmt::format("bilinear(): input batch dimensions do not match at dim {}: got {} and {}", i,
                         to_string(size_at(a, i)), to_string(size_at(b, i)));
    });
  }
  const auto fits = [&](const SymInt& got, std::int64_t dim, std::string_view what) {
    check(truth(call, sym_eq(got, size_at(weight, dim))), ErrorType::kRuntimeError, [&] {
      return fmt::format("bilinear(): {} size does not match weight size: got {} but expected {}", what, to_string(got),
                         to_string(size_at(weight, dim)));
    });
  };
  check(a.dtype == b.dtype && a.dtype == weight.dtype && (bias == nullptr || bias->dtype == a.dtype),
        ErrorType::kRuntimeError, [&] {
          return fmt::format("All tensors must have the same dtype, got input1: {}, input2: {}, weight: {}{}",
                             cpp_name(a.dtype), cpp_name(b.dtype), cpp_name(weight.dtype),
                             bias == nullptr ? "" : fmt::format(", bias: {}", cpp_name(bias->dtype)));
        });
  fits(size_at(a, -1), 1, "input1");
  fits(size_at(b, -1), 2, "input2");
  if (bias != nullptr) fits(size_at(*bias, 0), 0, "bias");
  SymInts sizes(a.sizes.begin(), a.sizes.end() - 1);
  sizes.push_back(size_at(weight, 0));
  FakeTensor& left = reshape(call, a, {-1, a.sizes.back()});
  FakeTensor& right = reshape(call, b, {-1, b.sizes.back()});
  FakeTensor& product =
      call.op1("aten::_trilinear", {&left, &weight, &right, SymInts{1, 3}, SymInts{0}, SymInts{1, 2}, SymInts{2, 3}});
  FakeTensor& out = reshape(call, product, sizes);
  return one(bias == nullptr ? out : call.op1("aten::add.Tensor", {&out, bias}));
}

// aten/src/ATen/native/Linear.cpp tensordot
Results tensordot(Call& call) {
  const Dims dims[] = {call.integers(2), call.integers(3)};
  check(dims[0].size() == dims[1].size(), ErrorType::kRuntimeError,
        [] { return "both dimension lists should have same length"; });
  FakeTensor* t[] = {&call.tensor(0), &call.tensor(1)};
  check(t[0]->dtype == t[1]->dtype, ErrorType::kRuntimeError, [] { return "both inputs should have same dtype"; });
  const Dims left = wrap_dims(dims[0], t[0]->dim());
  const Dims right = wrap_dims(dims[1], t[1]->dim());
  const auto summed = [&](FakeTensor& x, std::int64_t dim) -> FakeTensor& {
    return call.op1("aten::sum.dim_IntList", {&x, dims_value({dim}), true, x.dtype});
  };
  SymInt contracted = 1;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const SymInt s1 = size_at(call.tensor(0), left[i]);
    const SymInt s2 = size_at(call.tensor(1), right[i]);
    if (truth(call, sym_eq(s2, 1))) {
      t[0] = &summed(*t[0], left[i]);
    } else if (truth(call, sym_eq(s1, 1))) {
      t[1] = &summed(*t[1], right[i]);
    } else {
      check(call, sym_eq(s1, s2), ErrorType::kRuntimeError, [&] {
        return fmt::format(
            "contracted dimensions need to match, but first has size {} in dim {} and second has size {} in dim {}",
            to_string(s1), dims[0][i], to_string(s2), dims[1][i]);
      });
      contracted *= s1;
    }
  }
  distinct_dims(left, t[0]->dim());
  distinct_dims(right, t[1]->dim());
  const auto kept = [](const FakeTensor& tensor, const Dims& gone) {
    Dims rest;
    for (std::int64_t d = 0; d < tensor.dim(); ++d) {
      if (!holds(gone, d)) rest.push_back(d);
    }
    return rest;
  };
  const Dims rest_left = kept(*t[0], left);
  const Dims rest_right = kept(*t[1], right);
  SymInts sizes;
  SymInt rows = 1;
  SymInt columns = 1;
  for (const std::int64_t d : rest_left) rows *= sizes.emplace_back(size_at(*t[0], d));
  for (const std::int64_t d : rest_right) columns *= sizes.emplace_back(size_at(*t[1], d));
  FakeTensor& l = reshape(call, permute(call, *t[0], joined({&rest_left, &left})), {rows, contracted});
  FakeTensor& r = reshape(call, permute(call, *t[1], joined({&right, &rest_right})), {contracted, columns});
  return one(unsafe_view(call, mm(call, l, r), sizes));
}

}  // namespace retrace::ops
