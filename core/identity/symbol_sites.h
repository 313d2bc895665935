// SPDX-License-Identifier: Apache-2.0
// Symbols known by where they are bound, and expressions written in those terms.
#pragma once
#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/expr/expr.h"
#include "core/expr/sym.h"
#include "core/identity/levelled.h"

namespace retrace::identity {

struct DigestHash {
  std::size_t operator()(const hash::Digest& d) const { return d.low; }
};

class SymbolSites {
 public:
  /// Each symbol of `e` without a site yet gets the one that `site()` gives (and its number there).
  template <typename Site>
  void bind(expr::Expr e, Site&& site) {
    if (known_.contains(e)) return;
    const std::vector<expr::Expr> fresh = unbound(e);
    if (!fresh.empty()) bind(fresh, site());
  }
  /// The site of a symbol; null: it occurs nowhere yet.
  const Digests* find(std::string_view name) const;
  /// Digests of an expression with symbols replaced by their sites and commutative operands sorted.
  const Digests& expression(expr::Expr e);

 private:
  [[nodiscard]] std::vector<expr::Expr> unbound(expr::Expr e) const;
  void bind(const std::vector<expr::Expr>& symbols, const Digests& site);
  const Digests& site_of(std::string_view name);
  Digests combine(expr::Expr e);
  hash::Digest combine(expr::Expr e, std::size_t level);

  std::unordered_map<std::string_view, Digests> sites_;
  std::array<std::unordered_map<hash::Digest, std::int64_t, DigestHash>, kLevels> bound_at_;
  std::unordered_map<expr::Expr, Digests> known_;
};

}  // namespace retrace::identity
