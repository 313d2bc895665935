// SPDX-License-Identifier: Apache-2.0
#include "cli/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "serializers/reports/clean_text.h"

namespace retrace::cli {
namespace {

/// Further lines are indented: no text from a file looks like a message.
std::string message(std::string_view text) {
  std::string out;
  for (const char c : serializers::terminal_text(text)) out += c == '\n' ? "\n  " : std::string(1, c);
  return out;
}

}  // namespace

struct Log::State {
  explicit State(std::ostream& err) : logger("retrace", std::make_shared<spdlog::sinks::ostream_sink_st>(err)) {
    logger.set_pattern("%n: %l: %v");
  }
  spdlog::logger logger;
};

Log::Log(std::ostream& err) : state_(std::make_unique<State>(err)) {}
Log::~Log() { state_->logger.flush(); }

void Log::error(std::string_view text) { state_->logger.error("{}", message(text)); }
void Log::warn(std::string_view text) { state_->logger.warn("{}", message(text)); }
void Log::info(std::string_view text) { state_->logger.info("{}", message(text)); }

}  // namespace retrace::cli
