// The last million ids of a symbol, exactly, each with the price and quantity that it came with.
//
// A ring holds them in the order they came, a table of open addresses finds them. Both grow with
// what was seen, by doubling, up to kMost ids; from then on the oldest leaves for each new one and
// nothing is allocated. Trap: slots of the table hold a ring index + 1, 0 is an empty one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tickeng/base/bytes.hpp"

namespace tickeng {

class SeenIds {
 public:
  static constexpr std::size_t kMost = 1 << 20;
  struct Entry {
    std::int64_t id;
    double price, qty;
  };

  /// Null where the id has not been seen, or too long ago.
  [[nodiscard]] const Entry* find(std::int64_t id) const noexcept;
  /// Precondition: find(entry.id) is null.
  void add(const Entry& entry);
  [[nodiscard]] std::size_t size() const noexcept { return ring_.size(); }

  /// Columns, oldest first, ids as differences: those of a feed are small numbers.
  void save(ByteWriter& out) const;
  void load(ByteReader& in);
  static void skip(ByteReader& in);

 private:
  [[nodiscard]] std::size_t slot_of(std::int64_t id) const noexcept;
  void insert(std::size_t index) noexcept;
  void erase(std::int64_t id) noexcept;
  void grow();

  std::vector<Entry> ring_;
  std::size_t oldest_ = 0;            // 0 until the ring is full
  std::vector<std::uint32_t> table_;  // a power of two, at most half of it in use
};

}  // namespace tickeng
