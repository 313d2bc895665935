// SPDX-License-Identifier: Apache-2.0
// What a file is, by its content: XXH3-128 of its bytes. Of a big archive the bytes are its directory (names,
// sizes and checksums of all records), so that weights stay unread.
#pragma once
#include <string>

#include "serializers/load.h"

namespace retrace::serializers {

struct Content {
  std::string digest;  // hexadecimal
  Input input;         // with the bytes, where they were read
};

/// A file of more than `max_bytes` is refused, an archive with its weights; 0: no limit but those of files.h.
Result<Content> read_content(const std::string& path, std::uint64_t max_bytes);

}  // namespace retrace::serializers
