// SPDX-License-Identifier: Apache-2.0
#include "core/identity/symbol_sites.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

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

/// The quoted names of an expression's text, with the place of each one's first mention.
std::unordered_map<std::string_view, std::size_t> first_mentions(std::string_view text) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t open = text.find('\''); open != std::string_view::npos;) {
    const std::size_t close = text.find('\'', open + 1);
    places.try_emplace(text.substr(open + 1, close - open - 1), open);
    open = text.find('\'', close + 1);
  }
  return places;
}

}  // namespace

const Digests* SymbolSites::find(std::string_view name) const {
  const auto it = sites_.find(name);
  return it == sites_.end() ? nullptr : &it->second;
}

const Digests& SymbolSites::site_of(std::string_view name) {
  const auto [it, fresh] = sites_.try_emplace(name);
  if (fresh)
    it->second = Digests::all(Encoder().tag('F').number(static_cast<std::int64_t>(sites_.size()) - 1).finish());
  return it->second;
}

/// Several new symbols at one site are numbered in the order in which they are written.
std::vector<Expr> SymbolSites::unbound(Expr e) const {
  const std::span<const Expr> free = expr::free_symbols(e);
  std::vector<Expr> symbols(free.begin(), free.end());
  const bool several = symbols.size() > 1;
  std::erase_if(symbols, [&](Expr s) { return sites_.contains(s->name); });
  if (!several || symbols.empty()) return symbols;
  const std::string written = expr::srepr(e);
  const std::unordered_map<std::string_view, std::size_t> places = first_mentions(written);
  const auto place = [&](Expr symbol) {
    const auto known = places.find(symbol->name);
    return known == places.end() ? written.size() : known->second;
  };
  std::stable_sort(symbols.begin(), symbols.end(), [&](Expr x, Expr y) { return place(x) < place(y); });
  return symbols;
}

void SymbolSites::bind(const std::vector<Expr>& symbols, const Digests& site) {
  for (const Expr symbol : symbols) {
    const auto [it, fresh] = sites_.try_emplace(symbol->name);
    for (std::size_t level = 0; level < kLevels; ++level) {
      std::int64_t& count = bound_at_[level][site[level]];
      if (fresh) it->second[level] = Encoder().tag('B').digest(site[level]).number(count).finish();
      ++count;
    }
  }
}

const Digests& SymbolSites::expression(Expr root) {
  if (const auto known = known_.find(root); known != known_.end()) return known->second;
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

Digests SymbolSites::combine(Expr e) {
  if (e->kind == Kind::kSymbol)
    return derive(site_of(e->name), [](const hash::Digest& site) { return Encoder().tag('$').digest(site).finish(); });
  Digests out;
  for (std::size_t level = 0; level < kLevels; ++level) {
    const auto same = [&](Expr a) { return known_.at(a)[level] == known_.at(a)[level - 1]; };
    const bool again = level > 0 && std::all_of(e->args.begin(), e->args.end(), same);
    out[level] = again ? out[level - 1] : combine(e, level);
  }
  return out;
}

hash::Digest SymbolSites::combine(Expr e, std::size_t level) {
  Encoder out;
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
  for (const Expr a : e->args) args.push_back(known_.at(a)[level]);
  if (unflipped(e->kind) != e->kind) std::reverse(args.begin(), args.end());
  if (commutes(e->kind)) std::sort(args.begin(), args.end());
  return out.digests(args).finish();
}

}  // namespace retrace::identity
