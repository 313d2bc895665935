// SPDX-License-Identifier: Apache-2.0
// What is asked of a program: modes and dynamic shapes, from the command line and from the case file beside it.
//
// The case file of zoo/model.json (or zoo/model.pt2) is zoo/model.retrace.json: {"mode": "strict", "shapes": ...}.
// What it says wins over the command line, as an explicit strict= in PyTorch's suite wins over the test's mode.
#pragma once
#include <string>
#include <vector>

#include "cli/commands.h"
#include "serializers/load_error.h"

namespace retrace::cli {

struct Question {
  std::vector<exporter::Mode> modes;
  CheckOptions check;
  std::string shapes;  // infer | named | static | given:<digest of the spec's text>
};

/// What the command line asks.
serializers::Result<Question> question(Context& context);
/// The same for one program; `path` is where it really is.
serializers::Result<Question> question_for(const Question& base, const std::string& path);
/// All that an answer depends on besides mode and shapes: "order=insertion recorded=compare level=symbolic".
std::string answer_options(const Options& options);

}  // namespace retrace::cli
