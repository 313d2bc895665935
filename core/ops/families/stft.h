// SPDX-License-Identifier: Apache-2.0
// Short-time Fourier transforms (torch/_refs/__init__.py stft, istft).
#pragma once
#include "core/ops/call.h"

namespace retrace::ops {

Results stft(Call& call);             // aten::stft.center
Results stft_uncentered(Call& call);  // aten::stft
Results istft(Call& call);

}  // namespace retrace::ops
