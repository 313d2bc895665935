// SPDX-License-Identifier: Apache-2.0
// The case file beside a program: {"mode": "strict" | "non-strict" | "both", "shapes": "infer" | ... | a spec}.
#pragma once
#include <string>
#include <vector>

#include "core/exporter/exporter.h"
#include "serializers/load_error.h"

namespace retrace::serializers {

struct CaseFile {
  std::vector<exporter::Mode> modes;  // empty: as the command line says
  std::string shapes;                 // infer | named | static; empty: as the command line says
  std::string spec;                   // JSON text of a spec given in place; empty: none
};

Result<CaseFile> read_case_file(std::string bytes, const std::string& file);

}  // namespace retrace::serializers
