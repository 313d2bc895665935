// SPDX-License-Identifier: Apache-2.0
// Products of matrices and vectors, and distances.
#include "core/ops/vocabulary/matmul.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/ops/families/einsum.h"
#include "core/ops/families/linalg_checks.h"
#include "core/ops/op_table.h"
#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/factory.h"
#include "core/ops/vocabulary/fallback.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/promote.h"
#include "core/ops/vocabulary/view_geometry.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {
namespace {

std::string text(const SymInt& a) { return to_string(a); }

FakeTensor& product(Call& call, FakeTensor& a, FakeTensor& b) { return call.op1("aten::mul.Tensor", {&a, &b}); }

// ---- One product.

Results dot_rule(Call& call) { return one(dot(call, call.tensor(0), call.tensor(1))); }
Results mv_rule(Call& call) { return one(mv(call, call.tensor(0), call.tensor(1))); }
Results mm_rule(Call& call) { return one(mm(call, call.tensor(0), call.tensor(1))); }
Results mm_dtype(Call& call) { return one(mm(call, call.tensor(0), call.tensor(1), call.dtype(2))); }
Results bmm_rule(Call& call) { return one(bmm(call, call.tensor(0), call.tensor(1))); }
Results bmm_dtype(Call& call) { return one(bmm(call, call.tensor(0), call.tensor(1), call.dtype(2))); }
Results matmul_rule(Call& call) { return one(matmul(call, call.tensor(0), call.tensor(1))); }
Results linear_rule(Call& call) { return one(linear(call, call.tensor(0), call.tensor(1), call.optional_tensor(2))); }
// aten/src/ATen/native/mkldnn/Linear.cpp mkldnn_linear: plain tensors have no kernel
Results mkldnn_linear(Call& call) {
  check_fallback(call);
  raise(ErrorType::kNotImplementedError,
        "could not find kernel for aten.mkldnn_linear.default at dispatch key DispatchKey.CPU");
}

// aten/src/ATen/native/LinearAlgebra.cpp outer
Results outer(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& b = call.tensor(1);
  const auto check_1d = [](const FakeTensor& t, std::string_view name) {
    check(t.dim() == 1, ErrorType::kRuntimeError,
          [&] { return fmt::format("outer: Expected 1-D argument {}, but got {}-D", name, t.dim()); });
  };
  check_1d(a, "self");
  check_1d(b, "vec2");
  return one(product(call, reshape(call, a, {a.sizes[0], 1}), b));
}

// aten/src/ATen/native/LinearAlgebra.cpp inner
Results inner(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& b = call.tensor(1);
  if (a.dim() == 0 || b.dim() == 0) return one(product(call, a, b));
  check(truth(call, sym_eq(a.sizes.back(), b.sizes.back())), ErrorType::kRuntimeError, [&] {
    return fmt::format("inner() the last dimension must match on both input tensors but got shapes {} and {}",
                       to_string(a.sizes), to_string(b.sizes));
  });
  const SymInts last{-1};
  return call.op("aten::tensordot", {&a, &b, last, last});
}

// aten/src/ATen/native/LinearAlgebra.cpp kron: sizes are read as plain numbers
Results kron(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& b = call.tensor(1);
  const auto rank = static_cast<std::size_t>(std::max(a.dim(), b.dim()));
  const auto padded = [&](const FakeTensor& t) {
    std::vector<std::int64_t> sizes = specialized_sizes(call, t);
    sizes.insert(sizes.begin(), rank - sizes.size(), 1);
    return sizes;
  };
  const std::vector<std::int64_t> left = padded(a);
  const std::vector<std::int64_t> right = padded(b);
  SymInts interleaved_a, interleaved_b, sizes;
  for (std::size_t i = 0; i < rank; ++i) {
    interleaved_a.insert(interleaved_a.end(), {left[i], 1});
    interleaved_b.insert(interleaved_b.end(), {1, right[i]});
    sizes.push_back(left[i] * right[i]);
  }
  FakeTensor& all = product(call, reshape(call, a, interleaved_a), reshape(call, b, interleaved_b));
  return one(unsafe_view(call, all, sizes));
}

// ---- A product added to self.

/// _decomp/decompositions.py register_inplace: self.copy_(result).
Results into_self(Call& call, const FakeTensor& result) { return one(copy_back(call, call.tensor(0), result)); }

FakeTensor& addmm_of(Call& call) { return addmm(call, call.tensor(0), call.tensor(1), call.tensor(2), call.arg(3)); }
Results addmm_rule(Call& call) { return one(addmm_of(call)); }
Results addmm_in_place(Call& call) { return into_self(call, addmm_of(call)); }

// torch/_decomp/decompositions.py addmm_dtype
Results addmm_dtype(Call& call) {
  const ScalarType dtype = call.dtype(3).value_or(kDefaultDtype);
  FakeTensor& out = mm(call, call.tensor(1), call.tensor(2), dtype);
  if (leaves_self_out(call.arg(4), call.tensor(0).dtype)) return one(out);
  return one(elementwise_of(call, {&out, &like(call, call.tensor(0), dtype)}, dtype));
}

// torch/_decomp/decompositions.py addmv
FakeTensor& addmv_of(Call& call) {
  FakeTensor& self = call.tensor(0);
  FakeTensor& matrix = call.tensor(1);
  FakeTensor& vector = call.tensor(2);
  check(self.dtype == matrix.dtype && matrix.dtype == vector.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("addmv input tensors must have the same dtype, but got {}, {}, and {}", torch_name(self.dtype),
                       torch_name(matrix.dtype), torch_name(vector.dtype));
  });
  FakeTensor& out = mv(call, matrix, vector);
  if (leaves_self_out(call.arg(3), self.dtype)) return out;
  if (truth(call, sym_eq(out.numel(), 0))) return like(call, self);
  return call.op1("aten::add.Tensor", {&out, &like(call, self)});
}
Results addmv(Call& call) { return one(addmv_of(call)); }
Results addmv_in_place(Call& call) { return into_self(call, addmv_of(call)); }

