// SPDX-License-Identifier: Apache-2.0
#include "core/ops/families/stft.h"

#include <fmt/format.h>

#include "core/ops/vocabulary/elementwise.h"
#include "core/ops/vocabulary/view_geometry.h"

namespace retrace::ops {
namespace {

void expect(bool condition, std::string_view text) {
  check(condition, ErrorType::kRuntimeError, [&] { return std::string(text); });
}

/// Arguments that stft and its uncentered form share.
struct Frames {
  std::int64_t n_fft;
  std::int64_t hop;
  std::int64_t window_length;
  FakeTensor* window;
};
Frames frames_of(Call& call) {
  const std::int64_t n_fft = call.integer(1);
  return {n_fft, call.optional_integer(2).value_or(n_fft / 4), call.optional_integer(3).value_or(n_fft),
          call.optional_tensor(4)};
}

/// A window shorter than the transform, padded to its length.
FakeTensor* padded_window(Call& call, const Frames& f, ScalarType dtype, const Device& device) {
  if (f.window_length >= f.n_fft) return f.window;
  FakeTensor& window = f.window != nullptr ? *f.window : call.contiguous(dtype, {f.window_length}, device);
  const std::int64_t left = (f.n_fft - f.window_length) / 2;
  return &call.op1("aten::constant_pad_nd", {&window, SymInts{left, f.n_fft - f.window_length - left}});
}

/// Python compares shapes as tuples.
void check_window(Call& call, const Frames& f, const std::string& text) {
  if (f.window == nullptr) return;
  const bool fits = f.window->dim() == 1 && truth(call, sym_eq(f.window->sizes[0], f.window_length));
  check(fits, ErrorType::kRuntimeError, [&] { return text; });
}

FakeTensor& centered(Call& call, FakeTensor& input, std::int64_t n_fft, std::string_view mode) {
  SymInts sizes = input.sizes;
  sizes.insert(sizes.begin(), 3 - sizes.size(), 1);
  FakeTensor& padded = call.op1("aten::pad", {&view_shape(call, input, sizes), SymInts{n_fft / 2, n_fft / 2}, mode});
  return view_shape(call, padded, SymInts(padded.sizes.end() - input.dim(), padded.sizes.end()));
}

struct StftOptions {
  bool center;
  std::string_view pad_mode;
  bool normalized;
  std::optional<bool> onesided;
  std::optional<bool> return_complex;
  std::optional<bool> align;
};

FakeTensor& transform(Call& call, FakeTensor& frames, std::optional<bool> wanted) {
  const bool complex = is_complex(frames.dtype);
  const bool onesided = wanted.value_or(!complex);
  expect(!onesided || !complex, "Cannot have onesided output if window or input is complex");
  FakeTensor& out = call.op1(onesided ? "aten::fft_rfft" : "aten::fft_fft", {&frames, Value(), -1});
  return transpose(call, out, 1, 2);
}

Results stft_of(Call& call, const StftOptions& o) {
  FakeTensor* input = &call.tensor(0);
  const Frames f = frames_of(call);
  expect(!o.center || !o.align, "stft only supports align_to_window for center = False.");
  const bool complex = is_complex(input->dtype) || (f.window != nullptr && is_complex(f.window->dtype));
  expect(o.return_complex || complex,
         "stft requires the return_complex parameter be given for real inputs, and will further require that "
         "return_complex=True in a future PyTorch release.");
  expect(is_floating(input->dtype) || is_complex(input->dtype),
         "stft expected a tensor of floating point or complex values");
  expect(input->dim() == 1 || input->dim() == 2, "stft expected a 1D or 2D tensor");
  const bool single = input->dim() == 1;
  if (single) input = &unsqueeze(call, *input, 0);
  if (o.center) input = &centered(call, *input, f.n_fft, o.pad_mode);
  const SymInt& length = input->sizes[1];
  const auto wrong_length = [&] {
    return fmt::format("stft expected 0 < n_fft <= {}, but got n_fft={}", to_string(length), f.n_fft);
  };
  check(f.n_fft > 0, ErrorType::kRuntimeError, wrong_length);
  check(call, sym_le(f.n_fft, length), ErrorType::kRuntimeError, wrong_length);
  expect(f.hop > 0, fmt::format("stft expected hop_length > 0 but got hop_length={}", f.hop));
  expect(0 < f.window_length && f.window_length <= f.n_fft,
         fmt::format("stft expected 0 < win_length <= n_fft but got win_length={}", f.window_length));
  check_window(call, f,
               fmt::format("expected a 1D window tensor of size equal to win_length={}, but got window with size {}",
                           f.window_length, f.window == nullptr ? "" : size_text(f.window->sizes)));
  FakeTensor* window = padded_window(call, f, input->dtype, input->device);
  if (!o.center && o.align.value_or(false)) {
    const std::int64_t amount = (f.n_fft - f.window_length) / 2;
    input = &call.op1("aten::pad", {input, SymInts{amount, amount}, o.pad_mode});
  }
  FakeTensor* frames = &unfold(call, *input, -1, f.n_fft, f.hop);
  if (window != nullptr) frames = &call.op1("aten::mul.Tensor", {frames, window});
  FakeTensor* out = &transform(call, *frames, o.onesided);
  if (single) out = &squeeze(call, *out, 0);
  return o.return_complex.value_or(complex) ? one(*out) : call.op("aten::view_as_real", {out});
}

}  // namespace

Results stft(Call& call) {
  return stft_of(call, {call.boolean(5), call.string(6), call.boolean(7), call.optional_boolean(8),
                        call.optional_boolean(9), call.optional_boolean(10)});
}
Results stft_uncentered(Call& call) {
  using namespace std::string_view_literals;
  return stft_of(call, {false, "constant"sv, call.boolean(5), call.optional_boolean(6), call.optional_boolean(7),
                        call.optional_boolean(8)});
}

Results istft(Call& call) {
  FakeTensor* input = &call.tensor(0);
  const Frames f = frames_of(call);
  expect(is_complex(input->dtype),
         "istft input and window must be on the same device but got self on cpu and window on cpu");
  expect(input->dim() >= 2 && input->dim() <= 3,
         fmt::format("istft expected a tensor with 2 or 3 dimensions, but got {}", input->dim()));
  const SymInt count = input->sizes.back();
  const SymInt bins = input->sizes[input->sizes.size() - 2];
  const SymInt signal = SymInt(f.n_fft) + SymInt(f.hop) * (count - SymInt(1));
  check(call, sym_gt(input->numel(), 0), ErrorType::kRuntimeError, [] { return "istft input tensor cannot be empty"; });
  const auto asked = call.optional_boolean(7);
  const bool onesided = asked ? *asked : truth(call, sym_ne(bins, f.n_fft));
  check(call, sym_eq(onesided ? f.n_fft / 2 + 1 : f.n_fft, bins), ErrorType::kRuntimeError, [&] {
    return fmt::format(
        "istft expected the frequency dimension (3rd to the last) of the input tensor to match {} when onesided={}, "
        "but got {}",
        onesided ? "n_fft / 2 + 1" : "n_fft", onesided ? "True" : "False", to_string(bins));
  });
  expect(0 < f.hop && f.hop <= f.window_length, "istft expected 0 < hop_length <= win_length");
  expect(0 < f.window_length && f.window_length <= f.n_fft, "istft expected 0 < win_length <= n_fft");
  check_window(call, f, "Invalid window shape. window has to be 1D and length of `win_length`");
  const ScalarType window_dtype = f.window != nullptr ? f.window->dtype : to_real(input->dtype);
  const bool single = input->dim() == 2;
  if (single) input = &unsqueeze(call, *input, 0);
  input = &transpose(call, *input, 1, 2);
  const bool return_complex = call.boolean(9);
  expect(!return_complex || !onesided, "cannot have onesided output if window or input is complex");
  expect(return_complex || !is_complex(window_dtype), "Complex windows are incompatible with return_complex=False");
  if (!return_complex && !onesided) input = &narrow(call, *input, 2, 0, f.n_fft / 2 + 1);
  FakeTensor& frames = call.op1(return_complex ? "aten::fft_ifft" : "aten::fft_irfft", {input, Value(), -1});
  check(truth(call, sym_eq(frames.sizes[2], f.n_fft)), ErrorType::kAssertionError, [&] {
    return fmt::format("Expected input.size(2) == n_fft, got {} != {}", to_string(frames.sizes[2]), f.n_fft);
  });
  const SymInts sizes{frames.sizes[0], signal};
  FakeTensor& y = call.contiguous(result_type({&frames, &call.contiguous(window_dtype, {f.n_fft}, frames.device)}),
                                  sizes, frames.device);
  FakeTensor& envelope = call.contiguous(window_dtype, {1, signal}, frames.device);
  const bool center = call.boolean(5);
  const SymInt start = center ? f.n_fft / 2 : 0;
  const auto length = call.optional_integer(8);
  const SymInt end = length ? start + SymInt(*length) : center ? signal - SymInt(f.n_fft / 2) : signal;
  FakeTensor* out =
      &call.op1("aten::div.Tensor", {&slice(call, y, 1, start, end), &slice(call, envelope, 1, start, end)});
  if (single) out = &squeeze(call, *out, 0);
  if (!truth(call, sym_gt(end, signal))) return one(*out);
  return call.op("aten::constant_pad_nd", {out, SymInts{0, end - signal}});
}

}  // namespace retrace::ops
