// SPDX-License-Identifier: Apache-2.0
// What the command line says. CLI11 is known only in options.cpp.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "core/bind/example_inputs.h"
#include "core/retrace.h"
#include "serializers/reports/reports.h"

namespace retrace::cli {

enum class Format : std::uint8_t { kText, kJson, kJsonl, kMarkdown, kGithub };
enum class Color : std::uint8_t { kAuto, kAlways, kNever };

/// More at a time are not run, whatever is asked: each is a process and two descriptors, of which 1024 are usual.
inline constexpr unsigned kMaxJobs = 400;

/// Of batch, merge and lock; see docs/scaling.md.
struct BatchOptions {
  std::string root;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  bool nul_lists = false;
  std::string files_from;
  unsigned jobs = 1;             // 0: as many as cores
  double timeout = 60;           // seconds a program and mode; 0: none
  std::uint64_t max_memory = 0;  // MiB a worker; 0: none
  std::uint64_t max_bytes = 0;   // of a file; 0: none
  std::string xfail;
  bool update_xfail = false;
  std::string db;
  std::string journal;
  bool resume = false;
  std::string cache;
  std::string shard;
  std::string output;              // lock: the file it writes
  std::vector<std::int64_t> runs;  // history
};

struct Options {
  std::string command;
  std::vector<std::string> files;

  // check
  std::vector<exporter::Mode> modes{exporter::Mode::kNonStrict};
  std::string shapes = "infer";  // infer, named, static, a file, or - for standard input
  ShapeOrder shape_order = ShapeOrder::kInsertion;
  bool compare_recorded = true;
  std::vector<bind::ExampleInput> inputs;  // example inputs of other sizes than the recorded
  std::size_t rounds = 1;
  std::string emit;  // directory; empty: nothing is written
  bool timing = false;

  // check, batch and merge
  std::vector<serializers::ReportTarget> reports;
  std::string lock;
  bool update_lock = false;

  BatchOptions batch;

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
