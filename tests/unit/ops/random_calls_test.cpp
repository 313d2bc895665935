// SPDX-License-Identifier: Apache-2.0
// Calls with arguments that fit their schema and nothing else: each gives a result or an error of PyTorch's kind, and
// never a bug of ours, a crash or an endless loop. Sanitizers see here what valid calls do not show.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "core/ops/op_table.h"
#include "tests/unit/ops/call_text.h"
#include "tests/unit/ops/run_call.h"

namespace retrace::ops {
namespace {

class RandomCall {
 public:
  explicit RandomCall(std::uint32_t seed) : random_(seed) {}

  /// As tests/ops/*.cases have it: "aten.add.Tensor(f32[2,3], f32[], alpha=2)".
  std::string text(const Schema& schema) {
    tensors_ = 0;
    shape_ = shape();
    std::string name(schema.name);
    name.replace(name.find("::"), 2, ".");
    if (schema.name.find('.') == std::string_view::npos) name += ".default";
    std::string out;
    bool by_name = false;
    for (const SchemaArg& arg : schema.args) {
      if (arg.has_default && chance(50)) {
        by_name = true;  // what comes after one that is left out is named
        continue;
      }
      by_name |= arg.kwarg_only;
      out += (out.empty() ? "" : ", ") + (by_name ? fmt::format("{}=", arg.name) : "") + value(arg.type);
    }
    return fmt::format("{}({})", name, out);
  }

 private:
  bool chance(int percent) { return std::uniform_int_distribution(1, 100)(random_) <= percent; }
  template <std::size_t n>
  std::string_view one_of(const std::array<std::string_view, n>& choices) {
    return choices[std::uniform_int_distribution<std::size_t>(0, n - 1)(random_)];
  }

  std::string value(std::string_view type) {
    std::string bare(type);
    if (const auto alias = bare.find('('); alias != std::string::npos) bare.erase(alias, bare.find(')') - alias + 1);
    if (bare.ends_with('?')) {
      if (chance(30)) return "None";
      bare.pop_back();
    }
    if (bare.ends_with(']')) return list(bare.substr(0, bare.find('[')));
    return element(bare);
  }

  std::string list(const std::string& of) {
    static constexpr std::array<std::string_view, 8> kLengths = {"0", "1", "1", "2", "2", "3", "4", "5"};
    const int length = one_of(kLengths)[0] - '0';
    std::string out;
    for (int i = 0; i < length; ++i) out += (i == 0 ? "" : ", ") + value(of);
    return fmt::format("[{}]", out);
  }

  std::string element(std::string_view type) {
    static constexpr std::array<std::string_view, 12> kInts = {
        "0", "1", "2", "1", "2", "3", "-1", "-2", "5", "7", "4611686018427387904", "-9223372036854775808"};
    static constexpr std::array<std::string_view, 6> kFloats = {"0.0", "1.0", "-1.0", "0.5", "2.0", "1e308"};
    static constexpr std::array<std::string_view, 5> kScalars = {"2", "0.5", "True", "0", "-3"};
    static constexpr std::array<std::string_view, 12> kTexts = {
        "mean", "sum", "none", "", "constant", "ij,jk->ik", "->", "...->i", "trunc", "floor", "max", "abc"};
    static constexpr std::array<std::string_view, 5> kDtypes = {"torch.float32", "torch.int64", "torch.bool",
                                                                "torch.float16", "torch.complex64"};
    static constexpr std::array<std::string_view, 3> kFormats = {"torch.contiguous_format", "torch.channels_last",
                                                                 "torch.preserve_format"};
    if (type == "Tensor") return tensor();
    if (type == "int" || type == "SymInt") return std::string(one_of(kInts));
    if (type == "float") return std::string(one_of(kFloats));
    if (type == "bool") return chance(50) ? "True" : "False";
    if (type == "Scalar") return std::string(one_of(kScalars));
    if (type == "str") return fmt::format("'{}'", one_of(kTexts));
    if (type == "ScalarType") return std::string(one_of(kDtypes));
    if (type == "MemoryFormat") return std::string(one_of(kFormats));
    return "None";
  }

  std::string tensor() {
    static constexpr std::array<std::string_view, 10> kDtypes = {"f32", "f32",  "f32", "f32", "i64",
                                                                 "i32", "bool", "c64", "f16", "u8"};
    std::string sizes = chance(50) ? shape_ : shape();
    if (tensors_++ == 0 && chance(15)) sizes = chance(50) ? "s77:2,s27:3" : "u0,3";
    return fmt::format("{}[{}]", one_of(kDtypes), sizes);
  }
  std::string shape() {
    static constexpr std::array<std::string_view, 11> kShapes = {"",      "0",       "1",         "3",   "2,3",  "0,3",
                                                                 "2,3,4", "1,2,3,4", "2,3,4,5,6", "3,3", "4,4,4"};
    return std::string(one_of(kShapes));
  }

  std::mt19937 random_;
  std::string shape_;  // of half the call's tensors
  int tensors_ = 0;
};

TEST(RandomCalls, EndInAResultOrAnErrorOfPyTorch) {
  constexpr int kRounds = 10;
  RandomCall random(7);
  for (const Schema& schema : all_schemas()) {
    if (find_rule(schema.name) == nullptr) continue;
    for (int round = 0; round < kRounds; ++round) {
      const std::string text = random.text(schema);
      const CallText call = parse_call(text);
      EXPECT_NO_THROW(answer(call)) << text;
    }
  }
}

}  // namespace
}  // namespace retrace::ops
