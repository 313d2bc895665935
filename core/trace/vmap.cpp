// SPDX-License-Identifier: Apache-2.0
#include "core/trace/vmap.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/ops/each_tensor.h"
#include "core/ops/run.h"

namespace retrace::trace {

namespace {

void remove_at(SharedInts& list, std::size_t at) {
  SymInts& values = list.edit();
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(at));
}
void insert_at(SharedInts& list, std::size_t at, const SymInt& value) {
  SymInts& values = list.edit();
  values.insert(values.begin() + static_cast<std::ptrdiff_t>(at), value);
}

using ops::for_each_tensor;

std::int64_t integer(const std::vector<Value>& args, std::size_t i) {
  if (i >= args.size() || !args[i].holds<SymInt>() || !args[i].get<SymInt>().is_int())
    raise(ErrorType::kTypeError, "an integer is required");
  return args[i].get<SymInt>().as_int();
}

FakeTensor& tensor_at(const std::vector<Value>& args, std::size_t i) {
  if (i >= args.size() || !args[i].holds<FakeTensor*>()) raise(ErrorType::kTypeError, "a Tensor is required");
  return *args[i].get<FakeTensor*>();
}

std::size_t wrapped(std::int64_t dim, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  if (dim < -count || dim >= count) raise(ErrorType::kIndexError, "Dimension out of range");
  return static_cast<std::size_t>(dim < 0 ? dim + count : dim);
}

/// By its arguments. A copy's memory format is that of the whole tensor. What takes no numbers and no sizes either need
/// not be element by element: products and traces of matrices; a full reduction shows in its result.
bool may_be_elementwise(const ops::Schema& schema) {
  constexpr std::array<std::string_view, 17> kOthers{
      "aten::addmm",  "aten::baddbmm", "aten::bmm",   "aten::corrcoef", "aten::cross",  "aten::dot",
      "aten::fliplr", "aten::flipud",  "aten::inner", "aten::kron",     "aten::linear", "aten::matmul",
      "aten::mm",     "aten::mv",      "aten::outer", "aten::trace",    "aten::vdot"};
  constexpr std::array<std::string_view, 6> kCopies{"aten::_to_copy",  "aten::clone",    "aten::contiguous",
                                                    "aten::to.device", "aten::to.dtype", "aten::to.dtype_layout"};
  if (schema.is_mutable || std::find(kOthers.begin(), kOthers.end(), schema.name) != kOthers.end()) return false;
  if (std::find(kCopies.begin(), kCopies.end(), schema.name) != kCopies.end()) return true;
  const auto takes_elements = [](const ops::SchemaArg& arg) {
    return arg.type == "Tensor" || arg.type == "Scalar" || arg.type == "Scalar?" || arg.type.starts_with("str") ||
           arg.type == "float";
  };
  return schema.returns.size() == 1 && std::all_of(schema.args.begin(), schema.args.end(), takes_elements);
}

/// What rows of these sizes take.
SymInt rows_of(std::span<const SymInt> sizes) {
  SymInt out(1);
  for (const SymInt& size : sizes) out = out * (size.is(0) ? SymInt(1) : size);
  return out;
}

/// An operator without a batch rule is called element by element, by plain sizes
/// (aten/src/ATen/functorch/BatchedFallback.cpp).
void check_fallback(const ops::Schema& schema, const std::vector<Value>& args) {
  if (schema.name != "aten::_assert_tensor_metadata" || !args[0].holds<FakeTensor*>()) return;
  const FakeTensor& tensor = *args[0].get<FakeTensor*>();
  if (has_symbols(tensor.sizes.values()) || has_symbols(tensor.strides.values()))
    raise(ErrorType::kRuntimeError, "Cannot call sizes() on tensor with symbolic sizes/strides");
}

ops::Results run_operator(Session& session, const ops::Schema& schema, const std::vector<Value>& args) {
  ops::Call call(session, schema, args);
  return ops::run(call);
}

}  // namespace

std::optional<Value> Vmap::call(std::string_view function, const std::vector<Value>& args) {
  if (function == "_vmap_increment_nesting" || function == "_vmap_decrement_nesting" ||
      function == "lazy_load_decompositions")
    return Value();
  if (function == "_add_batch_dim") return add_batch_dim(tensor_at(args, 0), integer(args, 1), integer(args, 2));
  if (function != "_remove_batch_dim") return std::nullopt;
  if (args.size() < 3 || !args[2].holds<SymInt>()) raise(ErrorType::kTypeError, "an integer is required");
  return remove_batch_dim(tensor_at(args, 0), integer(args, 1), args[2].get<SymInt>(), integer(args, 3));
}

