// Synthetic trades with a leader for the benches, the same for a size on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tickeng/event/events.hpp"

namespace tickeng::bench {

class Random {
 public:
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    return state_ ^= state_ << 17;
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53 + 0x1p-54; }
  double normal() { return std::sqrt(-2.0 * std::log(uniform())) * std::cos(6.283185 * uniform()); }

 private:
  std::uint64_t state_ = 88172645463325252ULL;
};

struct Tape {
  std::vector<TimeNs> ts_ns;
  std::vector<double> price, qty, leader;
  std::vector<std::int8_t> side;
  std::vector<SymbolId> symbol;

  /// Clustered times, persistent sides, log-normal lots, prices on a grid of 0.1.
  Tape(std::size_t n, std::size_t symbols) {
    Random random;
    double level = 60000.0, lead = 60000.0;
    TimeNs ms = 1'700'000'000'000;
    std::int8_t s = 1;
    for (std::size_t i = 0; i < n; ++i) {
      if (random.uniform() > 0.55) ms += static_cast<TimeNs>(20.0 * std::fabs(random.normal()));
      if (random.uniform() < 0.22) s = static_cast<std::int8_t>(-s);
      level += 0.1 * std::round(0.6 * random.normal() + 0.2 * s);
      lead += 0.1 * random.normal();
      ts_ns.push_back(ms * 1'000'000);
      price.push_back(level);
      leader.push_back(lead);
      qty.push_back(std::ceil(std::exp(2.6 + 1.5 * random.normal())) / 1000.0);
      side.push_back(s);
      // Zipf by inversion: the k-th symbol is about 1/k as busy as the first.
      const double rank = std::pow(static_cast<double>(symbols), random.uniform()) - 1.0;
      symbol.push_back(static_cast<SymbolId>(std::min(rank, static_cast<double>(symbols - 1))));
    }
  }
  [[nodiscard]] std::size_t size() const { return price.size(); }
};

}  // namespace tickeng::bench
