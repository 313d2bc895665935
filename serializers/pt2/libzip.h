// SPDX-License-Identifier: Apache-2.0
// libzip, loaded when the first archive is opened. Linked in, it would bring libcrypto with it (for encrypted archives,
// which are never read): 4,000 symbols to look up at every start, half of what `retrace --version` took.
#pragma once
#include <zip.h>

namespace retrace::serializers {

/// The functions of <zip.h> that the reader calls, without their prefix.
struct Libzip {
  decltype(&zip_discard) discard;
  decltype(&zip_error_fini) error_fini;
  decltype(&zip_error_init) error_init;
  decltype(&zip_error_init_with_code) error_init_with_code;
  decltype(&zip_error_strerror) error_strerror;
  decltype(&zip_fclose) fclose;
  decltype(&zip_fopen_index) fopen_index;
  decltype(&zip_fread) fread;
  decltype(&zip_get_name) get_name;
  decltype(&zip_get_num_entries) get_num_entries;
  decltype(&zip_open) open;
  decltype(&zip_open_from_source) open_from_source;
  decltype(&zip_source_buffer_create) source_buffer_create;
  decltype(&zip_source_free) source_free;
  decltype(&zip_stat_index) stat_index;
  decltype(&zip_stat_init) stat_init;
  decltype(&zip_strerror) strerror;
};

/// Raises std::runtime_error where the library is not installed.
const Libzip& libzip();

}  // namespace retrace::serializers
