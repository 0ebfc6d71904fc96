// Numbers for made-up trades, the same on every machine.
#pragma once

#include <cstdint>

/// Uniform in [0, 1).
class Draw {
 public:
  double operator()() {
    state_ = 6364136223846793005U * state_ + 1442695040888963407U;
    return static_cast<double>(state_ >> 11) / 9007199254740992.0;
  }

 private:
  std::uint64_t state_ = 42;
};
