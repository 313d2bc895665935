// SPDX-License-Identifier: Apache-2.0
// mimalloc's own operator new ends the program where memory is lacking: it is C, and cannot throw. Ours throws, so that
// a check which needs too much is reported as that and the others go on.
#include <cstdlib>
#include <new>

void* operator new(std::size_t bytes) {
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;  // NOLINT(*-no-malloc)
  throw std::bad_alloc();
}

void* operator new[](std::size_t bytes) { return operator new(bytes); }
