// SPDX-License-Identifier: Apache-2.0
// Hash-consing: the table of nodes, their storage, and the door to the evaluating constructors.
#include "core/expr/pool.h"

#include <bit>
#include <cstring>
#include <memory>

#include "core/base/arena.h"

namespace retrace::expr {

namespace {

constexpr std::uint64_t kSmallIntegers = 1024;  // 0 .. 1023 are found without hashing
constexpr std::uint16_t kMaxDepth = 1000;       // Python's recursion limit: PyTorch fails on deeper expressions too

std::uint64_t mix(std::uint64_t h, std::uint64_t v) {
  h ^= v + 0x9e3779b97f4a7c15ULL + (h << 6) + (h >> 2);
  return h * 0xff51afd7ed558ccdULL;
}

std::uint64_t hash_text(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

std::uint64_t hash_node(const Node& n) {
  std::uint64_t h = mix(static_cast<std::uint64_t>(n.kind), static_cast<std::uint64_t>(n.value));
  if (n.kind == Kind::kRational) h = mix(h, static_cast<std::uint64_t>(n.denominator));
  if (n.kind == Kind::kFloat) h = mix(h, std::bit_cast<std::uint64_t>(n.real));
  if (!n.name.empty()) h = mix(h, hash_text(n.name));
  if (n.kind == Kind::kSymbol) h = mix(h, (n.is_positive ? 2U : 0U) | (n.is_integer ? 1U : 0U));
  for (Expr arg : n.args) h = mix(h, arg->id);
  return h ^ (h >> 29);
}

bool same_node(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.value != b.value || a.denominator != b.denominator || a.name != b.name) return false;
  if (a.kind == Kind::kFloat && std::bit_cast<std::uint64_t>(a.real) != std::bit_cast<std::uint64_t>(b.real)) {
    return false;
  }
  if (a.kind == Kind::kSymbol && (a.is_positive != b.is_positive || a.is_integer != b.is_integer)) return false;
  return std::equal(a.args.begin(), a.args.end(), b.args.begin(), b.args.end());
}

}  // namespace

/// Results of two-operand constructors that were asked for of late: a direct-mapped cache that forgets on collision,
/// because a trace asks for the same products and relations over and over.
class RecentResults {
 public:
  struct Entry {
    Kind kind = Kind::kInteger;
    Expr a = nullptr;
    Expr b = nullptr;
    Expr result = nullptr;
  };
  Entry& at(Kind kind, Expr a, Expr b) {
    if (entries_.empty()) entries_.resize(kSize);  // many pools never compute anything
    const std::uint64_t h = mix(mix(static_cast<std::uint64_t>(kind), a->id), b->id);
    return entries_[(h >> 20) % kSize];
  }
  static bool holds(const Entry& entry, Kind kind, Expr a, Expr b) {
    return entry.result != nullptr && entry.kind == kind && entry.a == a && entry.b == b;
  }

 private:
  static constexpr std::size_t kSize = 2048;
  std::vector<Entry> entries_;
};

struct Pool::State {
  RecentResults recent;
  std::vector<Expr> small_integers;  // this and the table: made when first needed, for many pools hold nothing
  Arena names;
  std::vector<std::unique_ptr<Node[]>> node_blocks;
  std::size_t nodes_left = 0;
  std::vector<std::unique_ptr<Expr[]>> arg_blocks;
  std::size_t args_left = 0;
  Expr* next_arg = nullptr;
  std::vector<Expr> table;
  std::unordered_map<std::string_view, Expr> symbols;  // the first of a name
  std::uint32_t count = 0;
  PoolAccess::Memo memo;

  std::span<const Expr> store(std::span<const Expr> args) {
    constexpr std::size_t kBlock = 4096;
    if (args.empty()) return {};
    if (args.size() > args_left) {
      args_left = std::max(args.size(), kBlock);
      arg_blocks.push_back(std::make_unique<Expr[]>(args_left));
      next_arg = arg_blocks.back().get();
    }
    Expr* at = next_arg;
    std::copy(args.begin(), args.end(), at);
    next_arg += args.size();
    args_left -= args.size();
    return {at, args.size()};
  }

  Node* allocate() {
    constexpr std::size_t kBlock = 256;
    if (nodes_left == 0) {
      node_blocks.push_back(std::make_unique<Node[]>(kBlock));
      nodes_left = kBlock;
    }
    return &node_blocks.back()[kBlock - nodes_left--];
  }

  void grow() {
    std::vector<Expr> larger(table.size() * 2, nullptr);
    for (Expr e : table) {
      if (e == nullptr) continue;
      std::size_t at = hash_node(*e) & (larger.size() - 1);
      while (larger[at] != nullptr) at = (at + 1) & (larger.size() - 1);
      larger[at] = e;
    }
    table.swap(larger);
  }

  /// Where the node equal to `key` is, or would go.
  Expr* slot(std::uint64_t hash, const Node& key) {
    std::size_t at = hash & (table.size() - 1);
    while (table[at] != nullptr && !same_node(*table[at], key)) at = (at + 1) & (table.size() - 1);
    return &table[at];
  }

  /// The one node equal to `key`; `key.args` and `key.name` need not outlive the call.
  Expr intern(Pool* pool, Node& key) {
    if (table.empty()) table.resize(1024, nullptr);
    const std::uint64_t hash = hash_node(key);
    if (Expr found = *slot(hash, key)) return found;
    key.pool = pool;
    key.name = names.store(key.name);
    key.args = store(key.args);
    assume(key);  // may intern other nodes: the slot is looked up again
    if (key.depth > kMaxDepth) raise(ErrorType::kRecursionError, "maximum recursion depth exceeded");
    key.id = count++;
    Node* made = allocate();
    *made = key;
    *slot(hash, key) = made;
    if (made->kind == Kind::kSymbol) symbols.try_emplace(made->name, made);
    if (std::size_t{count} * 2 > table.size()) grow();
    return made;
  }

