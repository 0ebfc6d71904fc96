// L doubles that are worked on side by side, and memory for rows of them.
//
// Vec<L> has the plain operators; each lane gives the bits that a double alone would give. Rows of
// L values lie one behind the other, and All or One reaches the same memory as whole rows or as one
// lane of them: an algorithm written once over either does one window or L windows in lockstep.
#pragma once

#include <immintrin.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <new>
#include <vector>

#include "tickeng/base/state_memory.hpp"

namespace tickeng::stat {

template <std::size_t L>
struct VecOf;
template <>
struct VecOf<1> {
  using Type = double;
};
template <>
struct VecOf<2> {
  using Type = double __attribute__((vector_size(16)));
};
template <>
struct VecOf<4> {
  using Type = double __attribute__((vector_size(32)));
};
template <>
struct VecOf<8> {
  using Type = double __attribute__((vector_size(64)));
};
template <std::size_t L>
using Vec = typename VecOf<L>::Type;

[[nodiscard, gnu::always_inline]] inline Vec<1> root(Vec<1> x) noexcept { return std::sqrt(x); }
[[nodiscard, gnu::always_inline]] inline Vec<2> root(Vec<2> x) noexcept { return _mm_sqrt_pd(x); }
[[nodiscard, gnu::always_inline]] inline Vec<4> root(Vec<4> x) noexcept {
  return _mm256_sqrt_pd(x);
}
#ifdef __AVX512F__
[[nodiscard, gnu::always_inline]] inline Vec<8> root(Vec<8> x) noexcept {
  return _mm512_sqrt_pd(x);
}
inline constexpr std::size_t kWide = 8;  ///< doubles of the widest register
#else
inline constexpr std::size_t kWide = 4;
#endif

/// Lane l is f(l).
template <std::size_t L, class F>
[[nodiscard, gnu::always_inline]] inline Vec<L> each_lane(F f) noexcept {
  if constexpr (L == 1) {
    return f(0);
  } else {
    Vec<L> v{};
    for (std::size_t l = 0; l < L; ++l) v[l] = f(l);
    return v;
  }
}

/// A row of L lanes over and over, as wide as W doubles.
template <std::size_t W, std::size_t L>
[[nodiscard, gnu::always_inline]] inline Vec<W> repeat(Vec<L> row) noexcept {
  double all[W];
  for (std::size_t i = 0; i < W; i += L) std::memcpy(all + i, &row, sizeof row);
  Vec<W> v;
  std::memcpy(&v, all, sizeof v);
  return v;
}

/// Bit l is set where lane l holds a value, that is, not NaN.
[[nodiscard, gnu::always_inline]] inline int with_value(Vec<1> x) noexcept {
  return x == x ? 1 : 0;
}
[[nodiscard, gnu::always_inline]] inline int with_value(Vec<2> x) noexcept {
  return _mm_movemask_pd(_mm_cmpord_pd(x, x));
}
[[nodiscard, gnu::always_inline]] inline int with_value(Vec<4> x) noexcept {
  return _mm256_movemask_pd(_mm256_cmp_pd(x, x, _CMP_ORD_Q));
}

/// Bit l is set where lane l is not below / not above.
[[nodiscard, gnu::always_inline]] inline unsigned at_least(Vec<2> x, Vec<2> low) noexcept {
  return static_cast<unsigned>(_mm_movemask_pd(_mm_cmpge_pd(x, low)));
}
[[nodiscard, gnu::always_inline]] inline unsigned at_most(Vec<2> x, Vec<2> high) noexcept {
  return static_cast<unsigned>(_mm_movemask_pd(_mm_cmple_pd(x, high)));
}

/// Whether any lane is at most the bound; NaN is not.
[[nodiscard, gnu::always_inline]] inline bool any_at_most(Vec<1> x, Vec<1> high) noexcept {
  return high >= x;
}
[[nodiscard, gnu::always_inline]] inline bool any_at_most(Vec<2> x, Vec<2> high) noexcept {
  return at_most(x, high) != 0;
}
[[nodiscard, gnu::always_inline]] inline bool any_at_most(Vec<4> x, Vec<4> high) noexcept {
  const __m256d lanes = _mm256_cmp_pd(x, high, _CMP_LE_OQ);
  return _mm256_testz_pd(lanes, lanes) == 0;
}
#ifdef __AVX512F__
[[nodiscard, gnu::always_inline]] inline bool any_at_most(Vec<8> x, Vec<8> high) noexcept {
  return _mm512_cmp_pd_mask(x, high, _CMP_LE_OQ) != 0;
}
#endif

// a > b ? a : b and a < b ? a : b, each one instruction.
[[nodiscard, gnu::always_inline]] inline Vec<1> larger(Vec<1> a, Vec<1> b) noexcept {
  return a > b ? a : b;
}
[[nodiscard, gnu::always_inline]] inline Vec<1> smaller(Vec<1> a, Vec<1> b) noexcept {
  return a < b ? a : b;
}
[[nodiscard, gnu::always_inline]] inline Vec<2> smaller(Vec<2> a, Vec<2> b) noexcept {
  return _mm_min_pd(a, b);
}
[[nodiscard, gnu::always_inline]] inline Vec<4> larger(Vec<4> a, Vec<4> b) noexcept {
  return _mm256_max_pd(a, b);
}
[[nodiscard, gnu::always_inline]] inline Vec<4> smaller(Vec<4> a, Vec<4> b) noexcept {
  return _mm256_min_pd(a, b);
}
#ifdef __AVX512F__
[[nodiscard, gnu::always_inline]] inline Vec<8> larger(Vec<8> a, Vec<8> b) noexcept {
  return _mm512_maskz_max_pd(0xff, a, b);  // g++ 12 warns of the form without a mask
}
[[nodiscard, gnu::always_inline]] inline Vec<8> smaller(Vec<8> a, Vec<8> b) noexcept {
  return _mm512_maskz_min_pd(0xff, a, b);
}
#endif

/// Bit l is set where lane l is in (low, high].
[[nodiscard, gnu::always_inline]] inline unsigned within(Vec<4> x, Vec<4> low,
                                                         Vec<4> high) noexcept {
  const __m256d above = _mm256_cmp_pd(x, low, _CMP_GT_OQ);
  return static_cast<unsigned>(
      _mm256_movemask_pd(_mm256_and_pd(above, _mm256_cmp_pd(x, high, _CMP_LE_OQ))));
}
#ifdef __AVX512F__
[[nodiscard, gnu::always_inline]] inline unsigned within(Vec<8> x, Vec<8> low,
                                                         Vec<8> high) noexcept {
  const __mmask8 above = _mm512_cmp_pd_mask(x, low, _CMP_GT_OQ);
  return _mm512_mask_cmp_pd_mask(above, x, high, _CMP_LE_OQ);
}
#endif

/// Memory on cache lines, as state_memory.hpp gives it.
template <class T>
struct OnLines {
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_copy_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  bool stays = true;

