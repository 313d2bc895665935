// SPDX-License-Identifier: Apache-2.0
// Characters of names, whatever the locale.
#pragma once

namespace retrace {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || is_upper(c) || is_digit(c); }
inline char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace retrace
