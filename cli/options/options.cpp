// SPDX-License-Identifier: Apache-2.0
#include "cli/options/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "cli/options/batch_options.h"
#include "cli/options/example_input.h"
#include "cli/options/typed_options.h"
#include "cli/put_line.h"

namespace retrace::cli {
namespace {

constexpr int kUsageError = 2;

/// Positionals go by the text of their option alone: CLI11 would print "FILE FILE...".
class Help : public CLI::Formatter {
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return is_positional ? "" : Formatter::make_option_name(option, is_positional);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_positional() ? option->get_option_text() : Formatter::make_option_opts(option);
  }
  std::string make_option_usage(const CLI::Option* option) const override {
    const std::string& text = option->get_option_text();
    return option->get_required() ? text : "[" + text + "]";
  }
};

void add_common(CLI::App& app, Options& options) {
  add_choice<Format>(app, "--format", options.format, {{"text", Format::kText}, {"json", Format::kJson}},
                     "How the result is printed");
  add_choice<Color>(app, "--color", options.color,
                    {{"auto", Color::kAuto}, {"always", Color::kAlways}, {"never", Color::kNever}},
                    "Colour in text output");
  app.add_flag("-q,--quiet", options.quiet, "Say nothing of what is the same");
}

void add_model(CLI::App& app, Options& options) {
  app.add_option("--model", options.model, "The program of this name in a .pt2 archive")->option_text("NAME");
}

void add_level(CLI::App& app, Options& options) {
  using identity::Level;
  add_choice<Level>(app, "--level", options.level,
                    {{"exact", Level::kExact}, {"dataflow", Level::kDataflow}, {"symbolic", Level::kSymbolic}},
                    "How finely programs are compared");
}

void add_files(CLI::App& app, Options& options, const std::string& help) {
  app.add_option("FILE", options.files, help)->required()->option_text("FILE...");
}

void add_mode(CLI::App& app, Options& options) {
  using exporter::Mode;
  const auto set = [&options](const std::vector<Mode>& modes) {
    return [&options, modes](std::int64_t) { options.modes = modes; };
  };
  auto* strict = app.add_flag_function("--strict", set({Mode::kStrict}), "Export as strict=True does");
  auto* non_strict =
      app.add_flag_function("--non-strict", set({Mode::kNonStrict}), "Export as strict=False does (default)");
  auto* mode = app.add_option_function<std::string>(
      "--mode",
      [&options](const std::string& word) {
        options.modes.clear();
        if (word != "strict") options.modes.push_back(Mode::kNonStrict);
        if (word != "non-strict") options.modes.push_back(Mode::kStrict);
      },
      "Export in one mode or in both");
  mode->check(CLI::IsMember({"strict", "non-strict", "both"}))->option_text("strict|non-strict|both");
  strict->excludes(non_strict)->excludes(mode);
  non_strict->excludes(mode);
}

/// The question that check and batch ask.
void add_question(CLI::App& app, Options& options) {
  add_mode(app, options);
  app.add_option("--shapes", options.shapes, "Dynamic shapes of the exports (default: infer)")
      ->option_text("infer|named|static|FILE");
  add_choice<ShapeOrder>(app, "--shape-order", options.shape_order,
                         {{"insertion", ShapeOrder::kInsertion}, {"signature", ShapeOrder::kSignature}},
                         "Order in which a named map becomes the re-export's tuple");
  add_choice<bool>(app, "--recorded", options.compare_recorded, {{"compare", true}, {"ignore", false}},
                   "Whether drift of the program from its own export counts");
  app.add_flag("--timing", options.timing, "Report the time of each phase");
  add_model(app, options);
  add_level(app, options);
}

void add_inputs(CLI::App& app, Options& options) {
  app.add_option_function<std::vector<std::string>>(
         "--input",
         [&options](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             auto example = parse_example_input(text);
             if (!example) throw CLI::ValidationError("--input", text + " is not NAME=SIZES, as x=4,16");
             options.inputs.push_back(std::move(*example));
           }
         },
         "Trace at these example sizes of an input instead of the recorded ones")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->option_text("NAME=SIZES");
}

void add_check(CLI::App& app, Options& options) {
  add_files(app, options, "Programs: JSON or .pt2, - is standard input");
  add_question(app, options);
  add_lock(app, options);
  add_reports(app, options);
  add_inputs(app, options);
  add_number<std::size_t>(app, "--rounds", options.rounds, {1, 1000},
                          "Re-export up to N times and say when the program stops changing");
  app.add_option("--emit", options.emit, "Write export1.json, export2.json, ... there")->option_text("DIR");
  add_common(app, options);
}

void add_diff(CLI::App& app, Options& options) {
  app.add_option("FILE", options.files, "Two programs: JSON or .pt2, - is standard input")
      ->required()
      ->expected(2)
      ->option_text("A B");
  app.add_flag("--timing", options.timing, "Report the time of each phase");
  add_model(app, options);
  add_level(app, options);
  add_common(app, options);
}

void add_explain(CLI::App& app, Options& options) {
  app.add_option("FINDING", options.files, "Names of findings (default: all)")->option_text("FINDING...");
}

void add_hash(CLI::App& app, Options& options) {
  add_files(app, options, "Programs: JSON or .pt2, - is standard input");
  add_model(app, options);
  add_level(app, options);
  add_choice<Format>(app, "--format", options.format, {{"text", Format::kText}, {"json", Format::kJson}},
                     "How the result is printed");
}

void add_show(CLI::App& app, Options& options) {
  add_files(app, options, "Programs: JSON or .pt2, - is standard input");
  app.add_flag("--graph", options.show_graph, "The nodes (default)");
  app.add_flag("--signature", options.show_signature, "Inputs, outputs and ranges");
  app.add_flag("--shapes", options.show_shapes, "A dynamic-shapes spec that fits, as a start for one's own");
  app.add_flag("--ops", options.show_ops, "Operators by number of calls");
  app.add_flag("--json", options.show_json, "The whole program as PyTorch's JSON, all fields in the schema's order");
  add_model(app, options);
}

