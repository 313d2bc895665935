// SPDX-License-Identifier: Apache-2.0
#include "serializers/pt2/libzip.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <stdexcept>

namespace retrace::serializers {
namespace {

template <typename Function>
void look_up(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  if (function == nullptr) throw std::runtime_error(fmt::format("libzip has no {}", name));
}

Libzip load() {
  void* library = dlopen(RETRACE_LIBZIP, RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(fmt::format("archives cannot be read: {}", dlerror()));
  Libzip lib{};
  look_up(library, "zip_discard", lib.discard);
  look_up(library, "zip_error_fini", lib.error_fini);
  look_up(library, "zip_error_init", lib.error_init);
  look_up(library, "zip_error_init_with_code", lib.error_init_with_code);
  look_up(library, "zip_error_strerror", lib.error_strerror);
  look_up(library, "zip_fclose", lib.fclose);
  look_up(library, "zip_fopen_index", lib.fopen_index);
  look_up(library, "zip_fread", lib.fread);
  look_up(library, "zip_get_name", lib.get_name);
  look_up(library, "zip_get_num_entries", lib.get_num_entries);
  look_up(library, "zip_open", lib.open);
  look_up(library, "zip_open_from_source", lib.open_from_source);
  look_up(library, "zip_source_buffer_create", lib.source_buffer_create);
  look_up(library, "zip_source_free", lib.source_free);
  look_up(library, "zip_stat_index", lib.stat_index);
  look_up(library, "zip_stat_init", lib.stat_init);
  look_up(library, "zip_strerror", lib.strerror);
  return lib;
}

}  // namespace

const Libzip& libzip() {
  static const Libzip lib = load();
  return lib;
}

}  // namespace retrace::serializers
