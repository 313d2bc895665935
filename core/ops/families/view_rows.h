// SPDX-License-Identifier: Apache-2.0
// The parts of the view family that have files of their own.
#pragma once
#include <span>

#include "core/ops/op_table.h"

namespace retrace::ops {

/// clone, to, contiguous, copy_, lift, resize_: conversion.cpp.
std::span<const OpRow> conversion_rows();
std::span<const OpRow> sparse_rows();

}  // namespace retrace::ops
