// SPDX-License-Identifier: Apache-2.0
#include "core/ops/out_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/ops/operator.h"
#include "core/ops/vocabulary/pointwise.h"
#include "core/ops/vocabulary/promote.h"
#include "core/ops/vocabulary/strides.h"
#include "core/ops/vocabulary/wrap_dim.h"

namespace retrace::ops {

namespace {

bool is_written(const SchemaArg& arg) {
  return arg.kwarg_only && arg.type.starts_with("Tensor(") && arg.type.ends_with("!)");
}

/// How many arguments come before those that are written; all, where none is, or something else follows them.
std::size_t count_read(const Schema& schema) {
  std::size_t count = schema.args.size();
  while (count > 0 && is_written(schema.args[count - 1])) --count;
  return count;
}

/// Does `plain` take the same, but for tensors to write and what has a default (a factory's dtype)?
bool is_plain_form(const Schema& plain, const Schema& schema, std::size_t read) {
  if (plain.is_mutable || plain.returns.size() != schema.args.size() - read || plain.args.size() < read) return false;
  for (std::size_t i = 0; i < plain.args.size(); ++i) {
    const SchemaArg& arg = plain.args[i];
    if (i < read ? arg.type != schema.args[i].type || arg.name != schema.args[i].name : !arg.has_default) return false;
  }
  return true;
}

/// The overload of the same packet that gives new tensors; null: none does.
const Schema* plain_form(const Schema& schema) {
  const std::size_t read = count_read(schema);
  if (read == schema.args.size()) return nullptr;
  const std::string_view packet = packet_name(schema);
  const auto all = all_schemas();
  for (auto at = std::ranges::lower_bound(all, packet, {}, &Schema::name); at != all.end(); ++at) {
    if (packet_name(*at) != packet) break;
    if (is_plain_form(*at, schema, read)) return &*at;
  }
  return nullptr;
}

/// References registered as out_wrapper(exact_dtype=True), by the names of their packets.
bool wants_exact_dtype(std::string_view packet) {
  static constexpr std::array<std::string_view, 46> kExact{"_log_softmax",
                                                           "_upsample_nearest_exact1d",
                                                           "_upsample_nearest_exact2d",
                                                           "_upsample_nearest_exact3d",
                                                           "abs",
                                                           "absolute",
                                                           "addbmm",
                                                           "addmm",
                                                           "alias_copy",
                                                           "as_strided_copy",
                                                           "baddbmm",
                                                           "bmm",
                                                           "ceil",
                                                           "diag",
                                                           "diagonal_copy",
                                                           "dot",
                                                           "expand_copy",
                                                           "fix",
                                                           "floor",
                                                           "frac",
                                                           "frobenius_norm",
                                                           "isneginf",
                                                           "isposinf",
                                                           "linalg_vector_norm",
                                                           "log_softmax",
                                                           "mm",
                                                           "mv",
                                                           "narrow_copy",
                                                           "norm",
                                                           "permute_copy",
                                                           "polar",
                                                           "sgn",
                                                           "sign",
                                                           "signbit",
                                                           "silu",
                                                           "squeeze_copy",
                                                           "t_copy",
                                                           "transpose_copy",
                                                           "trunc",
                                                           "unsqueeze_copy",
                                                           "upsample_nearest1d",
                                                           "upsample_nearest2d",
                                                           "upsample_nearest3d",
                                                           "vdot",
                                                           "view_copy",
                                                           "where"};
  return std::ranges::binary_search(kExact, packet.substr(packet.find("::") + 2));
}

void check_dtype(Call& call, ScalarType made, ScalarType out) {
  if (wants_exact_dtype(packet_name(call.schema()))) {
    check(made == out, ErrorType::kRuntimeError, [&] {
      return fmt::format("Expected out tensor to have dtype {} but got {} instead", torch_name(made), torch_name(out));
    });
  }
  check_safe_cast(made, out);
}

/// torch._prims_common.wrappers _maybe_resize_out, _safe_copy_out
void write(Call& call, const FakeTensor& made, FakeTensor& out) {
  check_dtype(call, made.dtype, out.dtype);
  out.constant.reset();
  if (call.env().guard(sym_eq(out.sizes, made.sizes))) return check_elements_apart(call, out);
  take_sizes(out, made.sizes);
  const SymInt bytes = made.numel() * SymInt(item_size(out.dtype));
  if (out.storage != nullptr) call.env().guard(sym_gt(bytes, out.storage->nbytes()));
}

Results write_out(Call& call) {
  const Schema& schema = call.schema();
  const Schema& plain = *plain_form(schema);
  const std::size_t read = count_read(schema);
  std::vector<Value> args;
  for (std::size_t i = 0; i < plain.args.size(); ++i)
    args.push_back(i < read ? call.arg(i) : default_value(plain.args[i]));
  Call plain_call(call.context(), plain, args);
  const Results made = operator_of(plain).rule(plain_call);
  Results written;
  for (std::size_t i = 0; i < made.size(); ++i) {
    FakeTensor& out = call.tensor(read + i);
    write(call, *made[i].get<FakeTensor*>(), out);
    written.emplace_back(&out);
  }
  return written;
}

}  // namespace

Rule out_form_rule(const Schema& schema) {
  const Schema* plain = schema.is_mutable ? plain_form(schema) : nullptr;
  return plain != nullptr && operator_of(*plain).rule != nullptr ? write_out : nullptr;
}

}  // namespace retrace::ops
