// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ops/run_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "core/base/error_name.h"
#include "core/trace/interpreter.h"

namespace retrace::ops {
namespace {

using trace::Arg;
using trace::ArgList;
using trace::Node;
using trace::NodeOp;
using trace::Traced;

/// A program of one node, with its inputs made in the order of the text.
class OneCall {
 public:
  explicit OneCall(const CallText& call) {
    ArgList args;
    trace::ArgDict kwargs;
    for (const ArgText& arg : call.args) args.push_back(argument(arg));
    for (const auto& [name, arg] : call.kwargs) kwargs.emplace_back(name, argument(arg));
    Node& node = graph().create(NodeOp::kCall, "torch.ops." + call.op, std::move(args), std::move(kwargs), "call");
    graph().create(NodeOp::kOutput, "output", {Arg(&node)}, {}, "output");
  }

  std::string run() {
    const std::vector<expr::Expr> known = env().unbacked_symbols();
    trace::Interpreter interpreter(tracer_, {});
    const std::vector<Traced> results = interpreter.run(module_, std::move(values_));
    return shown(trace::value_of(results.front())) + conditions(known);
  }

 private:
  trace::Graph& graph() { return module_.graph; }
  shapes::ShapeEnv& env() { return session_.env(); }

  // ---- Inputs

  Arg argument(const ArgText& arg) {
    return std::visit(
        [&](const auto& v) -> Arg {
          using T = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<T, TensorText>) {
            return input(Value(&tensor(v)));
          } else if constexpr (std::is_same_v<T, SizeText>) {
            return input(Value(size(v, 0)));
          } else if constexpr (std::is_same_v<T, ArgTexts>) {
            ArgList list;
            for (const ArgText& element : v) list.push_back(argument(element));
            return list;
          } else {
            return v;
          }
        },
        static_cast<const ArgText::variant&>(arg));
  }

  Arg input(const Value& value) {
    const std::string name = fmt::format("arg{}", arguments_++);
    Node& node = graph().create(NodeOp::kPlaceholder, name, {}, {}, name);
    values_[&node] = tracer_.placeholder(name, value);
    return &node;
  }

  FakeTensor& tensor(const TensorText& text) {
    FakeTensor& out = session_.new_tensor();
    out.dtype = text.dtype;
    for (std::size_t d = 0; d < text.sizes.size(); ++d) out.sizes.edit().push_back(size(text.sizes[d], d));
    out.strides = contiguous_strides(out.sizes);
    for (std::size_t d = 0; text.strides && d < text.strides->size(); ++d)
      out.strides.edit()[d] = size((*text.strides)[d], 0);
    out.storage = &session_.new_storage();
    out.storage->hold(out.sizes, out.strides, 0, item_size(out.dtype));
    ++tensors_;
    return out;
  }

  static SymInts contiguous_strides(const SymInts& sizes) {
    SymInts strides(sizes.size());
    SymInt running = 1;
    for (std::size_t d = sizes.size(); d-- > 0;) {
      strides[d] = running;
      running = running * (sizes[d].is(0) ? SymInt(1) : sizes[d]);
    }
    return strides;
  }

  SymInt size(const SizeText& text, std::size_t dim) {
    if (text.symbol.empty()) return *text.number;
    const auto [at, fresh] = symbols_.try_emplace(text.symbol);
    if (fresh) at->second = text.number ? backed(text, dim) : unbacked();
    return at->second;
  }

  SymInt backed(const SizeText& text, std::size_t dim) {
    const std::string source = fmt::format("L['{}'].size()[{}]", tensor_name(), dim);
    const SymInt made = env().create_symbol(*text.number, source, shapes::DimDynamic::kDynamic, {});
    if (to_string(made) != text.symbol) {
      throw std::invalid_argument(fmt::format("{} stands where the name is {}", text.symbol, to_string(made)));
    }
    return made;
  }

  SymInt unbacked() {
    const SymInt made = env().new_unbacked_int();
    env().constrain_range_for_size(made, {}, {});
    env().take_fresh_unbacked();
    return made;
  }

  [[nodiscard]] std::string tensor_name() const {
    return tensors_ < 3 ? std::string(1, "xyz"[tensors_]) : fmt::format("t{}", tensors_);
  }

  // ---- Results

