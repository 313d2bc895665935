// SPDX-License-Identifier: Apache-2.0
// Options of runs over many programs. Private to options.cpp.
#pragma once
#include <CLI/CLI.hpp>

#include "cli/options/options.h"

namespace retrace::cli {

void add_selection(CLI::App& app, BatchOptions& batch);
void add_limits(CLI::App& app, BatchOptions& batch);
void add_expectations(CLI::App& app, BatchOptions& batch);
void add_store(CLI::App& app, BatchOptions& batch);
void add_merged_store(CLI::App& app, BatchOptions& batch);
void add_lock(CLI::App& app, Options& options);
void add_reports(CLI::App& app, Options& options);

}  // namespace retrace::cli
