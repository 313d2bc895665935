#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/oracle/unsupported.def: the aten overloads that have no rule, each with its reason.

    python3 tests/oracle/write_unsupported.py > tests/oracle/unsupported.def
"""
import re
import sys

import torch

import operator_rows

SCRIPT = "TorchScript alone: the dispatcher has no kernel"
OTHER = "internal: the kernel of another operator, or a function for libraries"
REASONS = (
    (r"^_test_|^_foobar$", "PyTorch's own tests"),
    (r"backward|differentiable|^glu_jvp$|_grad$|^_grad_sum_to_size$", "autograd kernel: found in backward graphs alone"),
    (r"cudnn|miopen|mps|cufft|cuda|_nnpack|xla|_amp_|cslt|semi_structured|triton|to_cpu|^cpu$|pin_memory|_philox|_fill_mem"
     r"|batch_norm_(elemt|gather|stats|update)|attention_forward|scaled_grouped|conv_depthwise|mixed_dtypes",
     "needs a device or library that exports on CPU lack"),
    (r"mkldnn", "opaque oneDNN tensors: fake tensors have none"),
    (r"sparse|coalesce|indices|values|_nnz|_dim[IV]|spdiags|_spsolve|hspmm|^smm|sspaddmm|to_dense|_csr|_coo",
     "sparse layouts are not traced"),
    (r"nested|jagged|_ncf|padded_tensor|_pack_|_pad_packed|pack_sequence", "nested and packed sequences are not traced"),
    (r"_fused_(ada|sgd)", "optimiser step: not in a model"),
    (r"quantized|qscheme|_rowwise_prune|per_channel_affine|quantize_per_tensor", "quantized tensors: fake tensors have none"),
    (r"_autocast|_fw_primal|_make_dual|_unpack_dual|batch_dim|requires_grad|retain|_lazy_clone|grad|set_data|^data$"
     r"|record_stream|_new_zeros_with", "autograd or functorch bookkeeping: not left in an export"),
)


def has_kernel(name: str) -> bool:
    try:
        torch._C._dispatch_has_kernel_for_dispatch_key("aten::" + name, "CPU")
        return True
    except RuntimeError:
        return False


def reason(name: str) -> str:
    if not has_kernel(name):
        return SCRIPT
    packet = name.partition(".")[0]
    return next((text for pattern, text in REASONS if re.search(pattern, packet)), OTHER)


def main() -> int:
    rules = operator_rows.rules()
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// aten overloads without a rule, and why: {name, reason}, sorted. What writes to `out` arguments is not listed:")
    print("// their rule is that of the form without. Written by tests/oracle/write_unsupported.py.")
    for name in sorted(operator_rows.schemas()):
        if name not in rules:
            print('{"%s", "%s"},' % (name, reason(name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