void check_addr_number(const Value& number, ScalarType dtype, std::string_view name) {
  check(weakly_fits(number, is_bool(dtype) ? ScalarType::kLong : dtype), ErrorType::kRuntimeError, [&] {
    return is_bool(dtype)
               ? fmt::format("expected bool/int {} but got <class '{}'>", name, python_type(number))
               : fmt::format("cannot safely convert <class '{}'> to {}", python_type(number), torch_name(dtype));
  });
}

// torch/_refs/__init__.py addr
FakeTensor& addr_of(Call& call) {
  FakeTensor& left = call.tensor(1);
  FakeTensor& right = call.tensor(2);
  const auto check_1d = [](const FakeTensor& t, std::string_view name) {
    check(t.dim() == 1, ErrorType::kRuntimeError,
          [&] { return fmt::format("addr: Expected 1-D argument {}, but got {}-D", name, t.dim()); });
  };
  check_1d(left, "vec1");
  check_1d(right, "vec2");
  const ScalarType dtype = result_type({&call.tensor(0), &left, &right});
  const Value& beta = call.arg(3);
  const Value& alpha = call.arg(4);
  for (const auto& [number, name] : {std::pair(&alpha, "alpha"), std::pair(&beta, "beta")}) {
    check(dtype == ScalarType::kBool || !number->holds<SymBool>(), ErrorType::kRuntimeError,
          [&, shown = name] { return fmt::format("Boolean {} only supported for Boolean results.", shown); });
  }
  FakeTensor& self = expand(call, call.tensor(0), {left.sizes[0], right.sizes[0]});
  check_addr_number(beta, dtype, "beta");
  check_addr_number(alpha, dtype, "alpha");
  FakeTensor& outer_product = call.contiguous(dtype, {left.sizes[0], right.sizes[0]}, left.device);
  if (leaves_self_out(beta, dtype)) return outer_product;
  return elementwise_of(call, {&like(call, self, dtype), &outer_product}, dtype);
}
Results addr(Call& call) { return one(addr_of(call)); }

