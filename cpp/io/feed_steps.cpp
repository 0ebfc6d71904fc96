// Counting the steps of a feed; the rules are in the header.
#include "tickeng/io/feed_steps.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace tickeng::io {
namespace {

/// b - a for a <= b, which may be more than a signed number holds.
std::uint64_t between(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a);
}

constexpr std::size_t kBlock = 256;  // rows looked at together: most are as usual

/// Whether the times do not fall, nor rise by more than `most_ns`, from `before_ns` on.
bool all_short(const std::int64_t* ts_ns, std::size_t size, std::int64_t before_ns,
               std::uint64_t most_ns) noexcept {
  std::uint64_t others = between(before_ns, ts_ns[0]) > most_ns ? 1 : 0;  // a fall is huge
  for (std::size_t i = 1; i < size; ++i) {
    others += between(ts_ns[i - 1], ts_ns[i]) > most_ns ? 1 : 0;
  }
  return others == 0;
}

/// Whether the ids rise by one from `before` on.
bool all_one(const std::int64_t* id, std::size_t size, std::int64_t before) noexcept {
  if (before > std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(kBlock)) {
    return false;  // the one behind the greatest would be kNoId
  }
  std::uint64_t others = between(before, id[0]) != 1 ? 1 : 0;
  for (std::size_t i = 1; i < size; ++i) others += between(id[i - 1], id[i]) != 1 ? 1 : 0;
  return others == 0;
}

void take_id(StepCounts& c, std::int64_t id) noexcept {
  if (id == kNoId) {
    ++c.unread_ids;
    return;
  }
  if (c.ids++ == 0) {
    c.first_id = c.last_id = c.least_id = c.greatest_id = id;
    return;
  }
  if (id < c.last_id) {
    ++c.back;
  } else if (const std::uint64_t step = between(c.last_id, id); step == 1) [[likely]] {
    ++c.one;
  } else {
    ++(step == 0 ? c.same : c.gap);
  }
  c.last_id = id;
  c.least_id = std::min(c.least_id, id);
  c.greatest_id = std::max(c.greatest_id, id);
}

}  // namespace

inline void FeedSteps::take_time(StepCounts& c, std::size_t symbol, std::int64_t ts_ns) {
  if (c.rows++ == 0) {
    c.first_ns = ts_ns;
  } else if (ts_ns < c.last_ns) {
    ++c.backward;
  } else if (const std::uint64_t step = between(c.last_ns, ts_ns); step > limits_.hole_ns)
      [[unlikely]] {
    c.jumps += step > limits_.jump_ns ? 1 : 0;
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    keep_long(symbol, {static_cast<std::int64_t>(std::min(step, kMost)), ts_ns});
  }
  c.last_ns = ts_ns;
}

void FeedSteps::keep_long(std::size_t symbol, const LongStep& step) {
  std::vector<LongStep>& kept = longest_[symbol];
  if (kept.size() < limits_.most) {
    kept.push_back(step);
  } else if (const auto least = std::ranges::min_element(kept);
             least != kept.end() && *least < step) {
    *least = step;
  }
}

void FeedSteps::add(const std::int64_t* ts_ns, const std::int64_t* id, const std::uint32_t* symbol,
                    std::size_t size, std::size_t symbols) {
  if (size == 0) return;
  if (const std::size_t room = symbol ? symbols : std::size_t{1}; counts_.size() < room) {
    counts_.resize(room);
    longest_.resize(room);
  }
  const std::int64_t before_ns = begun_ ? newest_row_ns_ : ts_ns[0];
  std::int64_t up = ts_ns[0] > before_ns ? 1 : 0, down = ts_ns[0] < before_ns ? 1 : 0;
  for (std::size_t i = 1; i < size; ++i) {
    up += ts_ns[i] > ts_ns[i - 1] ? 1 : 0;
    down += ts_ns[i] < ts_ns[i - 1] ? 1 : 0;
  }
  up_ += up;
  down_ += down;
  newest_row_ns_ = ts_ns[size - 1];
  begun_ = true;
  if (symbol) {
    for (std::size_t i = 0; i < size; ++i) {
      if (symbol[i] >= counts_.size()) throw std::out_of_range("a row has no symbol");
      StepCounts& c = counts_[symbol[i]];
      take_time(c, symbol[i], ts_ns[i]);
      if (id) take_id(c, id[i]);
    }
    return;
  }
  for (std::size_t from = 0; from < size; from += kBlock) {
    const std::size_t rows = std::min(kBlock, size - from);
    add_block(counts_[0], ts_ns + from, id ? id + from : nullptr, rows);
  }
}

/// Rows of symbol 0.
void FeedSteps::add_block(StepCounts& c, const std::int64_t* ts_ns, const std::int64_t* id,
                          std::size_t rows) {
  if (c.rows > 0 && all_short(ts_ns, rows, c.last_ns, limits_.hole_ns)) {
    c.rows += static_cast<std::int64_t>(rows);
    c.last_ns = ts_ns[rows - 1];
  } else {
    for (std::size_t i = 0; i < rows; ++i) take_time(c, 0, ts_ns[i]);
  }
  if (!id) return;
  if (c.ids > 0 && all_one(id, rows, c.last_id)) {
    c.ids += static_cast<std::int64_t>(rows);
    c.one += static_cast<std::int64_t>(rows);
    c.last_id = id[rows - 1];
    c.least_id = std::min(c.least_id, id[0]);
    c.greatest_id = std::max(c.greatest_id, c.last_id);
  } else {
    for (std::size_t i = 0; i < rows; ++i) take_id(c, id[i]);
  }
}

}  // namespace tickeng::io
