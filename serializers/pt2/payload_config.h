// SPDX-License-Identifier: Apache-2.0
// The weights and constants configurations of an archive (schema.py PayloadConfig): which lifted inputs are
// one tensor, and where the elements of small constants lie.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ir/scalar_type.h"

namespace retrace::serializers {

struct Payload {
  std::string fqn;
  std::string path_name;  // record under the configuration's directory
  bool is_param = false;
  bool use_pickle = false;
  bool has_meta = false;  // the rest is meaningful, and of plain numbers
  ScalarType dtype = ScalarType::kUnknown;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
  std::int64_t storage_offset = 0;
};

/// Raises ReadFailure.
std::vector<Payload> read_payload_config(const std::string& bytes);

/// Groups of two or more payloads that are the same view of the same record.
std::vector<std::vector<std::string>> tied(const std::vector<Payload>& payloads);

/// A constant of at most kMaxConstantElements elements of a plain number type is worth reading.
inline constexpr std::int64_t kMaxConstantElements = 64;
bool is_small(const Payload& payload);
/// Its elements in row-major order; empty where the record does not hold them.
std::optional<std::vector<double>> elements(const Payload& payload, const std::string& record);

}  // namespace retrace::serializers