// torch/_meta_registrations.py meta_addbmm
FakeTensor& addbmm_of(Call& call) {
  FakeTensor& a = call.tensor(1);
  FakeTensor& b = call.tensor(2);
  const auto dim_of = [](const FakeTensor& t, std::size_t d) {
    return t.sizes.at(static_cast<std::size_t>(wrap_dim(static_cast<std::int64_t>(d), t.dim())));
  };
  const SymInts sizes{dim_of(a, 1), dim_of(b, 2)};
  FakeTensor& self = expand(call, call.tensor(0), sizes);
  check(a.dim() == 3, ErrorType::kRuntimeError, [] { return "batch1 must be a 3D tensor"; });
  check(b.dim() == 3, ErrorType::kRuntimeError, [] { return "batch2 must be a 3D tensor"; });
  check(call, sym_eq(a.sizes[0], b.sizes[0]), ErrorType::kRuntimeError, [&] {
    return fmt::format("batch1 and batch2 must have same number of batches, got {} and {}", text(a.sizes[0]),
                       text(b.sizes[0]));
  });
  check(call, sym_eq(a.sizes[2], b.sizes[1]), ErrorType::kRuntimeError, [&] {
    return fmt::format("Incompatible matrix sizes for bmm ({}x{} and {}x{})", text(a.sizes[1]), text(a.sizes[2]),
                       text(b.sizes[1]), text(b.sizes[2]));
  });
  return call.contiguous(self.dtype, self.sizes, self.device);
}
Results addbmm(Call& call) { return one(addbmm_of(call)); }
Results addbmm_in_place(Call& call) { return into_self(call, addbmm_of(call)); }

// torch/_meta_registrations.py meta_baddbmm
FakeTensor& baddbmm_of(Call& call) {
  FakeTensor* self = &call.tensor(0);
  FakeTensor& a = call.tensor(1);
  FakeTensor& b = call.tensor(2);
  const auto size = [](const FakeTensor& t, std::int64_t d) {
    return t.sizes[static_cast<std::size_t>(wrap_dim(d, t.dim()))];
  };
  const SymInts sizes{size_at(a, 0), size(a, 1), size(b, 2)};
  if (or_true(call, sym_not(sym_eq(self->sizes, sizes)))) self = &expand(call, *self, sizes);
  check(a.dim() == 3, ErrorType::kRuntimeError, [] { return "batch1 must be a 3D tensor"; });
  check(b.dim() == 3, ErrorType::kRuntimeError, [] { return "batch2 must be a 3D tensor"; });
  check(self->dtype == a.dtype && a.dtype == b.dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format("Input dtypes must be the same, got: input: {}, batch1: {}, batch2: {}", torch_name(self->dtype),
                       torch_name(a.dtype), torch_name(b.dtype));
  });
  const auto fits = [&](const SymBool& condition) {
    check(call, condition, ErrorType::kRuntimeError, [&] {
      return fmt::format("Expected size for first two dimensions of batch2 tensor to be: [{}, {}] but got: [{}, {}].",
                         text(a.sizes[0]), text(a.sizes[2]), text(b.sizes[0]), text(b.sizes[1]));
    });
  };
  // `x and y` in Python asks for the truth of x first.
  fits(truth(call, sym_eq(b.sizes[0], a.sizes[0])) ? sym_eq(b.sizes[1], a.sizes[2]) : SymBool(false));
  return call.contiguous(self->dtype, self->sizes, self->device);
}
Results baddbmm(Call& call) { return one(baddbmm_of(call)); }

// torch/_decomp/decompositions.py baddbmm, registered for this overload too: out_dtype comes where beta is awaited
Results baddbmm_dtype(Call& call) {
  const ScalarType dtype = result_type({&call.tensor(0), &call.tensor(1), &call.tensor(2)});
  check(is_floating(dtype) || is_complex(dtype), ErrorType::kTypeError,
        [] { return "int() argument must be a string, a bytes-like object or a real number, not 'torch.dtype'"; });
  bmm(call, call.tensor(1), call.tensor(2), dtype);
  raise(ErrorType::kTypeError, "unsupported operand type(s) for *: 'FakeTensor' and 'torch.dtype'");
}
Results baddbmm_in_place(Call& call) { return into_self(call, baddbmm_of(call)); }

