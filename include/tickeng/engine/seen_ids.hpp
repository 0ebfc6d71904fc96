// The last million ids of a symbol, exactly, each with the price and quantity that it came with.
//
// A ring holds them in the order they came, a table of open addresses finds them. Both grow with
// what was seen: the ring in chunks, the table by doubling, and then each new id moves a few of the
// old ones over, so that no tick pays for all. From kMost ids on the oldest leaves for each new one
// and nothing is allocated. Trap: slots of a table hold a ring index + 1, 0 is an empty one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
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

  SeenIds() = default;
  SeenIds(SeenIds&&) noexcept = default;
  SeenIds& operator=(SeenIds&&) noexcept = default;
  /// Adds the other's one by one, so that a copy has its own tables.
  SeenIds(const SeenIds& other);
  SeenIds& operator=(const SeenIds&) = delete;

  /// Null where the id has not been seen, or too long ago.
  [[nodiscard]] const Entry* find(std::int64_t id) const noexcept;
  /// Precondition: find(entry.id) is null.
  void add(const Entry& entry);
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Columns, oldest first, ids as differences: those of a feed are small numbers.
  void save(ByteWriter& out) const;
  void load(ByteReader& in);
  static void skip(ByteReader& in);

 private:
  static constexpr std::size_t kChunk = 1 << 10;

  /// Slots by the hash of an id; the system gives their pages, zero, when they are first touched.
  struct Table {
    struct Free {
      void operator()(std::uint32_t* memory) const noexcept { std::free(memory); }
    };
    std::unique_ptr<std::uint32_t[], Free> slots;
    std::size_t size = 0;  // a power of two, at most half of it in use

    Table() = default;
    explicit Table(std::size_t count);
  };

  [[nodiscard]] Entry& entry(std::size_t index) const noexcept {
    return (*ring_[index / kChunk])[index % kChunk];
  }
  [[nodiscard]] std::size_t slot_of(const Table& table, std::int64_t id) const noexcept;
  void insert(std::size_t index) noexcept;
  void erase(std::int64_t id) noexcept;
  void grow();
  void move_some(std::size_t most) noexcept;

  std::vector<std::unique_ptr<std::array<Entry, kChunk>>> ring_;
  std::size_t size_ = 0;
  std::size_t oldest_ = 0;  // 0 until the ring is full
  Table table_, before_;    // of the latter, entries [moved_, moving_) are not moved yet
  std::size_t moved_ = 0, moving_ = 0;
};

}  // namespace tickeng
