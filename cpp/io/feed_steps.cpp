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
  std::int64_t before_ns = begun_ ? newest_row_ns_ : ts_ns[0];
  for (std::size_t i = 0; i < size; ++i) {
    up_ += ts_ns[i] > before_ns ? 1 : 0;
    down_ += ts_ns[i] < before_ns ? 1 : 0;
    before_ns = ts_ns[i];
  }
  newest_row_ns_ = before_ns;
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
  StepCounts c = counts_[0];
  for (std::size_t i = 0; i < size; ++i) take_time(c, 0, ts_ns[i]);
  for (std::size_t i = 0; id && i < size; ++i) take_id(c, id[i]);
  counts_[0] = c;
}

}  // namespace tickeng::io
