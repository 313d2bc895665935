// SPDX-License-Identifier: Apache-2.0
// Reads torch.export's JSON program schema (torch/_export/serde/schema.py), major 8, every minor.
//
// Strict about what it understands (types, unions of one field, repeated keys), tolerant of fields it does
// not know: minors only add. Names that nothing defines are kept, as values that are not `defined`.
#pragma once
#include <string>

#include "core/ir/program.h"
#include "serializers/load_error.h"

namespace retrace::serializers {

inline constexpr std::int64_t kSchemaMajor = 8;

/// `file` and `place` are for messages only: the file, and the record in it for an archive.
Result<ir::Program> read_program(const std::string& bytes, const std::string& file, const std::string& place = {});

}  // namespace retrace::serializers