Value Vmap::add_batch_dim(FakeTensor& tensor, std::int64_t dim, std::int64_t level) {
  const std::size_t at = wrapped(dim, tensor.sizes.size());
  FakeTensor& out = session_.new_tensor();
  out = tensor;
  out.base = tensor.base != nullptr ? tensor.base : &tensor;
  const auto known = hidden_.find(&tensor);
  HiddenDims dims = known == hidden_.end() ? HiddenDims{} : known->second;
  dims.push_back({level, tensor.sizes[at], tensor.strides[at]});
  remove_at(out.sizes, at);
  remove_at(out.strides, at);
  hidden_[&out] = std::move(dims);
  return Value(&out);
}

Value Vmap::remove_batch_dim(FakeTensor& tensor, std::int64_t level, const SymInt& size, std::int64_t out_dim) {
  const std::size_t at = wrapped(out_dim, tensor.sizes.size() + 1);
  FakeTensor& out = session_.new_tensor();
  out = tensor;
  out.base = tensor.base != nullptr ? tensor.base : &tensor;
  const auto known = hidden_.find(&tensor);
  HiddenDims dims = known == hidden_.end() ? HiddenDims{} : known->second;
  const auto own = std::find_if(dims.begin(), dims.end(), [&](const Hidden& h) { return h.level == level; });
  const Hidden shown = own == dims.end() ? Hidden{level, size, SymInt(0)} : *own;  // not batched: expanded
  if (own != dims.end()) dims.erase(own);
  insert_at(out.sizes, at, shown.size);
  insert_at(out.strides, at, shown.stride);
  if (!dims.empty()) hidden_[&out] = std::move(dims);
  return Value(&out);
}

bool Vmap::is_batched(const std::vector<Value>& args) const { return !hidden_.empty() && !hidden_in(args).empty(); }

Vmap::HiddenDims Vmap::hidden_in(const std::vector<Value>& args) const {
  HiddenDims all;
  for (const Value& arg : args) {
    for_each_tensor(arg, [&](const FakeTensor& tensor) {
      const auto known = hidden_.find(&tensor);
      if (known == hidden_.end()) return;
      for (const Hidden& hidden : known->second) {
        const auto same_level = [&](const Hidden& h) { return h.level == hidden.level; };
        if (std::none_of(all.begin(), all.end(), same_level)) all.push_back(hidden);
      }
    });
  }
  std::sort(all.begin(), all.end(), [](const Hidden& a, const Hidden& b) { return a.level < b.level; });
  return all;
}

/// moveBatchDimToFront and maybePadToLogicalRank; a level that the tensor has not is a dimension of one element.
FakeTensor& Vmap::whole(const FakeTensor& tensor, const HiddenDims& all, std::size_t rank) {
  const auto known = hidden_.find(&tensor);
  FakeTensor& out = session_.new_tensor();
  out = tensor;
  if (known == hidden_.end()) return out;
  SymInts sizes, strides;
  for (const Hidden& wanted : all) {
    const auto own = std::find_if(known->second.begin(), known->second.end(),
                                  [&](const Hidden& h) { return h.level == wanted.level; });
    sizes.push_back(own == known->second.end() ? SymInt(1) : own->size);
    strides.push_back(own == known->second.end() ? SymInt(1) : own->stride);
  }
  for (std::size_t i = tensor.sizes.size(); i < rank; ++i) {
    sizes.emplace_back(1);
    strides.emplace_back(1);
  }
  SymInts& all_sizes = out.sizes.edit();
  SymInts& all_strides = out.strides.edit();
  all_sizes.insert(all_sizes.begin(), sizes.begin(), sizes.end());
  all_strides.insert(all_strides.begin(), strides.begin(), strides.end());
  return out;
}

FakeTensor& Vmap::visible(const FakeTensor& whole, const HiddenDims& all) {
  FakeTensor& out = session_.new_tensor();
  out = whole;
  HiddenDims dims = all;
  const auto count = static_cast<std::ptrdiff_t>(all.size());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    dims[i].size = whole.sizes[i];
    dims[i].stride = whole.strides[i];
  }
  out.sizes = SymInts(out.sizes.begin() + count, out.sizes.end());
  out.strides = SymInts(out.strides.begin() + count, out.strides.end());
  hidden_[&out] = std::move(dims);
  return out;
}

