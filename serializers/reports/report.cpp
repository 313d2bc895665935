// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/report.h"

namespace retrace::serializers {

std::string label(const Report& report) {
  return report.program.empty() ? report.file : report.file + "#" + report.program;
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame:
      return "same";
    case Verdict::kDiffers:
      return "differs";
    case Verdict::kFails:
      return "fails";
    case Verdict::kTrouble:
      break;
  }
  return "trouble";
}

std::string_view level_name(identity::Level level) {
  switch (level) {
    case identity::Level::kExact:
      return "exact";
    case identity::Level::kDataflow:
      return "dataflow";
    case identity::Level::kSymbolic:
      break;
  }
  return "symbolic";
}

std::string_view error_name(ErrorType type) {
  switch (type) {
    case ErrorType::kRuntimeError:
      return "RuntimeError";
    case ErrorType::kIndexError:
      return "IndexError";
    case ErrorType::kValueError:
      return "ValueError";
    case ErrorType::kTypeError:
      return "TypeError";
    case ErrorType::kAssertionError:
      return "AssertionError";
    case ErrorType::kNotImplementedError:
      return "NotImplementedError";
    case ErrorType::kUserError:
      return "UserError";
    case ErrorType::kConstraintViolation:
      return "ConstraintViolationError";
    case ErrorType::kDataDependent:
      return "GuardOnDataDependentSymNode";
    case ErrorType::kUnsupported:
      return "Unsupported";
    case ErrorType::kSerializeError:
      return "SerializeError";
    case ErrorType::kAttributeError:
      return "AttributeError";
    case ErrorType::kKeyError:
      return "KeyError";
    case ErrorType::kZeroDivisionError:
      return "ZeroDivisionError";
  }
  return "Exception";
}

}  // namespace retrace::serializers
