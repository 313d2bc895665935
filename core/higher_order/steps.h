// SPDX-License-Identifier: Apache-2.0
// What while_loop, map, scan and associative_scan share: bodies that run once a step.
#pragma once
#include <string_view>
#include <vector>

#include "core/higher_order/values.h"

namespace retrace::higher_order {

/// first_slice_copy of each.
std::vector<Value> first_slices(trace::Session& session, const std::vector<Value>& values);
/// One result of a step, as many times as there are steps, contiguous.
Value stacked(trace::Session& session, const Value& value, const SymInt& length);
/// The size that is walked.
SymInt length_of(const std::vector<Value>& xs);
/// check_meta_consistency of torch/_higher_order_ops/utils.py.
void check_same_metadata(shapes::ShapeEnv& env, const std::vector<Value>& a, const std::vector<Value>& b,
                         std::string_view a_name, std::string_view b_name);

}  // namespace retrace::higher_order
