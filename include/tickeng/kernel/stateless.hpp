// Base of a kernel that remembers nothing: it has a value as soon as its inputs have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Stateless {
 public:
  explicit Stateless(const Params&) {}
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs inputs) {
    return inputs.empty() ? 0 : *std::ranges::max_element(inputs);
  }
  [[nodiscard]] static std::uint64_t memory(const Params&) { return 0; }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}
};

}  // namespace tickeng
