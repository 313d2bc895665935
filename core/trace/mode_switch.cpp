// SPDX-License-Identifier: Apache-2.0
#include "core/trace/mode_switch.h"

namespace retrace::trace {

namespace {

bool truth(const Value& value) {
  return value.holds<SymBool>() && value.get<SymBool>().is_bool() && value.get<SymBool>().as_bool();
}

/// torch.amp.autocast_mode.autocast.__init__: what it makes of its arguments.
struct Normalized {
  bool is_cpu = false;
  bool enabled = false;
  ScalarType dtype = ScalarType::kBFloat16;
};

Normalized normalized(const std::vector<Traced>& args) {
  if (args.size() < 4) raise(ErrorType::kTypeError, "_enter_autocast() missing required positional arguments");
  Normalized out;
  const Value& device = args[0].value;
  out.is_cpu = device.holds<std::string_view>() && device.get<std::string_view>() == "cpu";
  const Value& dtype = args[1].value;
  if (dtype.is_none()) {
    out.dtype = out.is_cpu ? ScalarType::kBFloat16 : ScalarType::kHalf;
  } else if (dtype.holds<ScalarType>()) {
    out.dtype = dtype.get<ScalarType>();
  } else {
    raise(ErrorType::kValueError, "Expected `dtype` to be a torch.dtype");
  }
  const bool supported = out.dtype == ScalarType::kBFloat16 || out.dtype == ScalarType::kHalf;
  out.enabled = truth(args[2].value) && out.is_cpu && supported;  // no other device is available
  return out;
}

}  // namespace

void switch_grad_mode(Tracer& tracer, bool enabled) {
  tracer.call(std::string(kSetGradEnabled), {Arg(enabled)}, {});
  tracer.session().set_grad_enabled(enabled);
}

void push_autocast(Session& session, const std::vector<Traced>& args) {
  const Normalized to = normalized(args);
  session.outer_autocasts.push_back(session.autocast);
  if (to.is_cpu) session.autocast = {to.enabled, to.dtype};
}

void pop_autocast(Session& session) {
  if (session.outer_autocasts.empty()) return;
  session.autocast = session.outer_autocasts.back();
  session.outer_autocasts.pop_back();
}

Traced enter_autocast(Tracer& tracer, const std::vector<Traced>& args) {
  const Normalized to = normalized(args);
  Node& node = tracer.call(std::string(kEnterAutocast),
                           {tracer.argument(args[0]), Arg(to.dtype), Arg(to.enabled), Arg(truth(args[3].value))}, {});
  push_autocast(tracer.session(), args);
  return tracer.track_object(node);
}

void exit_autocast(Tracer& tracer, const Traced& entered) {
  pop_autocast(tracer.session());
  tracer.call(std::string(kExitAutocast), {tracer.argument(entered)}, {});
}

bool is_mode_switch(std::string_view target) {
  return target == kSetGradEnabled || target == kEnterAutocast || target == kExitAutocast;
}

Traced run_mode_switch(Tracer& tracer, std::string_view target, const std::vector<Traced>& args) {
  if (target == kEnterAutocast) return enter_autocast(tracer, args);
  if (args.empty()) raise(ErrorType::kTypeError, std::string(target) + "() missing 1 required positional argument");
  if (target == kExitAutocast) {
    exit_autocast(tracer, args[0]);
  } else {
    switch_grad_mode(tracer, truth(args[0].value));
  }
  return {};
}

}  // namespace retrace::trace
