// Messages of depth feeds as columns: what each says of itself, and the levels of all in one run.
// Levels are taken before the message is known to be sound; what is refused gives them back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tickeng/event/reject.hpp"
#include "tickeng/io/event_columns.hpp"

namespace tickeng::io {

/// A message but for its levels; numbers of updates are kNoId where they are not told.
struct DepthRow {
  EventRow at;
  std::int64_t first = kNoId, last = kNoId, previous = kNoId;
  std::uint32_t bids = 0, asks = 0;
  bool snapshot = false;
};

struct DepthColumns {
  std::vector<std::int64_t> ts_ns, recv_ns, row, first, last, previous;
  std::vector<std::uint32_t> symbol, bids, asks;
  std::vector<std::uint8_t> snapshot;
  std::vector<double> price, qty;  // of all levels, a message's bids before its asks

  [[nodiscard]] std::size_t size() const noexcept { return ts_ns.size(); }
  [[nodiscard]] std::size_t levels() const noexcept { return qty.size(); }
  /// Takes the levels of a side from JSON, [["price","quantity"],...]; false where it is no such
  /// list, or a number is none that a level can have: `why` says which.
  [[nodiscard]] bool add_levels(std::string_view json, std::uint32_t& count, RejectReason& why);
  /// Gives back the levels behind the first so many.
  void keep_levels(std::size_t count) noexcept {
    price.resize(count);
    qty.resize(count);
  }
  /// The message whose levels were taken last.
  void push(const DepthRow& message, std::int64_t row_number);
};

}  // namespace tickeng::io