void add_run_output(CLI::App& app, Options& options) {
  add_choice<Format>(app, "--format", options.format,
                     {{"text", Format::kText},
                      {"json", Format::kJson},
                      {"jsonl", Format::kJsonl},
                      {"md", Format::kMarkdown},
                      {"github", Format::kGithub}},
                     "How the result is printed");
  add_reports(app, options);
  app.add_flag("-q,--quiet", options.quiet, "Say nothing of what is the same");
}

void add_batch(CLI::App& app, Options& options) {
  add_files(app, options, "Programs, directories, patterns, @LIST, - is a list on standard input");
  app.get_option("FILE")->required(false);
  add_question(app, options);
  add_lock(app, options);
  add_selection(app, options.batch);
  add_limits(app, options.batch);
  add_expectations(app, options.batch);
  add_store(app, options.batch);
  add_run_output(app, options);
}

void add_merge(CLI::App& app, Options& options) {
  add_files(app, options, "Journals of all shards of one run");
  add_lock(app, options);
  add_expectations(app, options.batch);
  add_merged_store(app, options.batch);
  add_run_output(app, options);
}

void add_lock_command(CLI::App& app, Options& options) {
  add_files(app, options, "Programs, directories, patterns, @LIST, - is a list on standard input");
  add_question(app, options);
  add_selection(app, options.batch);
  add_limits(app, options.batch);
  app.add_option("-o,--output", options.batch.output, "The lock file (default: standard output)")->option_text("FILE");
}

void add_history(CLI::App& app, Options& options) {
  app.add_option("DB", options.files, "A results store")->required()->expected(1)->option_text("DB");
  app.add_option("--runs", options.batch.runs, "The two runs to compare (default: the last two)")
      ->expected(2)
      ->option_text("A B");
  add_choice<Format>(app, "--format", options.format, {{"text", Format::kText}, {"json", Format::kJson}},
                     "How the result is printed");
}

void add_worker(CLI::App& app, Options& options) {
  add_question(app, options);
  add_limits(app, options.batch);
}

void add_normalize(CLI::App& app, Options& options) {
  app.add_option("SPEC", options.spec, "A dynamic-shapes spec, - is standard input")->required()->option_text("SPEC");
  app.add_option("--program", options.files, "The program whose inputs it names")
      ->required()
      ->expected(1)
      ->option_text("FILE");
  app.add_flag("-q,--quiet", options.quiet, "Do not print which argument got which entry");
  add_model(app, options);
}

/// Standard input can be read once.
bool reads_stdin_twice(const Options& options) {
  const auto& files = options.files;
  auto uses = std::count(files.begin(), files.end(), "-") + std::count(files.begin(), files.end(), "@-");
  for (const std::string* name : {&options.spec, &options.shapes, &options.batch.files_from})
    if (*name == "-") ++uses;
  return uses > 1;
}

/// Each would write over the other.
bool is_store_and_journal(const BatchOptions& batch) {
  std::error_code error;
  return !batch.db.empty() &&
         (batch.db == batch.journal || std::filesystem::equivalent(batch.db, batch.journal, error));
}

/// What is wrong with a command line: an argument nobody knows before one that is missing.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = app.remaining(true);
  if (error.get_name() != "RequiredError" || unknown.empty()) return error.what();
  return "The following argument was not expected: " + unknown.front();
}

bool is_command(std::string_view word) {
  const auto all = commands();
  return std::any_of(all.begin(), all.end(), [&](const Command& command) { return command.name == word; });
}

}  // namespace

Parsed parse_options(int argc, const char* const* argv, Environment& environment) {
  Parsed parsed;
  Options& options = parsed.options.emplace();
  CLI::App app("Re-traces exported PyTorch programs without PyTorch and says whether they stay the same.", "retrace");
  app.set_version_flag("--version", "retrace " RETRACE_VERSION);
  app.require_subcommand(1);
  app.formatter(std::make_shared<Help>());
  const std::map<std::string, void (*)(CLI::App&, Options&)> adders{
      {"check", add_check},         {"diff", add_diff},       {"explain", add_explain}, {"hash", add_hash},
      {"normalize", add_normalize}, {"show", add_show},       {"batch", add_batch},     {"merge", add_merge},
      {"lock", add_lock_command},   {"history", add_history}, {"worker", add_worker}};
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.help));
    if (!command.for_people) sub->group("");  // hides it
    // Options are made only for a command that is named: those of all of them took longer than reading a small program.
    if (std::find(argv, argv + argc, command.name) != argv + argc) adders.at(std::string(command.name))(*sub, options);
  }
  if (argc > 1 && argv[1][0] != '-' && !is_command(argv[1])) {  // CLI11 would only say that it misses one
    put_line(environment.err, "no command is called '{}'; retrace --help lists them", argv[1]);
    return {std::nullopt, kUsageError};
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return {std::nullopt, app.exit(error, environment.out, environment.err)};  // --help
    put_line(environment.err, "{}", complaint(app, error));
    put_line(environment.err, "Run with --help for more information.");
    return {std::nullopt, kUsageError};
  }
  options.command = app.get_subcommands().front()->get_name();
  if (reads_stdin_twice(options)) {
    environment.err << "standard input (-) can be read only once\n";
    return {std::nullopt, kUsageError};
  }
  if (is_store_and_journal(options.batch)) {
    environment.err << "--db and --journal are the same file\n";
    return {std::nullopt, kUsageError};
  }
  return parsed;
}

}  // namespace retrace::cli
