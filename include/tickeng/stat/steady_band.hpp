// What a usual push of a rolling quantile asks of its band: do the value that comes and the one
// that goes miss it, and stays the cursor where it is? Then all that changes is how many values lie
// below the band. A copy of this in registers makes a loop of such pushes.
#pragma once

#include <cstddef>

#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

struct SteadyBand {
  Vec<2> low, high;              // of the band, in both lanes
  std::ptrdiff_t first;          // positions of the wanted rank at which
  std::size_t span;              // nothing is to be done
  std::ptrdiff_t edge_position;  // the last position of the cursor's value, which is interpolated
  double inside, edge;           // quantile at other positions, and there

  /// Moves `position` and says true, or says false.
  [[nodiscard, gnu::always_inline]] bool takes(double x, double old,
                                               std::ptrdiff_t& position) const noexcept {
    constexpr std::ptrdiff_t kMoves[4] = {0, 1, -1, 0};  // by which of the two are above
    const Vec<2> pair = {x, old};
    const unsigned above = at_least(pair, low);
    const std::ptrdiff_t next = position + kMoves[above];
    if ((above & at_most(pair, high)) != 0 || static_cast<std::size_t>(next - first) > span) {
      return false;
    }
    position = next;
    return true;
  }
  [[nodiscard, gnu::always_inline]] double at(std::ptrdiff_t position) const noexcept {
    return position == edge_position ? edge : inside;
  }
};

}  // namespace tickeng::stat