Results addmm_activation(Call& call) { return one(like(call, addmm_of(call))); }

// ---- Chains of products.

// aten/src/ATen/native/LinearAlgebra.cpp multi_dot_impl; which order is taken changes no size
FakeTensor& multi_dot(Call& call, std::vector<FakeTensor*> tensors) {
  const std::size_t n = tensors.size();
  check(n >= 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("multi_dot(): expected at least 2 tensors but got {}", n); });
  FakeTensor& first = *tensors.front();
  FakeTensor& last = *tensors.back();
  SymInts sizes;  // plain, as all sizes are that are read here
  const auto check_end = [&](FakeTensor*& t, std::string_view which, std::int64_t dim, std::size_t kept) {
    if (t->dim() == 1) {
      t = &unsqueeze(call, *t, dim);
      return;
    }
    check(t->dim() == 2, ErrorType::kRuntimeError,
          [&] { return fmt::format("multi_dot(): the {} tensor must be 1D or 2D but got {}D", which, t->dim()); });
    sizes.push_back(specialized_sizes(call, *t)[kept]);
  };
  check_end(tensors.front(), "first", 0, 0);
  check_end(tensors.back(), "last", -1, 1);
  for (std::size_t i = 0; i < n; ++i) {
    check(tensors[i]->dim() == 2, ErrorType::kRuntimeError,
          [&] { return fmt::format("multi_dot(): tensor {} must be 2D but got {}D", i, tensors[i]->dim()); });
    check(tensors[i]->dtype == first.dtype, ErrorType::kRuntimeError, [&] {
      return fmt::format("multi_dot(): all tensors must have be the same dtype but tensor 0 is {} and tensor {} {}",
                         cpp_name(first.dtype), i, cpp_name(tensors[i]->dtype));
    });
    if (i == 0) continue;
    const std::vector<std::int64_t> left = specialized_sizes(call, *tensors[i - 1]);
    const std::vector<std::int64_t> right = specialized_sizes(call, *tensors[i]);
    check(left[1] == right[0], ErrorType::kRuntimeError, [&] {
      return fmt::format("multi_dot(): tensors {} and {} with shapes [{}] and [{}] cannot be multiplied", i - 1, i,
                         fmt::join(left, ", "), fmt::join(right, ", "));
    });
  }
  if (n == 2) return view_shape(call, mm(call, *tensors[0], *tensors[1]), sizes);
  std::vector<std::int64_t> chain{call.env().guard_int(tensors[0]->sizes[0])};
  for (const FakeTensor* t : tensors) chain.push_back(specialized_sizes(call, *t)[1]);
  return unsafe_view(call, call.contiguous(last.dtype, {chain.front(), chain.back()}, last.device), sizes);
}
Results multi_dot_rule(Call& call) { return one(multi_dot(call, call.tensors(0))); }

// aten/src/ATen/native/LinearAlgebra.cpp chain_matmul
Results chain_matmul(Call& call) {
  const std::vector<FakeTensor*> tensors = call.tensors(0);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    check(tensors[i]->dim() == 2, ErrorType::kRuntimeError,
          [&] { return fmt::format("Tensor dimension is {}, expected 2 instead.", tensors[i]->dim()); });
  }
  check(!tensors.empty(), ErrorType::kRuntimeError, [] { return "chain_matmul(): Expected one or more matrices"; });
  return one(tensors.size() == 1 ? clone(call, *tensors[0]) : multi_dot(call, tensors));
}

// ---- Distances.

void check_points(Call& call) {
  const FakeTensor& a = call.tensor(0);
  const FakeTensor& b = call.tensor(1);
  const auto check_dims = [](const FakeTensor& t, std::string_view name) {
    check(t.dim() >= 2, ErrorType::kRuntimeError,
          [&] { return fmt::format("cdist only supports at least 2D tensors, {} got: {}D", name, t.dim()); });
  };
  check_dims(a, "X1");
  check_dims(b, "X2");
  check(call, sym_eq(a.sizes.back(), b.sizes.back()), ErrorType::kRuntimeError, [&] {
    return fmt::format("X1 and X2 must have the same number of columns. X1: {} X2: {}", text(a.sizes.back()),
                       text(b.sizes.back()));
  });
}

