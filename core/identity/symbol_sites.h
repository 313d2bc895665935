// SPDX-License-Identifier: Apache-2.0
// Symbols known by where they are bound, and expressions written in those terms.
#pragma once
#include <string_view>
#include <unordered_map>

#include "core/expr/expr.h"
#include "core/expr/sym.h"
#include "core/hash/digest.h"

namespace retrace::identity {

struct DigestHash {
  std::size_t operator()(const hash::Digest& d) const { return d.low; }
};

class SymbolSites {
 public:
  /// Each symbol of `e` without a site yet gets this one (and its number there).
  void bind(expr::Expr e, const hash::Digest& site);
  /// The site of a symbol; null: it occurs nowhere yet.
  const hash::Digest* find(std::string_view name) const;
  /// Digest of an expression with symbols replaced by their sites and commutative operands sorted.
  hash::Digest expression(expr::Expr e);

 private:
  hash::Digest site_of(std::string_view name);
  hash::Digest combine(expr::Expr e);

  std::unordered_map<std::string_view, hash::Digest> sites_;
  std::unordered_map<hash::Digest, std::int64_t, DigestHash> bound_at_;
  std::unordered_map<expr::Expr, hash::Digest> known_;
};

}  // namespace retrace::identity
