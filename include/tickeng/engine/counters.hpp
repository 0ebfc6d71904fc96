// What became of every tick: in = processed + duplicate + late + rejected + dropped + held,
// exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tickeng/event/reject.hpp"

namespace tickeng {

enum class Status : std::uint8_t { kOk = 0, kLate = 1, kDuplicate = 2, kRejected = 3 };

struct Counters {
  std::uint64_t in = 0, processed = 0, duplicate = 0, late = 0, rejected = 0, dropped = 0, held = 0;
  std::uint64_t conflicts = 0;  ///< of the duplicates: those with another price or quantity
  RejectCounts reasons{};

  void reject(RejectReason why, std::uint64_t n = 1) noexcept {
    in += n;
    rejected += n;
    reasons[static_cast<std::size_t>(why)] += n;
  }
  /// What `in` must be.
  [[nodiscard]] std::uint64_t ended() const noexcept {
    return processed + duplicate + late + rejected + dropped + held;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("in", in);
    v.number("processed", processed);
    v.number("duplicate", duplicate);
    v.number("late", late);
    v.number("rejected", rejected);
    v.number("dropped", dropped);
    v.number("held", held);
    v.grown("reasons", std::span<std::uint64_t>(reasons));
  }
};

}  // namespace tickeng
