// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ops/call_text.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <stdexcept>

namespace retrace::ops {
namespace {

constexpr std::array<std::pair<std::string_view, ScalarType>, 21> kDtypes{{{"u8", ScalarType::kByte},
                                                                           {"i8", ScalarType::kChar},
                                                                           {"i16", ScalarType::kShort},
                                                                           {"i32", ScalarType::kInt},
                                                                           {"i64", ScalarType::kLong},
                                                                           {"f16", ScalarType::kHalf},
                                                                           {"f32", ScalarType::kFloat},
                                                                           {"f64", ScalarType::kDouble},
                                                                           {"bf16", ScalarType::kBFloat16},
                                                                           {"c32", ScalarType::kComplexHalf},
                                                                           {"c64", ScalarType::kComplexFloat},
                                                                           {"c128", ScalarType::kComplexDouble},
                                                                           {"bool", ScalarType::kBool},
                                                                           {"u16", ScalarType::kUInt16},
                                                                           {"u32", ScalarType::kUInt32},
                                                                           {"u64", ScalarType::kUInt64},
                                                                           {"f8e4m3fn", ScalarType::kFloat8E4M3FN},
                                                                           {"f8e5m2", ScalarType::kFloat8E5M2},
                                                                           {"f8e4m3fnuz", ScalarType::kFloat8E4M3FNUZ},
                                                                           {"f8e5m2fnuz", ScalarType::kFloat8E5M2FNUZ},
                                                                           {"f8e8m0fnu", ScalarType::kFloat8E8M0FNU}}};
constexpr std::array<std::pair<std::string_view, MemoryFormat>, 4> kFormats{
    {{"torch.contiguous_format", MemoryFormat::kContiguous},
     {"torch.preserve_format", MemoryFormat::kPreserve},
     {"torch.channels_last", MemoryFormat::kChannelsLast},
     {"torch.channels_last_3d", MemoryFormat::kChannelsLast3d}}};
constexpr std::array<std::pair<std::string_view, Layout>, 6> kLayouts{{{"torch.strided", Layout::kStrided},
                                                                       {"torch.sparse_coo", Layout::kSparseCoo},
                                                                       {"torch.sparse_csr", Layout::kSparseCsr},
                                                                       {"torch.sparse_csc", Layout::kSparseCsc},
                                                                       {"torch.sparse_bsr", Layout::kSparseBsr},
                                                                       {"torch.sparse_bsc", Layout::kSparseBsc}}};

template <typename Table, typename T>
bool find_word(const Table& table, std::string_view word, T& out) {
  for (const auto& [name, value] : table) {
    if (name == word) return out = value, true;
  }
  return false;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  CallText call() {
    CallText out;
    out.op = word();
    expect('(');
    for (bool first = true; !take(')'); first = false) {
      if (!first) expect(',');
      argument(out);
    }
    if (!rest_.empty()) fail("the end");
    return out;
  }

 private:
  void argument(CallText& out) {
    const std::string_view before = rest_;
    skip();
    const std::string name = is_word(rest_.empty() ? ' ' : rest_.front()) ? word() : std::string();
    if (!name.empty() && take('=')) {
      out.kwargs.emplace_back(name, value());
    } else {
      rest_ = before;
      out.args.push_back(value());
    }
  }

  ArgText value() {
    if (take('[')) return list();
    if (take('\'')) return quoted();
    const std::string text = word();
    ScalarType dtype{};
    if (find_word(kDtypes, text, dtype) && take('[')) return tensor(dtype);
    if (text == "complex" && take('(')) return complex();
    return atom(text);
  }

  ArgText list() {
    ArgTexts out;
    while (!take(']')) {
      if (!out.empty()) expect(',');
      out.push_back(value());
    }
    return out;
  }

  ArgText quoted() {
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) fail("a closing quote");
    std::string out(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return out;
  }

  ArgText tensor(ScalarType dtype) {
    TensorText out{dtype, sizes(']'), {}};
    if (take('@')) {
      expect('(');
      out.strides = sizes(')');
    }
    return out;
  }

  ArgText complex() {
    const double real = number(word());
    expect(',');
    const double imaginary = number(word());
    expect(')');
    return std::pair(real, imaginary);
  }

  std::vector<SizeText> sizes(char end) {
    std::vector<SizeText> out;
    while (!take(end)) {
      if (!out.empty()) expect(',');
      out.push_back(size(word()));
    }
    return out;
  }

  SizeText size(const std::string& text) {
    if (!is_symbol(text)) return {{}, integer(text)};
    return {text, take(':') ? std::optional(integer(word())) : std::nullopt};
  }

  ArgText atom(const std::string& text) {
    if (text == "None") return {};
    if (text == "True" || text == "False") return text == "True";
    if (is_symbol(text)) return size(text);
    if (ScalarType dtype{}; text.starts_with("torch.") && find_torch_dtype(text, dtype)) return dtype;
    if (MemoryFormat format{}; find_word(kFormats, text, format)) return format;
    if (Layout layout{}; find_word(kLayouts, text, layout)) return layout;
    if (text == "cpu") return Device{"cpu", {}};
    if (text == "meta") return Device{"meta", {}};
    const bool is_integer = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0) == std::string::npos;
    if (is_integer) return integer(text);
    return number(text);
  }

  static bool find_torch_dtype(std::string_view text, ScalarType& out) {
    for (const auto& [name, dtype] : kDtypes) {
      if (torch_name(dtype) == text) return out = dtype, true;
    }
    return false;
  }

  static bool is_symbol(std::string_view text) {
    return text.size() > 1 && (text[0] == 's' || text[0] == 'u') &&
           text.find_first_not_of("0123456789", 1) == std::string_view::npos;
  }

  double number(const std::string& text) {
    if (text == "inf" || text == "-inf")
      return text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
    double out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) fail("a value instead of " + text);
    return out;
  }

  std::int64_t integer(const std::string& text) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) fail("an integer instead of " + text);
    return out;
  }

  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' || c == '+';
  }

  std::string word() {
    skip();
    std::size_t length = 0;
    while (length < rest_.size() && is_word(rest_[length])) ++length;
    if (length == 0) fail("a word");
    std::string out(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return out;
  }

  void skip() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  bool take(char c) {
    skip();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!take(c)) fail(std::string(1, c));
  }

  [[noreturn]] void fail(const std::string& wanted) const {
    throw std::invalid_argument(fmt::format("expected {} at \"{}\"", wanted, rest_));
  }

  std::string_view rest_;
};

}  // namespace

CallText parse_call(std::string_view text) { return Parser(text).call(); }

std::string_view layout_name(Layout layout) {
  for (const auto& [name, value] : kLayouts) {
    if (value == layout) return name;
  }
  return "?";
}

std::string_view short_name(ScalarType dtype) {
  for (const auto& [name, value] : kDtypes) {
    if (value == dtype) return name;
  }
  return torch_name(dtype);
}

}  // namespace retrace::ops
