// SPDX-License-Identifier: Apache-2.0
// The table of docs/findings.md; a test holds them together.
#include "serializers/reports/outcome.h"

namespace retrace::serializers {

const std::vector<FindingHelp>& finding_helps() {
  static const std::vector<FindingHelp> kHelps{
      {"argument-changed", "the same operator with another argument"},
      {"assertion-repeated",
       "an assertion was added: each export's pass insert_deferred_runtime_asserts "
       "(torch/fx/passes/runtime_assert.py) writes runtime assertions anew and keeps an old one that is spelled "
       "otherwise"},
      {"bug", "a broken invariant of retrace itself; please report it"},
      {"constant-moved", "a lifted constant stands elsewhere among the inputs; the others keep their order"},
      {"constraint-violated",
       "the spec asks for more freedom than the program has; the message lists dims and suggested fixes"},
      {"crash", "the worker that checked the program ended"},
      {"data-dependent-guard", "the export needs the truth of a relation on data"},
      {"dim-specialised",
       "a dynamic dimension became a number: tracing or its ranges left no other value; a note names the node in whose "
       "trace it was fixed (_guards_fn: the input guards) and the relation that was asked for"},
      {"dtype-changed", "a value's element type differs"},
      {"export-failed", "the export fails outside any operator"},
      {"guard-added", "a note: the export's module also checks these conditions on its inputs"},
      {"guard-failed", "an input guard of the rebuilt module does not hold for the example inputs"},
      {"input-added", "a lifted input appears or is gone (strict export drops unused ones)"},
      {"input-changed", "an input is of another kind"},
      {"input-dropped", "a lifted input appears or is gone (strict export drops unused ones)"},
      {"integer-limit", "a symbolic integer leaves 64 bits: retrace stops here, where PyTorch's integers grow"},
      {"lock-changed", "the verdict or a hash is not what the lock file says"},
      {"memory-limit", "the check took more memory than allowed"},
      {"metadata-stale",
       "the recorded metadata of a value is not what its operator gives: an edit left it behind, or the program was "
       "exported under other conditions (gradients, backends)"},
      {"mode-disagrees", "a note of --mode both: strict and non-strict export give other verdicts or other programs"},
      {"operator-changed", "another operator at this place"},
      {"operator-failed", "the export fails at this operator, with PyTorch's reason"},
      {"operator-unsupported", "an operator that is neither known nor custom"},
      {"order-changed", "the same operators or inputs in another order"},
      {"output-changed", "another number, kind, order or source of outputs"},
      {"program-invalid", "PyTorch's loader refuses the program"},
      {"range-changed", "the range of a dimension or of a data-dependent size differs"},
      {"range-narrowed",
       "a dynamic dimension has a smaller range; a note names the node and the relation, where one did it"},
      {"requires-grad-changed", "a value requires a gradient on one side alone (a lifted constant is detached)"},
      {"size-changed", "a value's sizes, or its strides or offset, differ"},
      {"size-limit",
       "something is bigger than retrace computes with: a list of more than 1,048,576 tensors, a product of sums of "
       "more than 16,384 terms, a guard of more than 500 nested operations"},
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
