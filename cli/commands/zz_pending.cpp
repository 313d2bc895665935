// SPDX-License-Identifier: Apache-2.0
// Scratch while batch.cpp, history.cpp, lock.cpp, merge.cpp are being written: delete this file when they exist.
#include "cli/commands.h"
namespace retrace::cli {
#define PENDING(name) [[gnu::weak]] int name(Context&) { return 2; }
PENDING(run_batch) PENDING(run_history) PENDING(run_lock) PENDING(run_merge)
#undef PENDING
}  // namespace retrace::cli
