// Local time to UTC by the periods of one time zone.
// A local hour that comes twice, when clocks go back, is read as the first one until the times step
// back by more than a minute (less is disorder between feeds), then as the second one. A local
// time that clocks passed over does not exist and is refused.
// Trap: the state is part of the reading: rows that are passed over must move it, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace tickeng::io {

class LocalZone {
 public:
  /// From `utc_s` on, local time is UTC plus `offset_s`; the first period has no beginning.
  struct Period {
    std::int64_t utc_s;
    std::int64_t offset_s;
  };

  LocalZone() = default;
  /// Throws std::invalid_argument unless the periods rise in UTC and in local time.
  explicit LocalZone(const std::vector<Period>& periods);

  [[nodiscard]] bool used() const noexcept { return !periods_.empty(); }
  /// False where the local time does not exist.
  [[nodiscard]] bool to_utc(std::int64_t local_ns, std::int64_t& ns) noexcept {
    if (local_ns < plain_from_ || local_ns >= plain_to_) return look_up(local_ns, ns);
    last_ = local_ns;
    ns = local_ns - offset_;
    return true;
  }

 private:
  struct Span {
    std::int64_t utc_ns;
    std::int64_t offset_ns;
  };
  [[nodiscard]] bool look_up(std::int64_t local_ns, std::int64_t& ns) noexcept;
  void remember_plain_range(std::size_t at) noexcept;

  std::vector<Span> periods_;
  std::size_t period_ = 0;  // of the last time
  std::int64_t last_ = std::numeric_limits<std::int64_t>::min() / 2;
  // Local times in [from, to) belong to period_ alone.
  std::int64_t plain_from_ = 0;
  std::int64_t plain_to_ = 0;
  std::int64_t offset_ = 0;
};

}  // namespace tickeng::io
