// SPDX-License-Identifier: Apache-2.0
// Sparse tensors made of indices and values, or of a dense tensor (ATen/native/sparse/SparseTensor.cpp,
// SparseCsrTensor.cpp, TensorConversions.cpp).
#include <fmt/format.h>

#include <array>

#include "core/ops/op_table.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/promote.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

struct Compressed {
  Layout layout;
  std::string_view name;   // "csr"
  std::string_view word;   // ATen's: "SparseCsr"
  std::string_view upper;  // "CSR"
};
constexpr std::array<Compressed, 4> kCompressed{{{Layout::kSparseCsr, "csr", "SparseCsr", "CSR"},
                                                 {Layout::kSparseCsc, "csc", "SparseCsc", "CSC"},
                                                 {Layout::kSparseBsr, "bsr", "SparseBsr", "BSR"},
                                                 {Layout::kSparseBsc, "bsc", "SparseBsc", "BSC"}}};

const Compressed* compressed(Layout layout) {
  const auto at =
      std::find_if(kCompressed.begin(), kCompressed.end(), [&](const Compressed& c) { return c.layout == layout; });
  return at == kCompressed.end() ? nullptr : &*at;
}
std::string_view word_of(Layout layout) {
  if (const Compressed* const c = compressed(layout)) return c->word;
  return layout == Layout::kSparseCoo ? "Sparse" : "Strided";
}

void expect(bool condition, const std::string& text) {
  check(condition, ErrorType::kRuntimeError, [&] { return text; });
}

/// A sparse tensor shows strides of zero.
FakeTensor& made(Call& call, Layout layout, ScalarType dtype, const SymInts& sizes) {
  for (const SymInt& size : sizes) {
    check(call, sym_ge(size, 0), ErrorType::kRuntimeError, [] { return "numel: integer multiplication overflow"; });
  }
  FakeTensor& result = call.strided(dtype, sizes, SymInts(sizes.size(), SymInt(0)), Device());
  result.layout = layout;
  return result;
}

void check_values_dtype(const FakeTensor& values, ScalarType dtype) {
  expect(values.dtype == dtype, fmt::format("dtype of values ({}) must match dtype of sparse tensor ({})",
                                            aten_name(values.dtype), aten_name(dtype)));
}

// ---- Compressed rows and columns. Arguments: compressed indices, plain indices, values, size; dtype, layout.

FakeTensor& compressed_of(Call& call, const Compressed& c) {
  const ScalarType dtype = call.dtype(4).value_or(kDefaultDtype);
  check_values_dtype(call.tensor(2), dtype);
  for (std::size_t i = 0; i < 3; ++i) {
    expect(!is_symbolic(call.tensor(i)), fmt::format("Sparse {} tensors do not have strides", c.upper));
  }
  return made(call, c.layout, dtype, call.sym_ints(3));
}

template <std::size_t which>
Results compressed_tensor(Call& call) {
  const Compressed& c = kCompressed[which];
  const Layout layout = call.layout(5).value_or(c.layout);
  const bool unsafe = call.schema().name.ends_with("_unsafe");
  expect(layout == c.layout, fmt::format("sparse {} layout must be {} but got {}", unsafe ? "compressed" : c.name,
                                         c.word, word_of(layout)));
  return one(compressed_of(call, c));
}

const Compressed& wanted_layout(Call& call, std::size_t i, std::string_view function) {
  const std::optional<Layout> layout = call.layout(i);
  const Compressed* const c = layout ? compressed(*layout) : nullptr;
  expect(c != nullptr, fmt::format("{} expected sparse compressed tensor layout but got {}", function,
                                   layout ? word_of(*layout) : "none"));
  return *c;
}
Results any_compressed_unsafe(Call& call) {
  return one(compressed_of(call, wanted_layout(call, 5, "sparse_compressed_tensor_unsafe")));
}
/// Its fake values are on the meta device, which the tensor is not.
Results any_compressed(Call& call) {
  wanted_layout(call, 5, "sparse_compressed_tensor");
  check_values_dtype(call.tensor(2), call.dtype(4).value_or(kDefaultDtype));
  raise(ErrorType::kRuntimeError, "Values and compressed tensor instance need to be on the same device.");
}

// ---- Dense to compressed