  OnLines() = default;
  explicit OnLines(bool stays_there) noexcept : stays(stays_there) {}
  template <class U>
  OnLines(const OnLines<U>& other) noexcept : stays(other.stays) {}
  [[nodiscard]] T* allocate(std::size_t n) {
    return static_cast<T*>(StateMemory::take(n * sizeof(T), stays));
  }
  void deallocate(T* p, std::size_t n) noexcept { StateMemory::give_back(p, n * sizeof(T), stays); }
  friend bool operator==(const OnLines&, const OnLines&) noexcept = default;
};
using Rows = std::vector<double, OnLines<double>>;

/// Whole rows of L lanes.
template <std::size_t L>
struct All {
  using Value = Vec<L>;

  [[nodiscard, gnu::always_inline]] Value get(const double* rows, std::size_t i) const noexcept {
    Value v;
    std::memcpy(&v, rows + i * L, sizeof v);
    return v;
  }
  [[nodiscard, gnu::always_inline]] Value at(const double* row) const noexcept {
    return get(row, 0);
  }
  [[gnu::always_inline]] void put(double* rows, std::size_t i, Value v) const noexcept {
    std::memcpy(rows + i * L, &v, sizeof v);
  }
};

/// One lane of L.
template <std::size_t L>
struct One {
  using Value = double;
  std::size_t lane;

  [[nodiscard]] double get(const double* rows, std::size_t i) const noexcept {
    return rows[i * L + lane];
  }
  void put(double* rows, std::size_t i, double v) const noexcept { rows[i * L + lane] = v; }
};

}  // namespace tickeng::stat
