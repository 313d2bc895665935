// SPDX-License-Identifier: Apache-2.0
// aten.constant_pad_nd for the rules that pad before they work.
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

/// torch._meta_registrations._constant_pad_nd_meta; pads are given from the last dimension on, low before high.
FakeTensor& constant_pad(Call& call, FakeTensor& a, const SymInts& pad);

}  // namespace retrace::ops
