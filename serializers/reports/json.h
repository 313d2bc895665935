// SPDX-License-Identifier: Apache-2.0
// Results as JSON, schema version 1 (docs/formats.md). One object a result; the caller puts them in a list.
#pragma once
#include <string>
#include <vector>

#include "serializers/reports/report.h"

namespace retrace::serializers {

std::string to_json(const Report& report, bool timing);

/// {"file", "program", "hash"}.
std::string hashes_to_json(const std::string& file, const std::string& program, const Hashes& hashes);
/// {"file", "verdict": "trouble", "message"}.
std::string trouble_to_json(const std::string& file, const std::string& message);

}  // namespace retrace::serializers
