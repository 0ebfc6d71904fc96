// Local time to UTC; the rules are in the header.
#include "tickeng/io/local_zone.hpp"

#include <algorithm>
#include <stdexcept>

namespace tickeng::io {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDisorderNs = 60 * kSecondNs;
constexpr std::int64_t kFarS = 8'000'000'000;  // times of 1716..2223, which int64 ns hold
constexpr std::int64_t kFarNs = kFarS * kSecondNs;

}  // namespace

LocalZone::LocalZone(const std::vector<Period>& periods) {
  for (const auto& [utc_s, offset_s] : periods) {
    if (offset_s < -172'800 || offset_s > 172'800) {
      throw std::invalid_argument("an offset of a time zone is above two days");
    }
    const Span next{std::clamp(utc_s, -kFarS, kFarS) * kSecondNs, offset_s * kSecondNs};
    if (!periods_.empty()) {
      const Span& last = periods_.back();
      if (next.utc_ns <= last.utc_ns ||
          next.utc_ns + next.offset_ns <= last.utc_ns + last.offset_ns) {
        throw std::invalid_argument("the periods of a time zone must rise");
      }
    }
    periods_.push_back(next);
  }
}

bool LocalZone::look_up(std::int64_t local_ns, std::int64_t& ns) noexcept {
  // The last period that has begun by its own clock.
  const auto after = std::ranges::upper_bound(periods_, local_ns, {},
                                              [](const Span& p) { return p.utc_ns + p.offset_ns; });
  std::size_t at =
      after == periods_.begin() ? 0 : static_cast<std::size_t>(after - periods_.begin()) - 1;
  const bool gap =
      at + 1 < periods_.size() && local_ns - periods_[at].offset_ns >= periods_[at + 1].utc_ns;
  if (gap) return false;
  const bool twice = at > 0 && local_ns - periods_[at - 1].offset_ns < periods_[at].utc_ns;
  if (twice) {
    const bool second = period_ >= at || local_ns < last_ - kDisorderNs;
    if (!second) --at;
    plain_from_ = plain_to_ = 0;
  } else {
    remember_plain_range(at);
  }
  period_ = at;
  last_ = local_ns;
  ns = local_ns - periods_[at].offset_ns;
  return true;
}

void LocalZone::remember_plain_range(std::size_t at) noexcept {
  offset_ = periods_[at].offset_ns;
  plain_from_ = -kFarNs;
  plain_to_ = kFarNs;
  if (at > 0) {
    plain_from_ = periods_[at].utc_ns + std::max(offset_, periods_[at - 1].offset_ns);
  }
  if (at + 1 < periods_.size()) {
    plain_to_ = periods_[at + 1].utc_ns + std::min(offset_, periods_[at + 1].offset_ns);
  }
}

}  // namespace tickeng::io
