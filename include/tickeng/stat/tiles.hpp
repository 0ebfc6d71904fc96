// K streams of doubles, `stride` apart, read and written as rows: row i holds value i of each.
//
// Rows are what lanes work on side by side; in memory each stream lies behind itself, so K rows at
// a time are turned over in registers (a tile). `kSide` is K for this instruction set. Which K it
// is cannot change a bit: a lane never meets another.
#pragma once

#include <immintrin.h>

#include <cstddef>

#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

inline constexpr std::size_t kSide = kWide;  ///< streams that are worked on side by side
using Side = Vec<kSide>;

struct Tile {
  Side row[kSide];
};

/// Rows become columns.
[[nodiscard, gnu::always_inline]] inline Tile turned(const Tile& t) noexcept {
#ifdef __AVX512F__
  Side a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = __builtin_shufflevector(t.row[i], t.row[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[i + 1] = __builtin_shufflevector(t.row[i], t.row[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = i; j < i + 2; ++j) {
      b[j] = __builtin_shufflevector(a[j], a[j + 2], 0, 1, 4, 5, 8, 9, 12, 13);
      b[j + 2] = __builtin_shufflevector(a[j], a[j + 2], 2, 3, 6, 7, 10, 11, 14, 15);
    }
  }
  Tile out;
  for (int j = 0; j < 4; ++j) {
    out.row[j] = __builtin_shufflevector(b[j], b[j + 4], 0, 1, 4, 5, 8, 9, 12, 13);
    out.row[j + 4] = __builtin_shufflevector(b[j], b[j + 4], 2, 3, 6, 7, 10, 11, 14, 15);
  }
  return out;
#else
  const Side a = __builtin_shufflevector(t.row[0], t.row[1], 0, 4, 2, 6);
  const Side b = __builtin_shufflevector(t.row[0], t.row[1], 1, 5, 3, 7);
  const Side c = __builtin_shufflevector(t.row[2], t.row[3], 0, 4, 2, 6);
  const Side d = __builtin_shufflevector(t.row[2], t.row[3], 1, 5, 3, 7);
  return {{__builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(b, d, 0, 1, 4, 5),
           __builtin_shufflevector(a, c, 2, 3, 6, 7), __builtin_shufflevector(b, d, 2, 3, 6, 7)}};
#endif
}

/// kSide doubles from x on.
[[nodiscard, gnu::always_inline]] inline Side side_at(const double* x) noexcept {
  return All<kSide>{}.at(x);
}

/// Values x[0], x[stride], x[2 stride], ...
[[nodiscard]] inline Side row_at(const double* x, std::size_t stride) noexcept {
  double values[kSide];
  for (std::size_t l = 0; l < kSide; ++l) values[l] = x[l * stride];
  return side_at(values);
}

/// f(i, row i) for the rows of kSide streams from x on, i from 0 to length - 1 or (Back) from there
/// down. `length` is a power of two.
template <bool Back, class F>
[[gnu::always_inline]] inline void each_row(const double* x, std::size_t stride, std::size_t length,
                                            F f) noexcept {
  if (length < kSide) {
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t at = Back ? length - 1 - i : i;
      f(at, row_at(x + at, stride));
    }
    return;
  }
  for (std::size_t i = 0; i < length; i += kSide) {
    const std::size_t at = Back ? length - kSide - i : i;
    Tile t;
    for (std::size_t l = 0; l < kSide; ++l) t.row[l] = side_at(x + at + l * stride);
    t = turned(t);
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kSide; ++k) {
      const std::size_t row = Back ? kSide - 1 - k : k;
      f(at + row, t.row[row]);
    }
  }
}

/// y: the rows f(i, row i of x), written as streams. y is not x.
template <class F>
[[gnu::always_inline]] inline void map_rows(const double* x, double* y, std::size_t stride,
                                            std::size_t length, F f) noexcept {
  if (length < kSide) {
    for (std::size_t i = 0; i < length; ++i) {
      double values[kSide];
      All<kSide>{}.put(values, 0, f(i, row_at(x + i, stride)));
      for (std::size_t l = 0; l < kSide; ++l) y[i + l * stride] = values[l];
    }
    return;
  }
  for (std::size_t i = 0; i < length; i += kSide) {
    Tile t;
    for (std::size_t l = 0; l < kSide; ++l) t.row[l] = side_at(x + i + l * stride);
    t = turned(t);
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kSide; ++k) t.row[k] = f(i + k, t.row[k]);
    t = turned(t);
    for (std::size_t l = 0; l < kSide; ++l) All<kSide>{}.put(y + i + l * stride, 0, t.row[l]);
  }
}

}  // namespace tickeng::stat