template <std::size_t which>
Results to_rows(Call& call) {
  const Compressed& c = kCompressed[which];
  const FakeTensor& self = call.tensor(0);
  if (is_symbolic(self)) raise(ErrorType::kUnsupported, fmt::format("aten._to_sparse_{}.default", c.name));
  if (const auto dense = call.optional_integer(1)) {
    expect(*dense >= 0 && *dense <= self.dim() - 2,
           fmt::format("dense_to_sparse_{}: dense_dim argument must be in [0,{}] range, but {} is given", c.name,
                       self.dim() - 2, *dense));
  }
  if (self.dim() < 2 && c.layout == Layout::kSparseCsr) {
    raise(ErrorType::kIndexError,
          fmt::format("select(): index 1 out of range for tensor of size [0, {}] at dimension 1", self.dim()));
  }
  if (self.dim() < 2) wrap_dim(1, self.dim());
  return one(made(call, c.layout, self.dtype, self.sizes));
}

template <std::size_t which>
Results to_blocks(Call& call) {
  const Compressed& c = kCompressed[which];
  const FakeTensor& self = call.tensor(0);
  if (is_symbolic(self)) raise(ErrorType::kUnsupported, fmt::format("aten._to_sparse_{}.default", c.name));
  const std::vector<std::int64_t> block = call.integers(1);
  const std::string function = fmt::format("dense_to_sparse_{}", c.name);
  expect(block.size() == 2,
         fmt::format("{}: blocksize needs to be a tuple of size 2, but got {}", function, block.size()));
  expect(block[0] > 0 && block[1] > 0,
         fmt::format("{}: blocksize needs to be positive, but got [{}, {}]", function, block[0], block[1]));
  const std::int64_t dense = call.optional_integer(2).value_or(0);
  const std::int64_t rows = size_at(self, -2 - dense).as_int();
  const std::int64_t columns = size_at(self, -1 - dense).as_int();
  expect(rows % block[0] == 0 && columns % block[1] == 0,
         fmt::format("{}: tensor sparse size ({},{}) must be divisible by given blocksize ({},{})", function, rows,
                     columns, block[0], block[1]));
  return one(made(call, c.layout, self.dtype, self.sizes));
}

// ---- Coordinates

void check_ranks(std::size_t sizes, std::int64_t sparse, std::int64_t dense) {
  expect(static_cast<std::int64_t>(sizes) == sparse + dense,
         fmt::format("'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {}, sparse_dim = {}, "
                     "dense_dim = {}",
                     sizes, sparse, dense));
}

/// new_with_dims_and_tensor_sparse, alias_into_sparse: `values` of one number are one value.
FakeTensor& coordinates(Call& call, const FakeTensor& indices, const FakeTensor& values, const SymInts& sizes,
                        ScalarType dtype) {
  const auto rank = static_cast<std::size_t>(call.env().guard_int(size_at(indices, 0)));
  const std::int64_t dense = std::max<std::int64_t>(values.dim() - 1, 0);
  check_ranks(sizes.size(), static_cast<std::int64_t>(rank), dense);
  FakeTensor& result = made(call, Layout::kSparseCoo, dtype, sizes);
  expect(indices.dtype == ScalarType::kLong, "indices must be an int64 tensor");
  const SymInt count = values.dim() == 0 ? SymInt(1) : values.sizes[0];
  const SymInt entries = size_at(indices, 1);
  if (!truth(call, sym_eq(entries, count))) {
    expect(false,
           fmt::format("indices and values must have same nnz, but got nnz from indices: {}, nnz from values: {}",
                       to_string(entries), to_string(count)));
  }
  SymInts wanted{count};
  wanted.insert(wanted.end(), sizes.begin() + static_cast<std::ptrdiff_t>(rank), sizes.end());
  for (std::size_t d = 1; d < wanted.size(); ++d) {
    if (truth(call, sym_eq(wanted[d], values.sizes[d]))) continue;
    expect(false,
           fmt::format("values has incorrect size, expected {}, got {}", to_string(wanted), to_string(values.sizes)));
  }
  return result;
}

Results coo_of_size(Call& call) {
  const FakeTensor& values = call.tensor(1);
  return one(coordinates(call, call.tensor(0), values, call.sym_ints(2), call.dtype(3).value_or(values.dtype)));
}
Results coo_empty(Call& call) {
  return one(made(call, Layout::kSparseCoo, call.dtype(1).value_or(kDefaultDtype), call.sym_ints(0)));
}

