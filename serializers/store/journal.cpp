// SPDX-License-Identifier: Apache-2.0
#include "serializers/store/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "serializers/program/json_sink.h"
#include "serializers/store/line.h"

namespace retrace::serializers {
namespace {

constexpr std::size_t kWriteBlock = std::size_t{1} << 16;
constexpr std::size_t kReadBlock = std::size_t{1} << 14;  // merge has thousands of readers

std::optional<JournalHeader> header_of(std::string_view line) {
  static constexpr std::string_view kNames[] = {"tool", "options", "zoo", "files", "shard"};
  JournalHeader out;
  std::vector<std::uint32_t> shard;
  const bool whole = read_line(line, [&](JsonStream& json) {
    json.fields(kNames, [&](std::size_t i) {
      if (i < 3)
        (i == 0 ? out.tool : i == 1 ? out.options : out.zoo) = json.text();
      else if (i == 3)
        out.files = static_cast<std::uint64_t>(json.integer());
      else
        json.array([&] { shard.push_back(static_cast<std::uint32_t>(json.integer())); });
    });
  });
  if (!whole) return std::nullopt;
  if (shard.size() == 2 && shard[1] > 0) out.shard = {shard[0], shard[1]};
  return out;
}

/// One line of the journal into the map; `end`: where it ends.
void map_line(JournalMap& map, bool& found, std::string_view line, std::uint64_t end) {
  if (line.starts_with("{\"journal\"")) {
    auto header = header_of(line);
    if (!header) return;
    map = {};
    map.header = std::move(*header);
    map.plan_offset = end;
    found = true;
  } else if (line.starts_with("{\"planned\"")) {
    static constexpr std::string_view kNames[] = {"planned"};
    read_line(line, [&](JsonStream& json) {
      json.fields(kNames, [&](std::size_t) { map.planned = static_cast<std::uint64_t>(json.integer()); });
    });
    map.plan_complete = true;
  } else if (line.starts_with("{\"run\"")) {
    map.runs.push_back(end);
    map.ended = false;
  } else if (line.starts_with("{\"end\"")) {
    map.ended = true;
  }
  map.whole_lines = end;
}

[[noreturn]] void raise_system(const std::string& path) {
  throw std::runtime_error(fmt::format("{}: cannot write: {}", path, std::strerror(errno)));
}

}  // namespace

std::string JournalHeader::line() const {
  JsonSink out;
  out.object([&] {
    out.key("journal").integer(1);
    out.key("tool").text(tool);
    out.key("options").text(options);
    out.key("shard").array(std::vector{shard.number, shard.count}, [&](std::uint32_t n) { out.integer(n); });
    out.key("zoo").text(zoo);
    out.key("files").integer(static_cast<std::int64_t>(files));
  });
  return out.take();
}

Result<std::optional<JournalMap>> map_journal(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
    return tl::unexpected(LoadError{path, "", "is no file on disk: a journal is read several times"});
  LineReader lines(path, 0);
  if (!lines.good()) {
    if (errno == ENOENT) return std::nullopt;
    return tl::unexpected(LoadError{path, "", std::string("cannot open: ") + std::strerror(errno)});
  }
  JournalMap map;
  bool found = false;
  std::uint64_t end = 0;
  for (std::string_view line; lines.next(line);) map_line(map, found, line, end += line.size() + 1);
  if (!found && end > 0) return tl::unexpected(LoadError{path, "", "is not a journal of retrace"});
  return found ? std::optional(std::move(map)) : std::nullopt;
}

LineReader::LineReader(const std::string& path, std::uint64_t offset)
    : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), offset_(offset) {}
LineReader::LineReader(LineReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), offset_(other.offset_), buffer_(std::move(other.buffer_)), at_(other.at_) {}
LineReader::~LineReader() {
  if (fd_ >= 0) ::close(fd_);
}

bool LineReader::refill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t old = buffer_.size();
  buffer_.resize(old + kReadBlock);
  const ssize_t got = ::pread(fd_, buffer_.data() + old, kReadBlock, static_cast<off_t>(offset_));
  buffer_.resize(old + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got > 0) offset_ += static_cast<std::uint64_t>(got);
  return got > 0;
}

bool LineReader::next(std::string_view& line) {
  std::size_t from = at_;
  while (true) {
    const std::size_t newline = buffer_.find('\n', from);
    if (newline != std::string::npos) {
      line = std::string_view(buffer_).substr(at_, newline - at_);
      at_ = newline + 1;
      return true;
    }
    const std::size_t rest = buffer_.size() - at_;
    if (fd_ < 0 || !refill()) return false;
    from = rest;
  }
}

std::optional<Planned> planned_of(std::string_view line) {
  if (!line.starts_with("{\"plan\"")) return std::nullopt;
  static constexpr std::string_view kNames[] = {"plan", "file"};
  Planned out;
  const bool whole = read_line(line, [&](JsonStream& json) {
    json.fields(kNames, [&](std::size_t i) {
      if (i == 0)
        out.index = static_cast<std::uint64_t>(json.integer());
      else
        out.path = json.text();
    });
  });
  return whole ? std::optional(std::move(out)) : std::nullopt;
}

bool is_row(std::string_view line) { return line.starts_with("{\"index\""); }

Result<JournalWriter> JournalWriter::open(const std::string& path, const JournalHeader& header, bool resume) {
  std::optional<JournalMap> map;
  if (resume) {
    auto mapped = map_journal(path);
    if (!mapped) return tl::unexpected(mapped.error());
    map = std::move(*mapped);
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0644);
  const auto whole = static_cast<off_t>(map ? map->whole_lines : 0);
  if (fd < 0 || ::ftruncate(fd, whole) != 0)
    return tl::unexpected(LoadError{path, "", std::string("cannot write: ") + std::strerror(errno)});
  JournalWriter out(fd, path);
  out.planned_ = map && map->plan_complete && map->header.line() == header.line();
  if (!out.planned_) out.append(header.line());
  return out;
}

JournalWriter::JournalWriter(JournalWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      buffer_(std::move(other.buffer_)),
      plan_count_(other.plan_count_),
      planned_(other.planned_) {}
JournalWriter::~JournalWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void JournalWriter::plan(const Planned& file) {
  JsonSink out;
  out.object([&] {
    out.key("plan").integer(static_cast<std::int64_t>(file.index));
    out.key("file").text(file.path);
  });
  append(out.take());
  ++plan_count_;
}

void JournalWriter::begin_run() {
  if (!planned_) append(fmt::format("{{\"planned\":{}}}", plan_count_));
  append("{\"run\":true}");
  sync();
}

void JournalWriter::append(std::string_view line) {
  buffer_.append(line).push_back('\n');
  if (buffer_.size() > kWriteBlock) write_out();
}

void JournalWriter::end() {
  append("{\"end\":true}");
  sync();
}

void JournalWriter::write_out() {
  for (std::size_t done = 0; done < buffer_.size();) {
    const ssize_t n = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) raise_system(path_);
    done += static_cast<std::size_t>(n);
  }
  buffer_.clear();
}

void JournalWriter::sync() {
  write_out();
  if (::fsync(fd_) != 0) raise_system(path_);
}

}  // namespace retrace::serializers
