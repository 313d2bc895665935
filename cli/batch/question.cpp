// SPDX-License-Identifier: Apache-2.0
#include "cli/batch/question.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/inputs.h"
#include "serializers/files/files.h"
#include "serializers/spec/case_file.h"
#include "serializers/spec/spec_reader.h"

namespace retrace::cli {
namespace {

using serializers::Result;

void set_shapes(Question& question, const std::string& word) {
  question.shapes = word;
  question.check.shapes = word == "infer" ? Shapes::kInfer : word == "named" ? Shapes::kNamed : Shapes::kStatic;
}

Result<void> set_spec(Question& question, const std::string& text, const std::string& name) {
  question.shapes = "given:" + hash::to_hex(hash::digest(text));
  question.check.shapes = Shapes::kGiven;
  auto spec = serializers::read_spec(text, name);
  if (!spec) return tl::unexpected(spec.error());
  question.check.given = std::move(*spec);
  return {};
}

bool is_word(const std::string& shapes) { return shapes == "infer" || shapes == "named" || shapes == "static"; }

std::string case_path(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const bool extension = dot != std::string::npos && dot > path.rfind('/') + 1;
  return path.substr(0, extension ? dot : path.size()) + ".retrace.json";
}

}  // namespace

Result<Question> question(Context& context) {
  const Options& options = context.options;
  Question out;
  out.modes = options.modes;
  out.check.shape_order = options.shape_order;
  out.check.compare_recorded = options.compare_recorded;
  out.check.inputs = options.inputs;
  out.check.rounds = options.rounds;
  if (is_word(options.shapes)) {
    set_shapes(out, options.shapes);
    return out;
  }
  auto text = read_text(options.shapes, context.environment);
  if (!text) return tl::unexpected(text.error());
  if (auto done = set_spec(out, *text, options.shapes); !done) return tl::unexpected(done.error());
  return out;
}

Result<Question> question_for(const Question& base, const std::string& path) {
  const std::string file = case_path(path);
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return base;
  if (!std::filesystem::is_regular_file(file, error))  // a pipe would block
    return tl::unexpected(serializers::LoadError{file, "", "is no regular file"});
  auto text = serializers::read_file(file);
  if (!text) return tl::unexpected(text.error());
  auto one = serializers::read_case_file(std::move(*text), file);
  if (!one) return tl::unexpected(one.error());
  Question out = base;
  if (!one->modes.empty()) out.modes = one->modes;
  if (!one->shapes.empty()) set_shapes(out, one->shapes);
  if (one->spec.empty()) return out;
  if (auto done = set_spec(out, one->spec, file); !done) return tl::unexpected(done.error());
  return out;
}

std::string answer_options(const Options& options) {
  const char* level = options.level == identity::Level::kExact      ? "exact"
                      : options.level == identity::Level::kDataflow ? "dataflow"
                                                                    : "symbolic";
  return fmt::format(
      "order={} recorded={} level={}{}", options.shape_order == ShapeOrder::kSignature ? "signature" : "insertion",
      options.compare_recorded ? "compare" : "ignore", level, options.model.empty() ? "" : " model=" + options.model);
}

}  // namespace retrace::cli
