// The quantile of the last W values by what is fastest for W: all of them in order, or a band
// around the rank. Both are exact and have one saved state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "tickeng/stat/rolling_quantile.hpp"
#include "tickeng/stat/sorted_quantile.hpp"

namespace tickeng::parts {

class QuantileWindow {
 public:
  QuantileWindow(std::size_t window, double p) : kept_(made(window, p)) {}

  [[nodiscard]] double push(double x) noexcept {
    return std::visit([x](auto& kept) { return kept.push(x); }, kept_);
  }
  void run(const double* x, std::size_t n, double* y) noexcept {
    std::visit(
        [=](auto& kept) {
          for (std::size_t i = 0; i < n; ++i) y[i] = kept.push(x[i]);
        },
        kept_);
  }
  [[nodiscard]] bool full() const noexcept {
    return std::visit([](const auto& kept) { return kept.full(); }, kept_);
  }
  void reset() noexcept {
    std::visit([](auto& kept) { kept.reset(); }, kept_);
  }
  void skip(std::uint64_t n) noexcept {
    std::visit([n](auto& kept) { kept.skip(n); }, kept_);
  }
  template <class Visitor>
  void state(Visitor& v) {
    std::visit([&v](auto& kept) { v.part(kept); }, kept_);
  }

 private:
  using Kept = std::variant<stat::SortedQuantile, stat::RollingQuantile>;

  static Kept made(std::size_t window, double p) {
    if (window <= stat::SortedQuantile::kLargest) return stat::SortedQuantile(window, p);
    return stat::RollingQuantile(window, p);
  }

  Kept kept_;
};

}  // namespace tickeng::parts
