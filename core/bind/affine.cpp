// SPDX-License-Identifier: Apache-2.0
#include "core/bind/affine.h"

namespace retrace::bind {
namespace {

using expr::Kind;

std::optional<Affine> affine_term(expr::Expr e) {
  if (e->kind == Kind::kSymbol) return Affine{e};
  if (e->kind != Kind::kMul || e->args.size() != 2) return std::nullopt;
  if (e->args[0]->kind != Kind::kInteger || e->args[1]->kind != Kind::kSymbol) return std::nullopt;
  return Affine{e->args[1], e->args[0]->value};
}

}  // namespace

std::optional<Affine> affine(expr::Expr e) {
  if (e->kind != Kind::kAdd) return affine_term(e);
  if (e->args.size() != 2) return std::nullopt;
  const bool first_is_number = e->args[0]->kind == Kind::kInteger;
  const expr::Expr number = e->args[first_is_number ? 0 : 1];
  if (number->kind != Kind::kInteger) return std::nullopt;
  std::optional<Affine> out = affine_term(e->args[first_is_number ? 1 : 0]);
  if (out) out->offset = number->value;
  return out;
}

}  // namespace retrace::bind
