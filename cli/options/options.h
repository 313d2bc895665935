// SPDX-License-Identifier: Apache-2.0
// What the command line says. CLI11 is known only in options.cpp.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "core/retrace.h"

namespace retrace::cli {

enum class Format : std::uint8_t { kText, kJson };
enum class Color : std::uint8_t { kAuto, kAlways, kNever };

struct Options {
  std::string command;
  std::vector<std::string> files;

  // check
  std::vector<exporter::Mode> modes{exporter::Mode::kNonStrict};
  std::string shapes = "infer";  // infer, named, static, a file, or - for standard input
  ShapeOrder shape_order = ShapeOrder::kInsertion;
  bool compare_recorded = true;
  std::string emit;  // directory; empty: nothing is written
  bool timing = false;

  // everywhere
  identity::Level level = identity::Level::kSymbolic;
  Format format = Format::kText;
  Color color = Color::kAuto;
  bool quiet = false;
  std::string model;  // in an archive of several programs; empty: all of them

  // show
  bool show_graph = false;
  bool show_signature = false;
  bool show_shapes = false;
  bool show_ops = false;
  bool show_json = false;

  // normalize
  std::string spec;
};

/// The options, or the exit status where there is nothing to run: after --help and --version, on a usage error.
struct Parsed {
  std::optional<Options> options;
  int status = 0;
};
Parsed parse_options(int argc, const char* const* argv, Environment& environment);

}  // namespace retrace::cli