/// Absent: the result has another rank than the operands, so that the operator is none of these.
std::optional<Value> Vmap::run_elementwise(const ops::Schema& schema, const std::vector<Value>& args,
                                           const HiddenDims& all) {
  std::size_t rank = 0;
  for (const Value& arg : args)
    for_each_tensor(arg, [&](const FakeTensor& t) { rank = std::max(rank, t.sizes.size()); });
  std::vector<Value> moved;
  for (const Value& arg : args)
    moved.push_back(arg.holds<FakeTensor*>() ? Value(&whole(*arg.get<FakeTensor*>(), all, rank)) : arg);
  const Value result = run_operator(session_, schema, moved).front();
  if (!result.holds<FakeTensor*>() || result.get<FakeTensor*>()->sizes.size() != rank + all.size()) return std::nullopt;
  return Value(&visible(*result.get<FakeTensor*>(), all));
}

/// Dense dimensions around what takes `stride`.
Vmap::HiddenDims Vmap::around(SymInt stride, HiddenDims dims) {
  for (auto hidden = dims.rbegin(); hidden != dims.rend(); ++hidden) {
    hidden->stride = stride;
    stride = stride * hidden->size;
  }
  return dims;
}

/// aten/src/ATen/functorch/BatchRulesNorm.cpp batch_norm_batch_rule: what is hidden goes among the channels.
void Vmap::hide_among_channels(FakeTensor& result, const HiddenDims& all) {
  if (hidden_.contains(&result) || result.sizes.size() < 2) return;
  const SymInt channel = rows_of(std::span(result.sizes.values()).subspan(2));
  HiddenDims dims = around(channel * result.sizes[1], all);
  result.strides.edit()[0] = dims.front().stride * dims.front().size;
  hidden_[&result] = std::move(dims);
}

/// Decompositions' batch rules take plain sizes (BatchRulesDecompositions.cpp): a chunk is a split by a number.
std::optional<ops::Results> Vmap::run_split(const ops::Schema& schema, std::vector<Value>& args) {
  constexpr std::string_view kSplit = "aten::split.Tensor";
  const bool splits = schema.name == kSplit;
  if (!splits && schema.name != "aten::chunk") return std::nullopt;
  const FakeTensor& self = tensor_at(args, 0);
  SymInt size = args[1].get<SymInt>();
  if (!splits) {
    const SymInt& length = self.sizes[wrapped(integer(args, 2), self.sizes.size())];
    if (length.is_int()) return std::nullopt;
    size = floordiv(length + size - SymInt(1), size);
  } else if (size.is_int()) {
    return std::nullopt;
  }
  args[1] = Value(session_.env().guard_int(size));
  return run(*ops::find_schema(kSplit), args);
}

/// The hidden dimensions of a result: those of the tensor that it is a view of, else dense ones around it.
void Vmap::hide(const Value& result, const std::vector<Value>& args, const HiddenDims& all) {
  for_each_tensor(result, [&](const FakeTensor& tensor) {
    if (hidden_.contains(&tensor)) return;
    const HiddenDims* viewed = nullptr;
    for (const Value& arg : args) {
      for_each_tensor(arg, [&](const FakeTensor& operand) {
        const auto known = hidden_.find(&operand);
        if (operand.storage == tensor.storage && known != hidden_.end()) viewed = &known->second;
      });
    }
    hidden_[&tensor] = viewed != nullptr ? *viewed : around(rows_of(tensor.sizes), all);
  });
}

ops::Results Vmap::run(const ops::Schema& schema, std::vector<Value>& args) {
  check_fallback(schema, args);
  const HiddenDims all = hidden_in(args);
  if (may_be_elementwise(schema)) {
    if (const std::optional<Value> result = run_elementwise(schema, args, all)) return {*result};
  }
  if (std::optional<ops::Results> pieces = run_split(schema, args)) return *std::move(pieces);
  ops::Results results = run_operator(session_, schema, args);
  if (schema.name == "aten::batch_norm") hide_among_channels(*results.front().get<FakeTensor*>(), all);
  for (const Value& result : results) hide(result, args, all);
  return results;
}

}  // namespace retrace::trace
