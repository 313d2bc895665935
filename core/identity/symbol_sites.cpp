// SPDX-License-Identifier: Apache-2.0
#include "core/identity/symbol_sites.h"

#include <algorithm>
#include <string>

#include "core/identity/encoder.h"

namespace retrace::identity {
namespace {

using expr::Expr;
using expr::Kind;

bool commutes(Kind kind) {
  switch (kind) {
    case Kind::kAdd:
    case Kind::kMul:
    case Kind::kMax:
    case Kind::kMin:
    case Kind::kAnd:
    case Kind::kOr:
    case Kind::kEq:
    case Kind::kNe:
      return true;
    default:
      return false;
  }
}

/// a > b is written b < a.
Kind unflipped(Kind kind) {
  if (kind == Kind::kGe) return Kind::kLe;
  if (kind == Kind::kGt) return Kind::kLt;
  return kind;
}

}  // namespace

const hash::Digest* SymbolSites::find(std::string_view name) const {
  const auto it = sites_.find(name);
  return it == sites_.end() ? nullptr : &it->second;
}

hash::Digest SymbolSites::site_of(std::string_view name) {
  const auto [it, fresh] = sites_.try_emplace(name);
  if (fresh) it->second = Encoder().tag('F').number(static_cast<std::int64_t>(sites_.size()) - 1).finish();
  return it->second;
}

void SymbolSites::bind(Expr e, const hash::Digest& site) {
  if (known_.contains(e)) return;
  const auto symbols = expr::free_symbols(e);
  const auto is_new = [&](Expr s) { return !sites_.contains(s->name); };
  if (std::none_of(symbols.begin(), symbols.end(), is_new)) return;
  // Several new symbols at one site are numbered in the order in which they are written.
  const std::string written = symbols.size() > 1 ? expr::srepr(e) : std::string();
  std::vector<std::pair<std::size_t, Expr>> ordered;
  for (const Expr s : symbols) {
    if (is_new(s)) ordered.emplace_back(written.find("'" + std::string(s->name) + "'"), s);
  }
  std::sort(ordered.begin(), ordered.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
  for (const auto& [place, symbol] : ordered) {
    std::int64_t& count = bound_at_[site];
    sites_.emplace(symbol->name, Encoder().tag('B').digest(site).number(count).finish());
    ++count;
  }
}

hash::Digest SymbolSites::expression(Expr root) {
  std::vector<Expr> pending{root};
  while (!pending.empty()) {
    const Expr e = pending.back();
    const std::size_t before = pending.size();
    if (!known_.contains(e)) {
      for (auto it = e->args.rbegin(); it != e->args.rend(); ++it) {
        if (!known_.contains(*it)) pending.push_back(*it);
      }
      if (pending.size() != before) continue;
      known_.emplace(e, combine(e));
    }
    pending.pop_back();
  }
  return known_.at(root);
}

hash::Digest SymbolSites::combine(Expr e) {
  Encoder out;
  if (e->kind == Kind::kSymbol) return out.tag('$').digest(site_of(e->name)).finish();
  out.tag('E').number(static_cast<int>(unflipped(e->kind)));
  switch (e->kind) {
    case Kind::kInteger:
      out.number(e->value);
      break;
    case Kind::kRational:
      out.number(e->value).number(e->denominator);
      break;
    case Kind::kFloat:
      out.real(e->real);
      break;
    case Kind::kOpaqueUnary:
      out.text(e->name);
      break;
    default:
      break;
  }
  std::vector<hash::Digest> args;
  args.reserve(e->args.size());
  for (const Expr a : e->args) args.push_back(known_.at(a));
  if (unflipped(e->kind) != e->kind) std::reverse(args.begin(), args.end());
  if (commutes(e->kind)) std::sort(args.begin(), args.end());
  for (const auto& a : args) out.digest(a);
  return out.finish();
}

}  // namespace retrace::identity
