// SPDX-License-Identifier: Apache-2.0
#include "serializers/pt2/zip_file.h"

#include <fmt/format.h>

#include <stdexcept>

#include "serializers/pt2/libzip.h"

namespace retrace::serializers {
namespace {

std::string reason(zip_error_t* error) {
  std::string out = libzip().error_strerror(error);
  libzip().error_fini(error);
  return out;
}

std::string reason(int code) {
  zip_error_t error;
  libzip().error_init_with_code(&error, code);
  return reason(&error);
}

}  // namespace

void ZipFile::Close::operator()(zip* archive) const { libzip().discard(archive); }

ZipFile::ZipFile(zip* archive) : archive_(archive) {
  const zip_int64_t count = libzip().get_num_entries(archive, 0);
  if (count < 0 || static_cast<std::uint64_t>(count) > kMaxRecords)
    throw std::runtime_error(fmt::format("{} records are more than the {} read", count, kMaxRecords));
  names_.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    const char* name = libzip().get_name(archive, i, ZIP_FL_ENC_RAW);
    names_.emplace_back(name == nullptr ? "" : name);
    places_.try_emplace(names_.back(), i);
  }
}

ZipFile ZipFile::open(const std::string& path) {
  int code = 0;
  zip_t* archive = libzip().open(path.c_str(), ZIP_RDONLY, &code);
  if (archive == nullptr) throw std::runtime_error("not a readable zip archive: " + reason(code));
  return ZipFile(archive);
}

ZipFile ZipFile::of_bytes(const std::string& bytes) {
  zip_error_t error;
  libzip().error_init(&error);
  zip_source_t* source = libzip().source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) throw std::runtime_error("not a readable zip archive: " + reason(&error));
  zip_t* archive = libzip().open_from_source(source, ZIP_RDONLY, &error);
  if (archive == nullptr) {
    libzip().source_free(source);
    throw std::runtime_error("not a readable zip archive: " + reason(&error));
  }
  return ZipFile(archive);
}

std::string ZipFile::directory() const {
  std::string out;
  for (std::uint64_t i = 0; i < names_.size(); ++i) {
    zip_stat_t status;
    libzip().stat_init(&status);
    if (libzip().stat_index(archive_.get(), i, 0, &status) != 0)
      throw std::runtime_error("a record cannot be looked at");
    out += fmt::format("{} {} {:08x}\n", names_[i], status.size, status.crc);
  }
  return out;
}

bool ZipFile::has(const std::string& name) const { return places_.contains(name); }

std::uint64_t ZipFile::index(const std::string& name) const {
  const auto at = places_.find(name);
  if (at == places_.end()) throw std::runtime_error(fmt::format("no record '{}'", name));
  return at->second;
}

std::uint64_t ZipFile::size(const std::string& name) const {
  zip_stat_t stat;
  libzip().stat_init(&stat);
  if (libzip().stat_index(archive_.get(), index(name), 0, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0)
    throw std::runtime_error(fmt::format("the record '{}' has no size", name));
  return stat.size;
}

std::string ZipFile::read(const std::string& name, std::uint64_t limit) const {
  const std::uint64_t bytes = size(name);
  if (bytes > limit)
    throw std::runtime_error(fmt::format("the record '{}' has {} bytes, more than {}", name, bytes, limit));
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(libzip().fopen_index(archive_.get(), index(name), 0),
                                                               libzip().fclose);
  if (!file)
    throw std::runtime_error(
        fmt::format("the record '{}' cannot be read: {}", name, libzip().strerror(archive_.get())));
  std::string out;
  while (out.size() < bytes) {  // grows with what is there, whatever size a crafted header claims
    constexpr std::uint64_t kBlock = std::uint64_t{1} << 22;
    const std::size_t old = out.size();
    if (out.capacity() == old) out.reserve(std::min<std::uint64_t>(bytes, old * 2 + kBlock));
    out.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, out.capacity())));
    const zip_int64_t got = libzip().fread(file.get(), out.data() + old, out.size() - old);
    if (got <= 0) throw std::runtime_error(fmt::format("the record '{}' is damaged or cut short", name));
    out.resize(old + static_cast<std::size_t>(got));
  }
  char end = 0;  // libzip checks the checksum at the end
  if (libzip().fread(file.get(), &end, 1) != 0)
    throw std::runtime_error(fmt::format("the record '{}' is damaged", name));
  return out;
}

}  // namespace retrace::serializers
