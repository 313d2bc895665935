// SPDX-License-Identifier: Apache-2.0
#include "cli/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

namespace retrace::cli {

struct Log::State {
  explicit State(std::ostream& err) : logger("retrace", std::make_shared<spdlog::sinks::ostream_sink_st>(err)) {
    logger.set_pattern("%n: %l: %v");
  }
  spdlog::logger logger;
};

Log::Log(std::ostream& err) : state_(std::make_unique<State>(err)) {}
Log::~Log() { state_->logger.flush(); }

void Log::error(std::string_view text) { state_->logger.error("{}", text); }
void Log::warn(std::string_view text) { state_->logger.warn("{}", text); }
void Log::info(std::string_view text) { state_->logger.info("{}", text); }

}  // namespace retrace::cli
