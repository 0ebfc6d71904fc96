// Why an event, or a row of a file, was rejected: one list for readers and engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tickeng {

/// Fields, ids and lines are for readers, which see text.
enum class RejectReason : std::uint8_t {
  kPrice,
  kQty,
  kTimestamp,
  kSide,
  kFields,
  kId,
  kLine,
  kJump,
};
inline constexpr std::array<std::string_view, 8> kRejectReasonNames = {
    "bad_price",  "bad_qty", "bad_timestamp", "bad_side",
    "bad_fields", "bad_id",  "bad_line",      "jump"};

using RejectCounts = std::array<std::uint64_t, kRejectReasonNames.size()>;  // by RejectReason

/// All names with a blank behind each, for bindings.
[[nodiscard]] inline std::string reject_reason_names() {
  std::string names;
  for (const std::string_view name : kRejectReasonNames) (names += name) += ' ';
  return names;
}

}  // namespace tickeng
