// SPDX-License-Identifier: Apache-2.0
// Lines of our own: of journals, stores and workers. They hold names of files and of archives' records as they are,
// whatever bytes those are.
#pragma once
#include <string>
#include <string_view>

#include "serializers/program/json_stream.h"

namespace retrace::serializers {

/// Reads a line of a journal; false: it is no JSON, or of another shape.
template <typename F>
bool read_line(std::string_view line, F&& read) {
  thread_local std::string text;  // a stream's text ends in a zero byte
  text.assign(line);
  try {
    JsonStream json(text, JsonStream::Texts::kAnyBytes);
    read(json);
    json.end();
    return true;
  } catch (const ReadFailure&) {
    return false;
  }
}

}  // namespace retrace::serializers
