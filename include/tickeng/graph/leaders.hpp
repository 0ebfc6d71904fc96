// Leaders that a pipeline names: kernels with the parameter leader="ETHUSDT" read that instrument
// in place of the one that serves the symbol. Whoever feeds a graph has their registers.
#pragma once

#include "tickeng/base/time.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

class Leaders {
 public:
  Leaders() = default;
  /// All of them as a trade at this time sees them, in the order of Pipeline::leaders().
  [[nodiscard]] virtual const LeaderPrice* as_of(TimeNs now_ns) noexcept = 0;

 protected:
  Leaders(const Leaders&) = default;
  Leaders& operator=(const Leaders&) = default;
  ~Leaders() = default;
};

}  // namespace tickeng
