// SPDX-License-Identifier: Apache-2.0
// Dynamic-shape specs from JSON: PyTorch's own form and a short hand-written one (docs/formats.md).
//
// PyTorch's form has exactly the keys "dynamic_shapes" and "dims" (torch/_export/serde/dynamic_shapes.py); its
// leaves name Dims that "dims" declares. Anything else is the short form: the tree itself, whose leaves say
// all: null, 4, "batch", "2*batch + 1", "batch=2..64", "auto", "dynamic=2..", "static".
#pragma once
#include <string>

#include "core/bind/dynamic_spec.h"
#include "serializers/load_error.h"

namespace retrace::serializers {

Result<bind::DynamicSpec> read_spec(const std::string& bytes, const std::string& file);

}  // namespace retrace::serializers