void check_distance(Call& call) {
  const auto check_dtype = [](const FakeTensor& t, std::string_view name) {
    check(is_floating(t.dtype), ErrorType::kRuntimeError, [&] {
      return fmt::format("cdist only supports floating-point dtypes, {} got: {}", name, torch_name(t.dtype));
    });
  };
  check_dtype(call.tensor(0), "X1");
  check_dtype(call.tensor(1), "X2");
  check(call.number(2) >= 0, ErrorType::kRuntimeError, [] { return "cdist only supports non-negative p values"; });
  const auto mode = call.optional_integer(3);
  check(!mode || (*mode >= 0 && *mode <= 2), ErrorType::kRuntimeError,
        [&] { return fmt::format("possible modes: None, 0, 1, 2, but was: {}", *mode); });
}

SymInts batch_of(const FakeTensor& t) { return {t.sizes.begin(), t.sizes.end() - 2}; }

FakeTensor& distances(Call& call, SymInts batch) {
  const FakeTensor& a = call.tensor(0);
  batch.insert(batch.end(), {size_from_end(a, 2), size_from_end(call.tensor(1), 2)});
  return call.contiguous(a.dtype, batch, a.device);
}

// torch/_meta_registrations.py meta_cdist_forward
Results cdist_forward(Call& call) {
  check_points(call);
  check_distance(call);
  return one(distances(call, broadcast_shapes(call, batch_of(call.tensor(0)), batch_of(call.tensor(1)))));
}

/// Euclidean distances of many points are computed by products: mode 0 asks how many there are.
bool takes_products(Call& call) {
  const std::int64_t mode = call.optional_integer(3).value_or(0);
  if (call.number(2) != 2 || mode == 2) return false;
  return mode == 1 || truth(call, sym_gt(size_from_end(call.tensor(0), 2), 25)) ||
         truth(call, sym_gt(size_from_end(call.tensor(1), 2), 25));
}

// aten/src/ATen/native/Distance.cpp cdist
Results cdist(Call& call) {
  check_points(call);
  const auto is_empty = [&](const FakeTensor& t) { return truth(call, sym_eq(t.numel(), 0)); };
  static_cast<void>(is_empty(call.tensor(0)) || is_empty(call.tensor(1)));
  check_distance(call);
  if (!takes_products(call)) return cdist_forward(call);
  return one(
      distances(call, infer_broadcast(call, batch_of(call.tensor(0)), batch_of(call.tensor(1)), Speaker::kAten)));
}

// torch/_decomp/decompositions.py _euclidean_dist
Results euclidean_dist(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& b = call.tensor(1);
  const auto widened = [&](const FakeTensor& t) -> FakeTensor& {
    check(t.dim() > 0, ErrorType::kIndexError, [] { return "list assignment index out of range"; });
    SymInts sizes = t.sizes;
    sizes.back() = sizes.back() + SymInt(2);
    return call.contiguous(t.dtype, sizes, t.device);
  };
  FakeTensor& squares = matmul(call, widened(a), transpose(call, widened(b), -2, -1));
  return one(like(call, squares, is_integral(a.dtype, true) ? kDefaultDtype : a.dtype));
}

// torch/_meta_registrations.py meta__pdist_forward
Results pdist_forward(Call& call) {
  FakeTensor& self = call.tensor(0);
  check(is_contiguous(call.env(), geometry(self)), ErrorType::kRuntimeError,
        [] { return "_pdist_forward requires contiguous input"; });
  wrap_dim(0, self.dim(), false);
  const SymInt& n = self.sizes[0];
  return one(empty(call, self.dtype, {floordiv(n * (n - SymInt(1)), 2)}, self.device));
}

