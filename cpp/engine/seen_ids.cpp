#include "tickeng/engine/seen_ids.hpp"

#include <new>
#include <span>
#include <utility>

#include "tickeng/base/error.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kLeast = 128;  // slots of the first table

/// Every bit of the id moves every bit of its slot: ids may be counters, times or hashes.
std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

SeenIds::Table::Table(std::size_t count)
    : slots(static_cast<std::uint32_t*>(std::calloc(count, sizeof(std::uint32_t)))), size(count) {
  if (!slots) throw std::bad_alloc();
}

SeenIds::SeenIds(const SeenIds& other) {
  for (std::size_t i = 0; i < other.size_; ++i) add(other.entry((other.oldest_ + i) % other.size_));
}

/// Where the id is, or the empty slot where it would be.
std::size_t SeenIds::slot_of(const Table& table, std::int64_t id) const noexcept {
  const std::size_t mask = table.size - 1;
  std::size_t slot = mix(static_cast<std::uint64_t>(id)) & mask;
  while (table.slots[slot] != 0 && entry(table.slots[slot] - 1).id != id) slot = (slot + 1) & mask;
  return slot;
}

const SeenIds::Entry* SeenIds::find(std::int64_t id) const noexcept {
  if (size_ == 0) return nullptr;
  std::uint32_t at = table_.slots[slot_of(table_, id)];
  if (at == 0 && moved_ < moving_) at = before_.slots[slot_of(before_, id)];
  return at != 0 ? &entry(at - 1) : nullptr;
}

void SeenIds::add(const Entry& seen) {
  if (size_ == kMost) {
    erase(entry(oldest_).id);
    entry(oldest_) = seen;
    insert(oldest_);
    oldest_ = (oldest_ + 1) % kMost;
    return;
  }
  if (size_ == ring_.size() * kChunk)
    ring_.push_back(std::make_unique<std::array<Entry, kChunk>>());
  if (2 * (size_ + 1) > table_.size) grow();
  entry(size_) = seen;
  insert(size_++);
  move_some(4);
}

void SeenIds::insert(std::size_t index) noexcept {
  table_.slots[slot_of(table_, entry(index).id)] = static_cast<std::uint32_t>(index + 1);
}

/// What stands behind the gap moves up where it may, so that searches need no tombstones. By the
/// time ids leave, all are in one table.
void SeenIds::erase(std::int64_t id) noexcept {
  const std::size_t mask = table_.size - 1;
  std::size_t gap = slot_of(table_, id);
  for (std::size_t slot = (gap + 1) & mask; table_.slots[slot] != 0; slot = (slot + 1) & mask) {
    const std::int64_t other = entry(table_.slots[slot] - 1).id;
    const std::size_t home = mix(static_cast<std::uint64_t>(other)) & mask;
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;  // its home lies behind the gap
    table_.slots[gap] = table_.slots[slot];
    gap = slot;
  }
  table_.slots[gap] = 0;
}

/// As many ids fit in before the next time as there are to move, and each moves four.
void SeenIds::grow() {
  Table wider(table_.size == 0 ? kLeast : 2 * table_.size);
  before_ = std::exchange(table_, std::move(wider));
  moved_ = 0;
  moving_ = size_;
}

void SeenIds::move_some(std::size_t most) noexcept {
  for (; most > 0 && moved_ < moving_; --most) insert(moved_++);
  if (moved_ == moving_ && before_.size > 0) before_ = {};
}

void SeenIds::save(ByteWriter& out) const {
  std::vector<std::int64_t> steps;
  std::vector<double> price, qty;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const Entry& seen = entry((oldest_ + i) % size_);
    const auto id = static_cast<std::uint64_t>(seen.id);
    steps.push_back(static_cast<std::int64_t>(id - before));
    price.push_back(seen.price);
    qty.push_back(seen.qty);
    before = id;
  }
  out.array(std::span<const std::int64_t>(steps));
  out.array(std::span<const double>(price));
  out.array(std::span<const double>(qty));
}

void SeenIds::load(ByteReader& in) {
  *this = SeenIds();
  const auto steps = in.array<std::int64_t>();
  const auto price = in.array<double>(), qty = in.array<double>();
  const std::size_t n = steps.size();
  if (n > kMost || price.size() != n || qty.size() != n) throw DataError("saved state: bad ids");
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < n; ++i) {
    id += static_cast<std::uint64_t>(steps[i]);
    if (find(static_cast<std::int64_t>(id)) != nullptr) throw DataError("saved state: bad ids");
    add({static_cast<std::int64_t>(id), price[i], qty[i]});
  }
}

void SeenIds::skip(ByteReader& in) {
  in.skip_array<std::int64_t>();
  in.skip_array<double>();
  in.skip_array<double>();
}

}  // namespace tickeng
