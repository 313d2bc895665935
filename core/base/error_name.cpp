// SPDX-License-Identifier: Apache-2.0
#include "core/base/error_name.h"

namespace retrace {

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
    case ErrorType::kRecursionError:
      return "RecursionError";
    case ErrorType::kSizeLimit:
      return "MemoryError";
    case ErrorType::kIntegerLimit:
      return "OverflowError";
  }
  return "Exception";
}

}  // namespace retrace