// aten/src/ATen/native/Distance.cpp pdist
Results pdist(Call& call) {
  FakeTensor& self = call.tensor(0);
  check(self.dim() == 2, ErrorType::kRuntimeError,
        [&] { return fmt::format("pdist only supports 2D tensors, got: {}D", self.dim()); });
  check(is_floating(self.dtype), ErrorType::kRuntimeError, [] { return "pdist only supports floating-point dtypes"; });
  check(call.number(1) >= 0, ErrorType::kRuntimeError, [] { return "pdist only supports non-negative p values"; });
  return call.op("aten::_pdist_forward", {&contiguous(call, self), call.arg(1)});
}

// aten/src/ATen/native/Distance.cpp pairwise_distance
Results pairwise_distance(Call& call) {
  FakeTensor& difference = call.op1("aten::sub.Tensor", {&call.tensor(0), &call.tensor(1)});
  FakeTensor& shifted = call.op1("aten::add.Scalar", {&difference, call.arg(3)});
  const std::int64_t last = std::max(call.tensor(0).dim(), call.tensor(1).dim()) - 1;
  return call.op("aten::norm.ScalarOpt_dim", {&shifted, call.arg(2), SymInts{last}, call.arg(4)});
}

// aten/src/ATen/native/Distance.cpp cosine_similarity
Results cosine_similarity(Call& call) {
  FakeTensor& a = call.tensor(0);
  FakeTensor& b = call.tensor(1);
  const ScalarType dtype = promote_types(a.dtype, b.dtype);
  check(is_floating(dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("expected common dtype to be floating point, yet common dtype is {}", aten_name(dtype));
  });
  const SymInts sizes =
      same_sizes(call, a.sizes, b.sizes) ? a.sizes.values() : infer_broadcast(call, a.sizes, b.sizes, Speaker::kAten);
  FakeTensor& left = expand(call, to_dtype(call, a, dtype), sizes);
  FakeTensor& right = expand(call, to_dtype(call, b, dtype), sizes);
  const SymInts dim{call.sym_int(2)};
  const auto normalized = [&](FakeTensor& t) -> FakeTensor& {
    FakeTensor& norm = call.op1("aten::linalg_vector_norm", {&t, 2, dim, true});
    return call.op1("aten::div.Tensor", {&t, &norm});
  };
  FakeTensor& y = normalized(right);
  FakeTensor& x = normalized(left);
  return call.op("aten::sum.dim_IntList", {&product(call, x, y), dim});
}

// ---- Statistics and Vandermonde matrices.

// aten/src/ATen/native/LinearAlgebra.cpp vander
Results vander(Call& call) {
  FakeTensor& x = call.tensor(0);
  check(x.dim() == 1, ErrorType::kRuntimeError, [] { return "x must be a one-dimensional tensor."; });
  const std::int64_t n = call.env().guard_int(x.sizes[0]);
  const ScalarType dtype = is_integral(x.dtype, true) ? ScalarType::kLong : x.dtype;
  return one(call.contiguous(dtype, {n, call.optional_integer(1).value_or(n)}, x.device));
}

// aten/src/ATen/native/BatchLinearAlgebra.cpp linalg_vander
Results linalg_vander(Call& call) {
  FakeTensor& self = call.tensor(0);
  const bool low = self.dtype == ScalarType::kHalf || self.dtype == ScalarType::kBFloat16;
  check(!is_bool(self.dtype) && !low, ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.vander supports floating point, complex, and integer tensors, but got {}",
                       aten_name(self.dtype));
  });
  FakeTensor& x = self.dim() == 0 ? unsqueeze(call, self, -1) : self;
  const SymInt& n = x.sizes.back();
  const SymInt columns = call.optional_sym_int(1).value_or(n);
  check(call, sym_gt(columns, 1), ErrorType::kRuntimeError, [] { return "N must be greater than 1."; });
  SymInts sizes = x.sizes;
  sizes.push_back(columns - SymInt(1));
  FakeTensor& powers = call.op1("aten::cumprod", {&expand(call, unsqueeze(call, x, -1), sizes), -1});
  sizes.back() = 1;
  FakeTensor& ones = call.contiguous(powers.dtype, sizes, x.device);
  return call.op("aten::cat", {ValueList{&ones, &powers}, -1});
}

