#include "tickeng/engine/clock.hpp"

#include <algorithm>
#include <chrono>

namespace tickeng {

bool TimeRule::look() noexcept {
  using std::chrono::nanoseconds, std::chrono::system_clock;
  const auto now = std::chrono::duration_cast<nanoseconds>(system_clock::now().time_since_epoch());
  max_ns = std::max(max_ns, now.count() + 86'400'000'000'000);
  return true;
}

}  // namespace tickeng
