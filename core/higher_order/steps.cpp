// SPDX-License-Identifier: Apache-2.0
#include "core/higher_order/steps.h"

#include <fmt/format.h>

namespace retrace::higher_order {

std::vector<Value> first_slices(trace::Session& session, const std::vector<Value>& values) {
  std::vector<Value> out;
  for (const Value& value : values)
    out.emplace_back(&run_one(session, "aten::select_copy.int", {value, Value(0), Value(0)}));
  return out;
}

Value stacked(trace::Session& session, const Value& value, const SymInt& length) {
  if (!value.holds<FakeTensor*>()) return value;
  const FakeTensor& step = *value.get<FakeTensor*>();
  FakeTensor& out = session.new_tensor();
  out.dtype = step.dtype;
  out.device = step.device;
  out.storage = &session.new_storage();
  SymInts sizes = step.sizes;
  sizes.insert(sizes.begin(), length);
  SymInts strides(sizes.size(), SymInt(1));
  for (std::size_t i = sizes.size(); i-- > 1;) strides[i - 1] = strides[i] * sym_max(sizes[i], SymInt(1));
  out.sizes = std::move(sizes);
  out.strides = std::move(strides);
  return Value(&out);
}

SymInt length_of(const std::vector<Value>& xs) {
  if (xs.empty()) raise(ErrorType::kIndexError, "list index out of range");
  if (!xs.front().holds<FakeTensor*>()) raise(ErrorType::kAttributeError, "xs is no tensor");
  const SymInts& sizes = xs.front().get<FakeTensor*>()->sizes;
  if (sizes.empty()) raise(ErrorType::kIndexError, "tuple index out of range");
  return sizes.front();
}

namespace {

/// `a == b` of two sizes; false where data would have to decide.
bool equal_sizes(shapes::ShapeEnv& env, const SymInts& a, const SymInts& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const SymBool equal = sym_eq(a[i], b[i]);
    const bool decided = equal.is_bool() || !equal.node()->has_unbacked;
    if (!(decided ? env.guard(equal) : env.statically_known_true(equal))) return false;
  }
  return true;
}

std::string difference(shapes::ShapeEnv& env, const Value& a, const Value& b) {
  if (a.holds<SymInt>() && b.holds<SymInt>()) return {};
  if (!a.holds<FakeTensor*>() || !b.holds<FakeTensor*>()) return "type";
  const FakeTensor& x = *a.get<FakeTensor*>();
  const FakeTensor& y = *b.get<FakeTensor*>();
  if (!equal_sizes(env, x.sizes, y.sizes)) {
    return fmt::format("'shape: torch.Size({}) vs torch.Size({})'", to_string(x.sizes), to_string(y.sizes));
  }
  if (x.dtype != y.dtype) return fmt::format("'dtype: {} vs {}'", torch_name(x.dtype), torch_name(y.dtype));
  if (!equal_sizes(env, x.strides, y.strides)) return "'stride'";
  return x.device == y.device ? std::string() : "device";
}

}  // namespace

void check_same_metadata(shapes::ShapeEnv& env, const std::vector<Value>& a, const std::vector<Value>& b,
                         std::string_view a_name, std::string_view b_name) {
  if (a.size() != b.size()) {
    raise(ErrorType::kUnsupported, fmt::format("Expected {} and {} to have same number of outputs", a_name, b_name));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::string found = difference(env, a[i], b[i]);
    if (found.empty()) continue;
    raise(ErrorType::kUnsupported,
          fmt::format("Expected {} and {} to have same metadata but found:\npair[{}] differ in {}", a_name, b_name, i,
                      found));
  }
}

}  // namespace retrace::higher_order
