// What K5 knows of one slice of trades: the variances of lagged differences that lie inside it, and
// the length of the path. Spec: B-31, E-24, E-27.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernels/parts/structure_function.hpp"
#include "tickeng/stat/slice_moments.hpp"

namespace tickeng::parts {

/// The returns of one slice of at most `capacity` trades: their lagged differences inside the
/// slice, and the length of the path. Single returns wait in a group, as nothing is due before the
/// end.
class Slice {
 public:
  explicit Slice(std::size_t capacity)
      : differences_{stat::SliceMoments(capacity), stat::SliceMoments(capacity),
                     stat::SliceMoments(capacity)},
        path_(capacity) {}

  void reset() noexcept {
    waiting_ = 0;
    lagged_.reset();
    for (auto& d : differences_) d.reset();
    path_.reset();
  }
  void push(double r) noexcept {
    group_[waiting_++] = r;
    if (waiting_ == kGroup) fold();
  }
  /// The same for n <= LaggedDifferences::kRun returns.
  void push(const double* r, std::size_t n) noexcept {
    fold();
    add(r, n);
  }
  /// Takes in what waits; the readings below need it.
  void fold() noexcept {
    add(group_.data(), waiting_);
    waiting_ = 0;
  }
  /// Precondition: more returns than the longest lag.
  [[nodiscard]] double exponent() const noexcept {
    return scaling_exponent(
        {differences_[0].variance(), differences_[1].variance(), differences_[2].variance()},
        path_.sum(), path_.count());
  }
  [[nodiscard]] double path() const noexcept { return path_.sum(); }

  template <class Visitor>
  void state(Visitor& v) {
    fold();
    v.part(lagged_);
    for (auto& d : differences_) v.part(d);
    v.part(path_);
  }

 private:
  static constexpr std::size_t kGroup = 32;

  [[gnu::noinline]] void add(const double* r, std::size_t n) noexcept {
    std::array<std::array<double, LaggedDifferences::kRun>, 3> d;
    const std::uint64_t before = lagged_.count();
    lagged_.run(r, n, {d[0].data(), d[1].data(), d[2].data()});
    for (std::size_t i = 0; i < 3; ++i) {
      const std::uint64_t missing = before + 1 < kLags[i] ? kLags[i] - 1 - before : 0;
      const auto skip = static_cast<std::size_t>(std::min<std::uint64_t>(n, missing));
      differences_[i].push(d[i].data() + skip, n - skip);
    }
    for (std::size_t i = 0; i < n; ++i) d[0][i] = std::fabs(r[i]);
    path_.push(d[0].data(), n);
  }

  LaggedDifferences lagged_;
  std::array<stat::SliceMoments, 3> differences_;
  stat::SliceMoments path_;
  std::array<double, kGroup> group_{};
  std::size_t waiting_ = 0;
};

}  // namespace tickeng::parts