  Expr atom(Pool* pool, Kind kind) {
    Node key{.kind = kind};
    return intern(pool, key);
  }
};

std::span<const Expr> PoolAccess::store(Pool& pool, std::span<const Expr> args) { return pool.state_->store(args); }

PoolAccess::Memo& PoolAccess::memo(Pool& pool) { return pool.state_->memo; }

Pool::Pool() : state_(std::make_unique<State>()) {}
Pool::~Pool() = default;

Expr Pool::integer(std::int64_t value) {
  std::vector<Expr>& small = state_->small_integers;
  const auto at = static_cast<std::uint64_t>(value);
  if (at < small.size() && small[at] != nullptr) return small[at];
  Node key{.kind = Kind::kInteger, .value = value};
  const Expr made = state_->intern(this, key);
  if (at >= kSmallIntegers) return made;
  if (small.empty()) small.resize(kSmallIntegers, nullptr);
  return small[at] = made;
}

Expr Pool::rational(std::int64_t numerator, std::int64_t denominator) {
  return make_rational(*this, numerator, denominator);
}

Expr make_rational(Pool& pool, Int128 numerator, Int128 denominator) {
  if (denominator == 0) raise(ErrorType::kZeroDivisionError, "division by zero");
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  Int128 a = numerator < 0 ? -numerator : numerator;
  Int128 b = denominator;
  while (b > 1) a = std::exchange(b, a % b);
  if (b == 0 && a > 1) {
    numerator /= a;
    denominator /= a;
  }
  constexpr Int128 kMax = INT64_MAX;
  if (numerator > kMax || numerator < -kMax - 1 || denominator > kMax) {
    throw Overflow();
  }
  if (denominator == 1) return pool.integer(static_cast<std::int64_t>(numerator));
  const Expr args[] = {pool.integer(static_cast<std::int64_t>(numerator)),
                       pool.integer(static_cast<std::int64_t>(denominator))};
  return pool.make_raw(Kind::kRational, args);
}

Expr Pool::floating(double value) {
  if (value != value) return nan();
  if (value > 1.7976931348623157e308) return infinity();
  if (value < -1.7976931348623157e308) return neg_infinity();
  Node key{.kind = Kind::kFloat, .real = value + 0.0};
  return state_->intern(this, key);
}

Expr Pool::boolean(bool value) { return state_->atom(this, value ? Kind::kTrue : Kind::kFalse); }
Expr Pool::int_oo() { return state_->atom(this, Kind::kIntInfinity); }
Expr Pool::neg_int_oo() { return state_->atom(this, Kind::kNegIntInfinity); }
Expr Pool::infinity() { return state_->atom(this, Kind::kInfinity); }
Expr Pool::neg_infinity() { return state_->atom(this, Kind::kNegInfinity); }
Expr Pool::nan() { return state_->atom(this, Kind::kNaN); }

Expr Pool::symbol(std::string_view name, bool positive, bool integer) {
  Node key{.kind = Kind::kSymbol, .is_integer = integer, .is_positive = positive, .name = name};
  return state_->intern(this, key);
}

Expr Pool::find_symbol(std::string_view name) const {
  const auto known = state_->symbols.find(name);
  return known == state_->symbols.end() ? nullptr : known->second;
}

Expr Pool::make_raw(Kind kind, std::span<const Expr> args) {
  if (kind == Kind::kRational) {  // two integers in lowest terms, from make_rational
    Node key{.kind = kind, .value = args[0]->value, .denominator = args[1]->value};
    return state_->intern(this, key);
  }
  Node key{.kind = kind, .args = args};
  return state_->intern(this, key);
}

Expr Pool::opaque(std::string_view name, Expr arg) {
  if (Expr folded = make_opaque(*this, name, arg)) return folded;
  const Expr args[] = {arg};
  Node key{.kind = Kind::kOpaqueUnary, .name = name, .args = args};
  return state_->intern(this, key);
}

namespace {

Expr evaluate(Pool& pool, Kind kind, std::span<const Expr> args) {
  switch (kind) {
    case Kind::kAdd:
      return make_add(pool, args);
    case Kind::kMul:
      return make_mul(pool, args);
    case Kind::kPow:
      return make_pow(args[0], args[1]);
    case Kind::kMax:
    case Kind::kMin:
      return make_min_max(pool, kind, args);
    case Kind::kFloorDiv:
    case Kind::kCleanDiv:
      return make_division(pool, kind, args[0], args[1]);
    case Kind::kEq:
    case Kind::kNe:
    case Kind::kLt:
    case Kind::kLe:
    case Kind::kGt:
    case Kind::kGe:
      return make_relation(pool, kind, args[0], args[1]);
    case Kind::kAnd:
    case Kind::kOr:
      return make_and_or(pool, kind, args);
    case Kind::kNot:
      return make_not(pool, args[0]);
    case Kind::kPiecewise:
      return make_piecewise(pool, args);
    case Kind::kTrue:
    case Kind::kFalse:
      return pool.boolean(kind == Kind::kTrue);
    default:
      return make_function(pool, kind, args);
  }
}

}  // namespace

Expr Pool::make(Kind kind, std::span<const Expr> args) {
  if (args.size() != 2) return evaluate(*this, kind, args);
  const Expr a = args[0];
  const Expr b = args[1];
  if (const auto& known = state_->recent.at(kind, a, b); RecentResults::holds(known, kind, a, b)) return known.result;
  const Expr result = evaluate(*this, kind, args);
  state_->recent.at(kind, a, b) = {kind, a, b, result};
  return result;
}

}  // namespace retrace::expr
