// Quantiles of a long batch by ranks. Spec: B-06, B-07.
//
// A stretch of values is sorted once; from then on a value is its rank, the window a set of bits,
// and the wanted bit is found near where it was: one bit set, one cleared, one of a word selected.
// The cost depends neither on the data nor, much, on the window: sorting is by radix on the top 33
// bits of what tells the values apart, and what these bits leave equal is sorted by comparison. The
// answer is exact, so it is that of every other structure.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tickeng::stat {

/// Sorts values and says where each stands. Equal values stand in the order in which they came.
class Ranks {
 public:
  explicit Ranks(std::size_t most) : items_(most), other_(most), ranks_(most) {}

  /// n > 0 finite values, no -0.0.
  void sort(const double* x, std::size_t n) noexcept {
    std::uint64_t low = ~std::uint64_t{0}, high = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t key = key_of(x[i]);
      items_[i] = {key, static_cast<std::uint32_t>(i)};
      low = std::min(low, key);
      high = std::max(high, key);
    }
    const int width = 64 - std::countl_zero(high - low);
    radix(n, low, std::max(0, width - kPasses * kDigit));
    if (width > kPasses * kDigit) finish(n, width - kPasses * kDigit, low);
    for (std::size_t i = 0; i < n; ++i) ranks_[items_[i].at] = static_cast<std::uint32_t>(i);
  }
  [[nodiscard]] std::uint32_t rank(std::size_t i) const noexcept { return ranks_[i]; }
  /// Place among the n given of the value with this rank.
  [[nodiscard]] std::size_t position(std::size_t rank) const noexcept { return items_[rank].at; }

 private:
  static constexpr int kDigit = 11, kPasses = 3;
  static constexpr std::uint64_t kMask = (1U << kDigit) - 1;
  struct Item {
    std::uint64_t key;
    std::uint32_t at;
  };

  /// Orders as the doubles do.
  [[nodiscard]] static std::uint64_t key_of(double x) noexcept {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const auto sign = static_cast<std::uint64_t>(static_cast<std::int64_t>(bits) >> 63);
    return bits ^ (sign | (std::uint64_t{1} << 63));
  }
  void radix(std::size_t n, std::uint64_t low, int shift) noexcept {
    std::array<std::array<std::uint32_t, kMask + 1>, kPasses> counts{};
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t key = (items_[i].key - low) >> shift;
      for (int pass = 0; pass < kPasses; ++pass) {
        ++counts[static_cast<std::size_t>(pass)][(key >> (pass * kDigit)) & kMask];
      }
    }
    for (int pass = 0; pass < kPasses; ++pass) {
      auto& count = counts[static_cast<std::size_t>(pass)];
      const int by = shift + pass * kDigit;
      if (count[((items_[0].key - low) >> by) & kMask] == n) continue;  // this digit is one for all
      std::uint32_t sum = 0;
      for (std::uint32_t& c : count) sum += std::exchange(c, sum);
      for (std::size_t i = 0; i < n; ++i) {
        other_[count[((items_[i].key - low) >> by) & kMask]++] = items_[i];
      }
      items_.swap(other_);
    }
  }
  /// Sorts within runs whose keys are equal but for the last `shift` bits.
  void finish(std::size_t n, int shift, std::uint64_t low) noexcept {
    const auto before = [](const Item& a, const Item& b) {
      return a.key < b.key || (a.key == b.key && a.at < b.at);
    };
    for (std::size_t i = 0; i < n;) {
      const std::uint64_t top = (items_[i].key - low) >> shift;
      std::size_t end = i + 1;
      bool ordered = true;
      for (; end < n && (items_[end].key - low) >> shift == top; ++end) {
        ordered &= items_[end - 1].key <= items_[end].key;
      }
      if (!ordered) std::sort(items_.data() + i, items_.data() + end, before);
      i = end;
    }
  }

  std::vector<Item> items_, other_;
  std::vector<std::uint32_t> ranks_;
};

/// A set of numbers and the k-th smallest of them, k fixed, where the set changes little by little.
class BitSelect {
 public:
  explicit BitSelect(std::size_t most) : words_(most / 64 + 2) {}

