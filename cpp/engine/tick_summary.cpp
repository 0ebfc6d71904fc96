// Loops of the summary: branch-free over chunks that stay in the nearest cache.
#include "tickeng/engine/tick_summary.hpp"

#include <algorithm>
#include <cmath>

namespace tickeng {
namespace {

constexpr std::size_t kChunk = 256;

}  // namespace

void TickSummary::add(const TickColumns& columns) {
  ticks += columns.rows;
  TimeNs first = first_ns, last = last_ns;  // in registers: a column could alias the members
  for (std::size_t i = 0; i < columns.rows; ++i) {
    first = std::min(first, columns.ts_ns[i]);
    last = std::max(last, columns.ts_ns[i]);
  }
  first_ns = first;
  last_ns = last;
  for (std::size_t from = 0; from < columns.rows; from += kChunk) {
    const std::size_t n = std::min(kChunk, columns.rows - from);
    if (columns.gate != nullptr) {
      const std::uint8_t* const gate = columns.gate + from;
      std::size_t open = 0;
      for (std::size_t i = 0; i < n; ++i) open += gate[i] != 0 ? 1 : 0;
      open_ticks += open;
      if (columns.alpha != nullptr && open > 0) add_alpha(columns.alpha + from, gate, n);
    }
    if (columns.reason != nullptr) {
      const std::uint8_t* const reason = columns.reason + from;
      for (std::size_t bit = 0; bit < shut_by.size(); ++bit) {
        std::size_t shut = 0;
        for (std::size_t i = 0; i < n; ++i) shut += reason[i] >> bit & 1U;
        shut_by[bit] += shut;
      }
    }
    if (columns.size != nullptr) add_sizes(columns.size + from, n);
  }
}

void TickSummary::add_alpha(const double* alpha, const std::uint8_t* gate, std::size_t n) {
  double least = least_alpha, greatest = greatest_alpha;
  for (std::size_t i = 0; i < n; ++i) {
    least = std::min(least, gate[i] != 0 ? alpha[i] : least_alpha);
    greatest = std::max(greatest, gate[i] != 0 ? alpha[i] : greatest_alpha);
  }
  least_alpha = least;
  greatest_alpha = greatest;
  while (std::max(greatest, -least) > range && range < kRangeMax) widen();
  const double low = -range, high = range;
  const double scale = static_cast<double>(kBins) / (high - low);
  std::array<std::int32_t, kChunk> bins;
  std::array<std::uint16_t, kChunk> open;
  for (std::size_t i = 0; i < n; ++i) {
    const double inside = std::min(alpha[i] > low ? alpha[i] : low, high);
    bins[i] = static_cast<std::int32_t>((inside - low) * scale);
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    open[count] = static_cast<std::uint16_t>(i);
    count += gate[i] != 0 ? 1 : 0;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto bin = static_cast<std::size_t>(bins[open[i]]);
    ++alpha_bins[std::min(bin, kBins - 1)];
  }
}

/// Twice the range: the bins, two by two, fill the middle half.
void TickSummary::widen() {
  std::vector<std::uint64_t> wide(kBins);
  for (std::size_t i = 0; i < kBins; ++i) wide[kBins / 4 + i / 2] += alpha_bins[i];
  alpha_bins.swap(wide);
  range *= 2;
}

void TickSummary::add_sizes(const double* size, std::size_t n) {
  std::size_t left = 0;
  for (std::size_t i = 0; i < n; ++i) left += size[i] == size[i] ? 1 : 0;
  for (auto& [known, total] : sizes) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < n; ++i) count += size[i] == known ? 1 : 0;
    total += count;
    left -= count;
  }
  const std::size_t before = sizes.size();  // those are counted already
  const auto rank_of = [this](double value, std::size_t end) {
    std::size_t at = 0;
    while (at < end && sizes[at].first != value) ++at;
    return at;
  };
  for (std::size_t i = 0; i < n && left > 0; ++i) {
    if (size[i] != size[i] || rank_of(size[i], before) < before) continue;
    --left;
    std::size_t at = rank_of(size[i], sizes.size());
    if (at == sizes.size() && at < kSizesMax) {
      sizes.emplace_back(size[i], 0);
    } else if (at == sizes.size()) {
      const auto distance = [&](const auto& known) { return std::abs(known.first - size[i]); };
      const auto nearest = std::ranges::min_element(sizes, {}, distance);
      at = static_cast<std::size_t>(nearest - sizes.begin());
    }
    ++sizes[at].second;
  }
}

}  // namespace tickeng
