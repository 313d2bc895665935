// SPDX-License-Identifier: Apache-2.0
// The table of docs/findings.md; a test holds them together.
#include "serializers/reports/outcome.h"

namespace retrace::serializers {

const std::vector<FindingHelp>& finding_helps() {
  static const std::vector<FindingHelp> kHelps{
      {"argument-changed", "the same operator with another argument"},
      {"assertion-repeated",
       "an assertion was added: re-export writes runtime assertions anew and keeps an old one that is spelled "
       "otherwise"},
      {"bug", "a broken invariant of retrace itself; please report it"},
      {"constraint-violated",
       "the spec asks for more freedom than the program has; the message lists dims and suggested fixes"},
      {"crash", "the worker that checked the program ended"},
      {"data-dependent-guard", "the export needs the truth of a relation on data"},
      {"dtype-changed", "a value's element type differs"},
      {"export-failed", "the export fails outside any operator"},
      {"guard-failed", "an input guard of the rebuilt module does not hold for the example inputs"},
      {"input-added", "a lifted input appears or is gone (strict export drops unused ones)"},
      {"input-dropped", "a lifted input appears or is gone (strict export drops unused ones)"},
      {"lock-changed", "the verdict or a hash is not what the lock file says"},
      {"memory-limit", "the check took more memory than allowed"},
      {"operator-changed", "another operator at this place"},
      {"operator-failed", "the export fails at this operator, with PyTorch's reason"},
      {"operator-unsupported", "an operator that is neither known nor custom"},
      {"order-changed", "the same operators or inputs in another order"},
      {"output-changed", "another number, kind, order or source of outputs"},
      {"program-invalid", "PyTorch's loader refuses the program"},
      {"range-changed", "range_constraints differ"},
      {"size-changed", "a value's sizes, or its strides or offset, differ"},
      {"size-source-changed", "a size is read from another tensor"},
      {"spec-order",
       "a named spec lists its arguments in another order than the signature: as a positional tuple it binds "
       "otherwise"},
      {"stride-changed", "a value's sizes, or its strides or offset, differ"},
      {"time-limit", "the check took longer than allowed"},
      {"tree-spec-changed", "the structure of inputs or outputs differs"},
      {"unexpected-pass", "the manifest expects a failure, and the program is the same"},
      {"unreadable", "the file is no program that can be read"},
  };
  return kHelps;
}

}  // namespace retrace::serializers
