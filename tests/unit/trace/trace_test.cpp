// SPDX-License-Identifier: Apache-2.0
// What a trace does around operators: symbolic arithmetic as Python asks it, autocast, known constants, batches.
#include <gtest/gtest.h>

#include "core/base/failure.h"
#include "core/ops/run.h"
#include "core/trace/arguments.h"
#include "core/trace/autocast.h"
#include "core/trace/constant_values.h"
#include "core/trace/sym_ops.h"
#include "core/trace/vmap.h"

namespace retrace::trace {
namespace {

class TraceTest : public testing::Test {
 protected:
  FakeTensor& tensor(ScalarType dtype, SymInts sizes) {
    FakeTensor& t = session_.new_tensor();
    t.dtype = dtype;
    SymInts& strides = t.strides.edit();
    strides.assign(sizes.size(), SymInt(1));
    for (std::size_t i = sizes.size(); i-- > 1;) strides[i - 1] = strides[i] * sizes[i];
    t.sizes = std::move(sizes);
    t.storage = &session_.new_storage();
    return t;
  }

  /// The dtypes of an operator's tensors after autocast, in order.
  std::vector<ScalarType> cast(std::string_view op, std::vector<Value> values) {
    autocast(session_, *ops::find_schema(op), values);
    std::vector<ScalarType> out;
    for (const Value& value : values) {
      if (value.holds<FakeTensor*>()) out.push_back(value.get<FakeTensor*>()->dtype);
      if (!value.holds<ValueList>()) continue;
      for (const Value& element : value.get<ValueList>()) out.push_back(element.get<FakeTensor*>()->dtype);
    }
    return out;
  }

