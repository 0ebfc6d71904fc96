// What one tick of a clock does to a graph: which nodes move, and what they see of other clocks.
//
// Between ticks an output is held, so an input of another clock is what stands in its slot: its
// last row strictly before, for the tick that is at hand moves the nodes of its own clock only.
// Where that may have expired (a quote of long ago is no market) an edge has a slot of its own,
// filled before the node that reads it. Spec: conventions 9.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tickeng/base/time.hpp"
#include "tickeng/kernel/clock.hpp"

namespace tickeng {

/// An output of a clock that expires, as a tick of another clock sees it.
struct Edge {
  std::size_t from = 0, to = 0;  ///< slots
  Clock of = Clock::kQuote;
  Clock by = Clock::kTrade;  ///< the clock that sees it so
  bool shown = false;        ///< seen behind the event, not before it: the quote that a book gives
  std::string key = {};      ///< "node.output", its name in saved states
};

struct ClockPlan {
  struct Move {
    std::size_t node;         ///< index of one of the graph's nodes
    std::vector<Edge> edges;  ///< that are filled before it
  };
  std::vector<Move> moves;
  std::vector<Edge> after;  ///< that are filled at last: what a row shows and no node reads
  std::vector<std::size_t> lapses = {};  ///< nodes that are told where the market has ended
};

/// A builder among the graph's nodes, and the clock of its bars.
struct BuiltClock {
  std::size_t node;
  Clock clock;
  bool by_time;      ///< due before the event that stands behind its end, not behind its last trade
  TimeNs period_ns;  ///< 0: a timer, or not by time
};

/// What events of each clock do, by clock.
struct ClockPlans {
  std::vector<ClockPlan> clocks = std::vector<ClockPlan>(kClocks);
  std::vector<BuiltClock> built = {};  ///< in the order in which those of one instant come

  [[nodiscard]] const ClockPlan& of(Clock clock) const noexcept { return clocks[index_of(clock)]; }
};

}  // namespace tickeng
