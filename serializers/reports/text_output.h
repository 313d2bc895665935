// SPDX-License-Identifier: Apache-2.0
// Where the text of a report goes when the run has ended: a file, or standard output.
#pragma once
#include <functional>
#include <string>

namespace retrace::serializers {

using TextOutput = std::function<void(const std::string& text)>;

}  // namespace retrace::serializers
