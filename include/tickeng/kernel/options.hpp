// Parameters that many kernels share, declared once. Spec: conventions 3, 4, 7.
#pragma once

#include "tickeng/kernel/spec.hpp"

namespace tickeng {

enum class Mode : int { kSpec = 0, kEngine = 1 };
enum class Warmup : int { kStrict = 0, kExpanding = 1 };

inline constexpr ParamSpec kModeParam{.name = "mode",
                                      .kind = ParamKind::kChoice,
                                      .low = 0,
                                      .high = 1,
                                      .choices = "spec|engine",
                                      .doc = "formulas as specified, or as in the original engine",
                                      .alias = "mode"};
inline constexpr ParamSpec kWarmupParam{
    .name = "warmup",
    .kind = ParamKind::kChoice,
    .low = 0,
    .high = 1,
    .choices = "strict|expanding",
    .doc = "NaN until windows are full, or values from the start",
    .alias = "warmup"};
inline constexpr ParamSpec kEpsParam{.name = "eps",
                                     .kind = ParamKind::kChoice,
                                     .low = 0,
                                     .high = 1,
                                     .choices = "absolute|relative",
                                     .doc = "z = dev/(sigma + 1e-8), or dev/(sigma + 1e-8 |mean|)",
                                     .alias = "eps"};

/// A window length in ticks.
[[nodiscard]] constexpr ParamSpec window_param(std::string_view name, double fallback,
                                               std::string_view doc, double low = 2) {
  return {.name = name,
          .kind = ParamKind::kInteger,
          .fallback = fallback,
          .low = low,
          .high = 1 << 24,
          .unit = "trades",
          .doc = doc};
}

/// A window length in values of whatever is read.
[[nodiscard]] constexpr ParamSpec rows_param(double fallback, double low, double high = 1 << 24) {
  return {.name = "window",
          .kind = ParamKind::kInteger,
          .fallback = fallback,
          .low = low,
          .high = high,
          .unit = "rows",
          .doc = "newest values taken in, the current one included"};
}

/// A window in rows or time.
[[nodiscard]] constexpr ParamSpec time_param(std::int64_t fallback_ns, std::string_view doc) {
  return {.name = "window",
          .kind = ParamKind::kWindow,
          .fallback = -static_cast<double>(fallback_ns),
          .low = 1,
          .high = 1 << 24,
          .unit = "rows or time",
          .doc = doc};
}

/// A time and nothing else.
[[nodiscard]] constexpr ParamSpec duration_param(std::string_view name, std::int64_t fallback_ns,
                                                 std::string_view doc) {
  return {.name = name,
          .kind = ParamKind::kDuration,
          .fallback = static_cast<double>(fallback_ns),
          .low = 1,
          .high = kLongestNs,
          .unit = "time",
          .doc = doc};
}

/// The name of something.
[[nodiscard]] constexpr ParamSpec text_param(std::string_view name, std::string_view doc) {
  return {.name = name,
          .kind = ParamKind::kText,
          .low = 0,
          .high = kLongestText,
          .unit = "bytes",
          .doc = doc};
}

/// Of kernels that read a leader: with a name they read that one (graph/led_node.hpp).
inline constexpr ParamSpec kLeaderParam = [] {
  ParamSpec p = text_param("leader", "which leader is read; empty: the one that serves the symbol");
  p.alias = "leader";
  return p;
}();

/// Of kernels that know local time; see Params::zone().
inline constexpr ParamSpec kZoneParam =
    text_param("zone", "whose local time counts, as America/New_York; empty: UTC");

inline constexpr ParamSpec kMaxRowsParam{
    .name = "max_rows",
    .kind = ParamKind::kInteger,
    .fallback = 1 << 20,
    .low = 1,
    .high = 1 << 24,
    .unit = "rows",
    .doc = "a window by time with more rows than these says nothing until they have left"};

inline constexpr ParamSpec kExclParam{.name = "excl",
                                      .kind = ParamKind::kBool,
                                      .low = 0,
                                      .high = 1,
                                      .doc = "leave the current row out"};

/// How often eps or rounding governed a z-score; of a kernel with several, the worst of each.
struct Health {
  std::uint64_t ticks = 0;      ///< ticks with a full window
  std::uint64_t dominated = 0;  ///< of these, ticks with eps above 1 % of sigma
  std::uint64_t still = 0;      ///< ticks on which sigma was within the rounding, so that z is 0
  std::uint64_t overflow = 0;   ///< ticks on which a window by time held more rows than it may
  std::uint64_t restarts = 0;   ///< of a builder that would have completed too many bars at once
};

/// Half an ulp of 1: what one operation rounds, relative to its result.
inline constexpr double kUnitRounding = 0x1p-53;

}  // namespace tickeng
