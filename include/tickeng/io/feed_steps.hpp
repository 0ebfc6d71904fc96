// The steps of time and of ids between the rows of a feed, symbol by symbol: what runs backwards,
// jumps, stands out as a hole, or is missing. Only counts are kept, so that the result does not
// depend on how the rows were cut into batches.
// Trap: an id that could not be read is kNoId; it is counted and passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tickeng/io/event_columns.hpp"

namespace tickeng::io {

struct LongStep {
  std::int64_t length_ns = 0;
  std::int64_t end_ns = 0;

  auto operator<=>(const LongStep&) const = default;
};

/// Of one symbol.
struct StepCounts {
  std::int64_t rows = 0, first_ns = 0, last_ns = 0;
  std::int64_t backward = 0, jumps = 0;
  std::int64_t ids = 0, unread_ids = 0, first_id = 0, last_id = 0, least_id = 0, greatest_id = 0;
  std::int64_t one = 0, gap = 0, back = 0, same = 0;  // steps between ids
};

struct FeedLimits {
  std::uint64_t hole_ns = 0;  // a longer step may be a hole
  std::uint64_t jump_ns = 0;  // a longer one is a jump; not below hole_ns
  std::size_t most = 0;       // holes kept a symbol, the longest
};

class FeedSteps {
 public:
  explicit FeedSteps(const FeedLimits& limits) : limits_(limits) {}

  /// Rows in the order of the file. `id` null: none has one; `symbol` null: all are symbol 0.
  /// Throws std::out_of_range for a symbol that is not below `symbols`.
  void add(const std::int64_t* ts_ns, const std::int64_t* id, const std::uint32_t* symbol,
           std::size_t size, std::size_t symbols);
  [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }
  [[nodiscard]] const StepCounts& counts(std::size_t symbol) const { return counts_.at(symbol); }
  /// The longest steps above hole_ns, in no order.
  [[nodiscard]] const std::vector<LongStep>& longest(std::size_t symbol) const {
    return longest_.at(symbol);
  }
  /// Steps of time between neighbours in the file, whatever their symbols.
  [[nodiscard]] std::int64_t up() const noexcept { return up_; }
  [[nodiscard]] std::int64_t down() const noexcept { return down_; }

 private:
  void take_time(StepCounts& counts, std::size_t symbol, std::int64_t ts_ns);
  void add_block(StepCounts& counts, const std::int64_t* ts_ns, const std::int64_t* id,
                 std::size_t rows);
  void keep_long(std::size_t symbol, const LongStep& step);

  FeedLimits limits_;
  std::vector<StepCounts> counts_;
  std::vector<std::vector<LongStep>> longest_;
  std::int64_t up_ = 0, down_ = 0, newest_row_ns_ = 0;
  bool begun_ = false;
};

}  // namespace tickeng::io