// aten/src/ATen/native/Correlation.cpp cov, corrcoef: they compare data, which no fake tensor has
Results needs_equal(Call& call) {
  const FakeTensor& self = call.tensor(0);
  const std::string_view name = packet_name(call.schema()).substr(std::string_view("aten::").size());
  check(self.dim() <= 2, ErrorType::kRuntimeError, [&] {
    return fmt::format("{}(): expected input to have two or fewer dimensions but got an input with {} dimensions", name,
                       self.dim());
  });
  check(!is_bool(self.dtype), ErrorType::kRuntimeError, [] { return "cov(): bool dtype is not supported for input"; });
  raise(ErrorType::kUnsupported, "aten.equal.default");
}

// aten/src/ATen/native/LinearAlgebra.cpp linalg_vecdot
Results vecdot(Call& call) {
  FakeTensor& a = call.tensor(0);
  check(is_floating(a.dtype) || is_complex(a.dtype), ErrorType::kRuntimeError, [&] {
    return fmt::format("linalg.vecdot: Expected a floating point or complex tensor as input. Got {}",
                       aten_name(a.dtype));
  });
  check(a.dtype == call.tensor(1).dtype, ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "linalg.vecdot: Expected x and y to have the same dtype, but found x of type {} and y of type {} instead",
        aten_name(a.dtype), aten_name(call.tensor(1).dtype));
  });
  if (a.dim() == 1 && call.tensor(1).dim() == 1) {
    return one(dot(call, a, call.tensor(1)));
  }
  return call.op("aten::sum.dim_IntList", {&product(call, a, call.tensor(1)), SymInts{call.sym_int(2)}});
}

// aten/src/ATen/native/ForeachOpsKernels.cpp _foreach_mm
Results foreach_mm(Call& call) {
  const auto left = call.tensors(0);
  const auto right = call.tensors(1);
  check(left.size() == right.size(), ErrorType::kRuntimeError,
        [] { return "_foreach_mm: self and mat2 must have the same number of tensors"; });
  std::vector<FakeTensor*> products;
  for (std::size_t i = 0; i < left.size(); ++i) products.push_back(&mm(call, *left[i], *right.at(i)));
  return list_of(products);
}

constexpr OpRow kRows[] = {
    {"_addmm_activation", addmm_activation},
    {"_cdist_forward", cdist_forward},
    {"_euclidean_dist", euclidean_dist},
    {"_foreach_mm", foreach_mm},
    {"_pdist_forward", pdist_forward},
    {"_trilinear", trilinear},
    {"addbmm", addbmm},
    {"addbmm_", addbmm_in_place},
    {"addmm", addmm_rule},
    {"addmm.dtype", addmm_dtype},
    {"addmm_", addmm_in_place},
    {"addmv", addmv},
    {"addmv_", addmv_in_place},
    {"addr", addr},
    {"addr_", inplace<addr>},
    {"baddbmm", baddbmm},
    {"baddbmm.dtype", baddbmm_dtype},
    {"baddbmm_", baddbmm_in_place},
    {"bilinear", bilinear},
    {"bmm", bmm_rule},
    {"bmm.dtype", bmm_dtype},
    {"cdist", cdist},
    {"chain_matmul", chain_matmul},
    {"corrcoef", needs_equal},
    {"cosine_similarity", cosine_similarity},
    {"cov", needs_equal},
    {"dot", dot_rule},
    {"einsum", einsum},
    {"ger", outer},
    {"inner", inner},
    {"kron", kron},
    {"linalg_matmul", matmul_rule},
    {"linalg_multi_dot", multi_dot_rule},
    {"linalg_vander", linalg_vander},
    {"linalg_vecdot", vecdot},
    {"linear", linear_rule},
    {"matmul", matmul_rule},
    {"mkldnn_linear", mkldnn_linear},
    {"mm", mm_rule},
    {"mm.dtype", mm_dtype},
    {"mv", mv_rule},
    {"outer", outer},
    {"pairwise_distance", pairwise_distance},
    {"pdist", pdist},
    {"tensordot", tensordot},
    {"vander", vander},
    {"vdot", dot_rule},
};

}  // namespace

std::span<const OpRow> matmul_ops() { return kRows; }

}  // namespace retrace::ops