  expr::Pool pool_;
  Session session_{pool_, true};
};

using Dtypes = std::vector<ScalarType>;

TEST_F(TraceTest, APlainLeftSideAsksTheRightOne) {
  EXPECT_EQ(reflected("_operator.lt"), "_operator.gt");
  EXPECT_EQ(reflected("_operator.ge"), "_operator.le");
  EXPECT_EQ(reflected("_operator.eq"), "_operator.eq");
  EXPECT_EQ(reflected("torch.sym_max"), "torch.sym_max");
  EXPECT_EQ(reflected("_operator.sub"), "");
}

TEST_F(TraceTest, AnIntBesideAFloatBecomesOne) {
  const std::vector<Value> args{Value(session_.env().new_unbacked_float()), Value(SymInt(0))};
  EXPECT_EQ(to_string(evaluate_symbolic(session_.env(), "_operator.gt", args).get<SymBool>()), "zuf0 > 0.0");
}

TEST_F(TraceTest, AnArgumentGivenByPlaceAndByNameIsRefused) {
  Traced x;
  x.value = Value(&tensor(ScalarType::kFloat, {2, 2}));
  Traced one;
  one.value = Value(SymInt(1));
  const auto refusal = [](std::string_view target, GivenArguments given) -> std::string {
    try {
      bind_arguments(*ops::find_operator(target), given);
    } catch (const Failure& failure) {
      return failure.what();
    }
    return "";
  };
  GivenArguments given;
  given.positional = {&x, &x};
  given.named = {{"weight", &x}};
  EXPECT_NE(refusal("torch.ops.aten.linear.default", given).find("'weight' specified both as positional and keyword"),
            std::string::npos);
  given.positional = {&x, &one};
  given.named = {{"dim", &one}};
  EXPECT_EQ(refusal("torch.ops.aten.slice.Tensor", given), "!argument.default_value() INTERNAL ASSERT FAILED");
  given.named = {{"start", &one}};
  EXPECT_EQ(refusal("torch.ops.aten.slice.Tensor", given), "");
}

TEST_F(TraceTest, AutocastCastsByTheOperator) {
  FakeTensor& single = tensor(ScalarType::kFloat, {2, 4});
  FakeTensor& lower = tensor(ScalarType::kBFloat16, {2, 4});
  FakeTensor& wide = tensor(ScalarType::kDouble, {2, 4});
  EXPECT_EQ(cast("aten::mm", {&single, &lower}), (Dtypes{ScalarType::kFloat, ScalarType::kBFloat16})) << "not enabled";
  session_.autocast = {true, ScalarType::kBFloat16};
  EXPECT_EQ(cast("aten::mm", {&single, &lower}), (Dtypes{ScalarType::kBFloat16, ScalarType::kBFloat16}));
  EXPECT_EQ(cast("aten::mm", {&wide, &wide}), (Dtypes{ScalarType::kDouble, ScalarType::kDouble}));
  EXPECT_EQ(cast("aten::mse_loss", {&single, &lower}), (Dtypes{ScalarType::kFloat, ScalarType::kFloat}));
  EXPECT_EQ(cast("aten::cat", {ValueList{&lower, &single}, 0}), (Dtypes{ScalarType::kFloat, ScalarType::kFloat}));
  EXPECT_EQ(cast("aten::cat", {ValueList{&lower, &lower}, 0}), (Dtypes{ScalarType::kBFloat16, ScalarType::kBFloat16}));
  EXPECT_EQ(cast("aten::exp", {&single}), Dtypes{ScalarType::kFloat}) << "not listed for the CPU";
}

TEST_F(TraceTest, AnArgumentWithoutAGradientFormulaMustNotRequireGrad) {
  FakeTensor& statistic = tensor(ScalarType::kFloat, {4});
  const std::vector<Value> args{&tensor(ScalarType::kFloat, {2, 4}),
                                Value(),
                                Value(),
                                &statistic,
                                &tensor(ScalarType::kFloat, {4}),
                                false,
                                0.1,
                                1e-5,
                                false};
  ops::Call call(session_, *ops::find_schema("aten::batch_norm"), args);
  EXPECT_NO_THROW(ops::run(call));
  statistic.requires_grad = true;
  EXPECT_THROW(ops::run(call), Failure);
  session_.set_grad_enabled(false);
  EXPECT_NO_THROW(ops::run(call));
}

TEST_F(TraceTest, AConstantIsKnownWhileItIsHandedOn) {
  FakeTensor& source = tensor(ScalarType::kDouble, {});
  source.constant = {2.5};
  FakeTensor& whole = tensor(ScalarType::kLong, {});
  hand_on_constant("aten::to.dtype", source, Value(&whole));
  EXPECT_EQ(whole.constant, std::vector<double>{2});
  FakeTensor& sum = tensor(ScalarType::kDouble, {});
  hand_on_constant("aten::add.Tensor", source, Value(&sum));
  EXPECT_FALSE(sum.constant.has_value());
}

TEST_F(TraceTest, AssertingAConstantFailsWhereItIsZero) {
  FakeTensor& condition = tensor(ScalarType::kBool, {});
  condition.constant = {1};
  EXPECT_NO_THROW(check_constant(condition, "why"));
  condition.constant = {0};
  EXPECT_THROW(check_constant(condition, "why"), Failure);
}

TEST_F(TraceTest, AFullReductionOfABatchKeepsItsHiddenDimension) {
  Vmap vmap(session_);
  const Value batched =
      *vmap.call("_add_batch_dim", {Value(&tensor(ScalarType::kFloat, {4, 3})), Value(SymInt(0)), Value(SymInt(1))});
  std::vector<Value> args{batched, Value()};
  const Value sum = vmap.run(*ops::find_schema("aten::sum"), args).front();
  EXPECT_TRUE(sum.get<FakeTensor*>()->sizes.empty());
  const Value shown = *vmap.call("_remove_batch_dim", {sum, Value(SymInt(1)), Value(SymInt(4)), Value(SymInt(0))});
  EXPECT_EQ(to_string(shown.get<FakeTensor*>()->sizes), "[4]");
}

// ---- Calls that repeat others (ops/call_memo.h)

int runs = 0;

ops::Results copied(ops::Call& call) {
  ++runs;
  FakeTensor& self = call.tensor(0);
  call.env().guard_or_false(sym_eq(self.sizes[0], SymInt(7)));
  return {Value(&call.contiguous(self.dtype, self.sizes, self.device))};
}

ops::Results viewed(ops::Call& call) {
  ++runs;
  FakeTensor& self = call.tensor(0);
  return {Value(&call.view(self, self.sizes, self.strides, 0))};
}

class MemoTest : public TraceTest {
 protected:
  MemoTest() { runs = 0; }
  FakeTensor& run(ops::Rule rule, FakeTensor& self) {
    const std::vector<Value> args{Value(&self)};
    ops::Call call(session_, *ops::find_schema("aten::alias"), args);
    return *session_.calls.run(rule, call).front().get<FakeTensor*>();
  }
  SymInt size(std::int64_t hint, std::string_view source) {
    return session_.env().create_symbol(hint, source, shapes::DimDynamic::kDynamic, {});
  }
};

TEST_F(MemoTest, TheSameGeometryRunsOnce) {
  const FakeTensor& first = run(copied, tensor(ScalarType::kFloat, {2, 3}));
  const FakeTensor& second = run(copied, tensor(ScalarType::kFloat, {2, 3}));
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE(same(second.sizes, first.sizes));
  EXPECT_NE(second.storage, first.storage);
  run(copied, tensor(ScalarType::kDouble, {2, 3}));
  EXPECT_EQ(runs, 2);
}

TEST_F(MemoTest, AViewIsOfThePresentArgument) {
  run(viewed, tensor(ScalarType::kFloat, {2, 3}));
  FakeTensor& self = tensor(ScalarType::kFloat, {2, 3});
  const FakeTensor& view = run(viewed, self);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(view.base, &self);
  EXPECT_EQ(view.storage, self.storage);
}

TEST_F(MemoTest, ValuesThatAreKnownAreNotGeometry) {
  FakeTensor& known = tensor(ScalarType::kFloat, {1});
  known.constant = {1.0};
  run(copied, known);
  run(copied, known);
  EXPECT_EQ(runs, 2);
}

TEST_F(MemoTest, AGuardIsNotRepeatedAndAReplacementAsksAgain) {
  const SymInt a = size(5, "L['x'].size()[0]"), b = size(5, "L['y'].size()[0]");
  run(copied, tensor(ScalarType::kFloat, {a, 3}));
  const std::size_t guards = session_.env().guards().size();
  run(copied, tensor(ScalarType::kFloat, {a, 3}));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(session_.env().guards().size(), guards);
  EXPECT_TRUE(session_.env().guard(sym_eq(a, b)));
  run(copied, tensor(ScalarType::kFloat, {a, 3}));
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace retrace::trace
