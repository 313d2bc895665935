// SPDX-License-Identifier: Apache-2.0
// The error that PyTorch would raise at this point.
//
// A rule, the shape environment or a pass raises a Failure exactly where PyTorch's Python or C++ code
// raises; nothing between catches it. The exporter catches it once, at its door, and turns it into the
// verdict "fails" with the operator that was being traced. A Failure is an answer, never a bug of ours.
#pragma once
#include <stdexcept>
#include <string>
#include <utility>

namespace retrace {

/// The Python exception class of the error (its unqualified name).
enum class ErrorType {
  kRuntimeError,
  kIndexError,
  kValueError,
  kTypeError,
  kAssertionError,
  kNotImplementedError,
  kUserError,
  kConstraintViolation,
  kDataDependent,  // GuardOnDataDependentSymNode
  kUnsupported,    // torch._dynamo.exc.Unsupported, UnsupportedOperatorException
  kSerializeError,
  kAttributeError,
  kKeyError,
  kZeroDivisionError,
  kRecursionError,
  kIntegerLimit,  // Overflow: no error of PyTorch's
  kSizeLimit,     // SizeLimit: no error of PyTorch's either
};

class Failure : public std::runtime_error {
 public:
  Failure(ErrorType type, const std::string& message) : std::runtime_error(message), type_(type) {}
  [[nodiscard]] ErrorType type() const { return type_; }

 private:
  ErrorType type_;
};

[[noreturn]] inline void raise(ErrorType type, const std::string& message) { throw Failure(type, message); }

/// A symbolic integer left 64 bits, where Python's would have grown.
class Overflow : public Failure {
 public:
  Overflow() : Failure(ErrorType::kIntegerLimit, "symbolic integer overflows 64 bits") {}
};

/// Something of the program is bigger than retrace computes with.
class SizeLimit : public Failure {
 public:
  explicit SizeLimit(const std::string& what) : Failure(ErrorType::kSizeLimit, what) {}
};

/// A broken invariant of retrace itself: contained per program, reported as a bug, exit 2.
class Bug : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace retrace
