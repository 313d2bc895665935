// SPDX-License-Identifier: Apache-2.0
#include "core/exporter/exporter.h"

#include "core/exporter/pipeline.h"

namespace retrace::exporter {

Outcome export_callable(const ir::Callable& callable, const bind::DynamicSpec& spec, Mode mode) {
  const ModeRecord& record = mode == Mode::kStrict ? strict_mode() : non_strict_mode();
  trace::Session session(*callable.program.pool, record.overrides_builtin_min_max);
  try {
    ir::Program program = run_export(session, callable, spec, record);
    return Exported{std::move(program), session.assumed_ops()};
  } catch (const Failure& failure) {
    const bool serializing = failure.type() == ErrorType::kSerializeError;
    return Failed{serializing ? "serialize" : "export", failure.type(), session.current_node, failure.what()};
  }
}

}  // namespace retrace::exporter