/// The least size that holds the indices is read off them.
Results coo_inferred(Call& call) {
  const FakeTensor& indices = call.tensor(0);
  const FakeTensor& values = call.tensor(1);
  SymInts shown;
  if (indices.dim() != 2) {
    for (const SymInt& size : indices.sizes) shown.emplace_back(call.env().guard_int(size));
    expect(false, fmt::format("indices must be sparse_dim x nnz, but got: {}", to_string(shown)));
  }
  check_no_symbols(indices, "numel()");
  if (!indices.numel().is(0)) {
    check_scalar_type(indices, ScalarType::kLong);
    raise_no_data();
  }
  SymInts sizes(static_cast<std::size_t>(indices.sizes[0].as_int()), SymInt(0));
  for (std::size_t d = 1; d < values.sizes.size(); ++d) sizes.push_back(values.sizes[d]);
  return one(coordinates(call, indices, values, sizes, call.dtype(2).value_or(values.dtype)));
}

void want_coo(Call& call, std::size_t i) {
  expect(call.layout(i) == Layout::kSparseCoo,
         "layout.has_value() && *layout == kSparse INTERNAL ASSERT FAILED at "
         "\"/__w/pytorch/pytorch/aten/src/ATen/native/sparse/SparseTensor.cpp\":154, please report a bug to PyTorch.");
}
Results coo_with_dims(Call& call) {
  want_coo(call, 4);
  const SymInts sizes = call.sym_ints(2);
  check_ranks(sizes.size(), call.integer(0), call.integer(1));
  return one(made(call, Layout::kSparseCoo, call.dtype(3).value_or(kDefaultDtype), sizes));
}
Results coo_with_dims_and_tensors(Call& call) {
  want_coo(call, 6);
  const SymInts sizes = call.sym_ints(2);
  check_ranks(sizes.size(), call.integer(0), call.integer(1));
  const ScalarType dtype = call.dtype(5).value_or(kDefaultDtype);
  if (call.tensor(3).dtype == ScalarType::kLong) check_values_dtype(call.tensor(4), dtype);
  return one(coordinates(call, call.tensor(3), call.tensor(4), sizes, dtype));
}

constexpr OpRow kRows[] = {
    {"_sparse_bsc_tensor_unsafe", compressed_tensor<3>},
    {"_sparse_bsr_tensor_unsafe", compressed_tensor<2>},
    {"_sparse_compressed_tensor_unsafe", any_compressed_unsafe},
    {"_sparse_coo_tensor_unsafe", coo_of_size},
    {"_sparse_coo_tensor_with_dims", coo_with_dims},
    {"_sparse_coo_tensor_with_dims_and_tensors", coo_with_dims_and_tensors},
    {"_sparse_csc_tensor_unsafe", compressed_tensor<1>},
    {"_sparse_csr_tensor_unsafe", compressed_tensor<0>},
    {"_to_sparse_bsc", to_blocks<3>},
    {"_to_sparse_bsr", to_blocks<2>},
    {"_to_sparse_csc", to_rows<1>},
    {"_to_sparse_csr", to_rows<0>},
    {"sparse_bsc_tensor.ccol_row_value_size", compressed_tensor<3>},
    {"sparse_bsr_tensor.crow_col_value_size", compressed_tensor<2>},
    {"sparse_compressed_tensor.comp_plain_value_size", any_compressed},
    {"sparse_coo_tensor.indices", coo_inferred},
    {"sparse_coo_tensor.indices_size", coo_of_size},
    {"sparse_coo_tensor.size", coo_empty},
    {"sparse_csc_tensor.ccol_row_value_size", compressed_tensor<1>},
    {"sparse_csr_tensor.crow_col_value_size", compressed_tensor<0>},
    {"to_sparse_bsc", to_blocks<3>},
    {"to_sparse_bsr", to_blocks<2>},
    {"to_sparse_csc", to_rows<1>},
    {"to_sparse_csr", to_rows<0>},
};

}  // namespace

std::span<const OpRow> sparse_factory_ops() { return kRows; }

}  // namespace retrace::ops