  void clear() noexcept {
    std::fill(words_.begin(), words_.end(), 0);
    base_ = below_ = 0;
  }
  void add(std::size_t bit) noexcept {
    words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    below_ += bit / 64 < base_ ? 1 : 0;
  }
  void remove(std::size_t bit) noexcept {
    words_[bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
    below_ -= bit / 64 < base_ ? 1 : 0;
  }
  /// Precondition: more than k are in the set.
  [[nodiscard]] std::size_t select(std::ptrdiff_t k) noexcept {
    while (k < below_) below_ -= std::popcount(words_[--base_]);
    while (k - below_ >= std::popcount(words_[base_])) below_ += std::popcount(words_[base_++]);
    const auto one = std::uint64_t{1} << (k - below_);
    return base_ * 64 + static_cast<std::size_t>(std::countr_zero(_pdep_u64(one, words_[base_])));
  }
  /// The next one in the set after `bit`. Precondition: there is one.
  [[nodiscard]] std::size_t after(std::size_t bit) const noexcept {
    std::size_t word = bit / 64;
    std::uint64_t left = words_[word] & (~std::uint64_t{1} << (bit % 64));
    while (left == 0) left = words_[++word];
    return word * 64 + static_cast<std::size_t>(std::countr_zero(left));
  }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t base_ = 0;      // the word that select looked at last
  std::ptrdiff_t below_ = 0;  // how many are in words before it
};

/// Quantiles after each of n values. `values` begins with the W values before the first of them.
class RankedQuantiles {
 public:
  RankedQuantiles(std::size_t window, double p, std::size_t most)
      : window_(window), ranks_(window + most), set_(window + most) {
    const double h = p * static_cast<double>(window - 1);
    wanted_ = static_cast<std::ptrdiff_t>(h);
    fraction_ = h - static_cast<double>(wanted_);
    last_ = static_cast<std::size_t>(wanted_) + 1 == window;
  }
  void run(const double* values, std::size_t n, double* y) noexcept {
    ranks_.sort(values, window_ + n);
    set_.clear();
    for (std::size_t i = 0; i < window_; ++i) set_.add(ranks_.rank(i));
    for (std::size_t i = 0; i < n; ++i) {
      set_.remove(ranks_.rank(i));
      set_.add(ranks_.rank(i + window_));
      const std::size_t at = set_.select(wanted_);
      const double low = values[ranks_.position(at)];
      const double high = last_ ? low : values[ranks_.position(set_.after(at))];
      y[i] = low + (high - low) * fraction_;
    }
  }

 private:
  std::size_t window_;
  Ranks ranks_;
  BitSelect set_;
  std::ptrdiff_t wanted_ = 0;
  double fraction_ = 0.0;
  bool last_ = false;  // nothing is above the wanted one
};

/// Reads the values of a quantile's window, oldest first. Precondition: it is full.
struct QuantileReader {
  static constexpr bool kLoads = false;
  std::vector<double> values;
  std::size_t head = 0;

  void array(std::string_view, std::span<double> ring) { values.assign(ring.begin(), ring.end()); }
  void index(std::string_view name, std::size_t value, std::size_t) {
    if (name != "head") return;
    head = value;
    std::rotate(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(value), values.end());
  }
};

/// Puts a full window n values further; the last W of all end before `end`.
struct QuantileLoader {
  static constexpr bool kLoads = true;
  const double* end;
  std::size_t position;  // of the next value in the ring

  void array(std::string_view, std::span<double> ring) {
    std::copy(end - ring.size(), end, ring.begin());
    std::rotate(ring.begin(), ring.end() - static_cast<std::ptrdiff_t>(position), ring.end());
  }
  void index(std::string_view name, std::size_t& value, std::size_t limit) {
    value = name == "head" ? position : limit - 1;
  }
  [[nodiscard]] static std::uint64_t rows() noexcept { return UINT64_MAX; }
  void require(bool, std::string_view) const {}
};

/// The quantiles after each of n values: push(x) where the batch is short, by ranks where it is
/// not.
template <class Quantile, class Push>
void run_quantiles(Quantile& quantile, std::size_t window, double p, const double* x, std::size_t n,
                   double* y, Push push) {
  // Long stretches share the sorting of the window, short ones stay in the caches.
  const std::size_t most = std::max<std::size_t>(
      4096, std::min(4 * window, std::max<std::size_t>(window, std::size_t{1} << 17)));
  const bool fits = window + most <= std::numeric_limits<std::uint32_t>::max();
  std::size_t i = 0;
  for (; i < n && (!quantile.full() || n - i < most || !fits); ++i) y[i] = push(x[i]);
  if (i == n) return;
  QuantileReader at;
  quantile.state(at);
  std::vector<double> values(std::move(at.values));
  values.resize(window + most);
  RankedQuantiles ranked(window, p, most);
  const std::size_t start = i;
  while (i < n) {
    const std::size_t count = std::min(most, n - i);
    // -0.0 and 0.0 are one value
    std::transform(x + i, x + i + count, values.data() + window, [](double v) { return v + 0.0; });
    ranked.run(values.data(), count, y + i);
    std::copy_n(values.data() + count, window, values.data());
    i += count;
  }
  QuantileLoader to{values.data() + window, (at.head + (n - start)) % window};
  quantile.state(to);
}

}  // namespace tickeng::stat
