// SPDX-License-Identifier: Apache-2.0
// Switches of grad mode and autocast as nodes: what a traced region leaves until the exporter makes regions of them.
#pragma once
#include <vector>

#include "core/trace/tracer.h"

namespace retrace::trace {

inline constexpr std::string_view kSetGradEnabled = "torch._C._set_grad_enabled";
inline constexpr std::string_view kEnterAutocast = "torch.amp.autocast_mode._enter_autocast";
inline constexpr std::string_view kExitAutocast = "torch.amp.autocast_mode._exit_autocast";

/// Autocast from here on, without a node: device, dtype, enabled, cache_enabled. Another device's leaves the CPU's.
void push_autocast(Session& session, const std::vector<Traced>& args);
void pop_autocast(Session& session);

/// Grad mode from here on, and its node.
void switch_grad_mode(Tracer& tracer, bool enabled);
/// Autocast from here on, and its node.
Traced enter_autocast(Tracer& tracer, const std::vector<Traced>& args);
/// Back to what was before `entered`.
void exit_autocast(Tracer& tracer, const Traced& entered);

bool is_mode_switch(std::string_view target);
/// Runs a switch that a traced body holds.
Traced run_mode_switch(Tracer& tracer, std::string_view target, const std::vector<Traced>& args);

}  // namespace retrace::trace