  std::string shown(const Value& value) {
    if (value.holds<ValueList>()) return shown_list(value.get<ValueList>());
    if (value.holds<FakeTensor*>()) return shown_tensor(*value.get<FakeTensor*>());
    if (value.holds<SymInt>()) return shown(value.get<SymInt>());
    if (value.holds<SymBool>()) return shown_truth(value.get<SymBool>());
    if (value.holds<SymFloat>()) return shown_float(value.get<SymFloat>());
    if (value.holds<ScalarType>()) return std::string(torch_name(value.get<ScalarType>()));
    return value.is_none() ? "None" : "?";
  }

  std::string shown(const SymInt& number) { return to_string(env().replace(number)); }

  std::string shown_list(const ValueList& list) {
    std::string out = "[";
    for (const Value& element : list) out += (out.size() > 1 ? ", " : "") + shown(element);
    return out + "]";
  }

  std::string shown_truth(const SymBool& truth) {
    if (truth.is_bool()) return truth.as_bool() ? "True" : "False";
    return expr::str(env().replace(truth.node()));
  }

  std::string shown_float(const SymFloat& number) {
    if (!number.is_float()) return expr::str(env().replace(number.node()));
    const std::string out = fmt::format("{}", number.as_float());
    return out.find_first_of(".einf") == std::string::npos ? out + ".0" : out;
  }

  std::string shown_tensor(const FakeTensor& tensor) {
    if (tensor.layout != Layout::kStrided) return std::string(layout_name(tensor.layout));
    std::string out = fmt::format("{}[{}]", short_name(tensor.dtype), shown_numbers(tensor.sizes));
    const std::string strides = shown_numbers(tensor.strides);
    if (strides != shown_numbers(contiguous_strides(tensor.sizes))) out += fmt::format("@({})", strides);
    const std::string offset = shown(tensor.storage_offset);
    if (offset != "0") out += "+" + offset;
    if (tensor.device.type != "cpu") out += fmt::format(" on {}", tensor.device.type);
    return out;
  }

  std::string shown_numbers(const SymInts& numbers) {
    std::string out;
    for (const SymInt& number : numbers) out += (out.empty() ? "" : ",") + shown(number);
    return out;
  }

  std::string conditions(const std::vector<expr::Expr>& known) {
    std::vector<std::string> guards;
    std::vector<std::string> asserts;
    std::vector<std::string> fresh;
    for (const shapes::Guard& guard : env().guards()) guards.push_back(expr::str(guard.expression));
    for (const auto& pending : env().deferred_asserts()) {
      for (const shapes::DeferredAssert& deferred : pending.asserts) asserts.push_back(expr::str(deferred.expression));
    }
    for (const expr::Expr symbol : env().unbacked_symbols()) {
      const bool is_size = symbol->name.size() > 1 && symbol->name[0] == 'u';
      if (is_size && std::find(known.begin(), known.end(), symbol) == known.end()) fresh.push_back(shown_range(symbol));
    }
    return clause(" if ", guards) + clause(" asserting ", asserts) + clause(" with ", fresh);
  }

  std::string shown_range(expr::Expr symbol) {
    const shapes::ValueRange range = env().range_of(symbol);
    return fmt::format("{} <= {} <= {}", bound(range.lower), symbol->name, bound(range.upper));
  }

  static std::string bound(std::int64_t value) {
    constexpr std::int64_t kHuge = std::int64_t{1} << 62;
    return value >= kHuge ? "oo" : value <= -kHuge ? "-oo" : std::to_string(value);
  }

  static std::string clause(std::string_view word, const std::vector<std::string>& things) {
    return things.empty() ? std::string() : fmt::format("{}{}", word, fmt::join(things, "; "));
  }

  expr::Pool pool_;
  trace::Session session_{pool_, true};
  trace::Tracer tracer_{session_};
  trace::GraphModule module_;
  trace::Interpreter::Environment values_;
  std::map<std::string, SymInt> symbols_;
  std::size_t tensors_ = 0;
  std::size_t arguments_ = 0;
};

/// The first line up to a schema's declaration, its white space collapsed: what follows is advice or a stack.
std::string first_line(const std::string& message) {
  std::istringstream words(message.substr(0, std::min(message.find('\n'), message.find(" Declaration: "))));
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

std::string answer(const CallText& call) {
  OneCall one(call);
  try {
    return one.run();
  } catch (const Failure& failure) {
    return fmt::format("{}: {}", error_name(failure.type()), first_line(failure.what()));
  }
}

}  // namespace retrace::ops
