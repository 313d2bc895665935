// SPDX-License-Identifier: Apache-2.0
// Names and messages come from files of any kind: what XML, JSON and HTML cannot hold is replaced, and for people what
// their terminal would act on.
#pragma once
#include <string>
#include <string_view>

namespace retrace::serializers {

/// Valid UTF-8 without what XML 1.0 forbids: U+FFFD for bad sequences, for surrogates, for U+FFFE and U+FFFF and for
/// control characters other than tab, line feed and carriage return.
std::string clean_text(std::string_view text);
/// The same, without the other control characters but tab and line feed (carriage return, DEL, U+0080 to U+009F).
std::string terminal_text(std::string_view text);
/// Nor line feeds: a name makes no lines of its own.
std::string terminal_line(std::string_view text);
/// Cleaned, and escaped for XML content and attributes (where line feeds and tabs are written as references).
std::string xml_text(std::string_view text);
std::string xml_attribute(std::string_view text);
/// At most `limit` bytes, cut at a character, with "..." where something is missing.
std::string cut_text(std::string_view text, std::size_t limit);
/// The first line.
std::string_view first_line(std::string_view text);

}  // namespace retrace::serializers
