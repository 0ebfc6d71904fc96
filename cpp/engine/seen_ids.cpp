#include "tickeng/engine/seen_ids.hpp"

#include <span>

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

/// Where the id is, or the empty slot where it would be.
std::size_t SeenIds::slot_of(std::int64_t id) const noexcept {
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = mix(static_cast<std::uint64_t>(id)) & mask;
  while (table_[slot] != 0 && ring_[table_[slot] - 1].id != id) slot = (slot + 1) & mask;
  return slot;
}

const SeenIds::Entry* SeenIds::find(std::int64_t id) const noexcept {
  if (table_.empty()) return nullptr;
  const std::uint32_t at = table_[slot_of(id)];
  return at != 0 ? &ring_[at - 1] : nullptr;
}

void SeenIds::add(const Entry& entry) {
  if (ring_.size() < kMost) {
    if (2 * (ring_.size() + 1) > table_.size()) grow();
    ring_.push_back(entry);
    insert(ring_.size() - 1);
    return;
  }
  erase(ring_[oldest_].id);
  ring_[oldest_] = entry;
  insert(oldest_);
  oldest_ = (oldest_ + 1) % kMost;
}

void SeenIds::insert(std::size_t index) noexcept {
  table_[slot_of(ring_[index].id)] = static_cast<std::uint32_t>(index + 1);
}

/// What stands behind the gap moves up where it may, so that searches need no tombstones.
void SeenIds::erase(std::int64_t id) noexcept {
  const std::size_t mask = table_.size() - 1;
  std::size_t gap = slot_of(id);
  for (std::size_t slot = (gap + 1) & mask; table_[slot] != 0; slot = (slot + 1) & mask) {
    const std::size_t home = mix(static_cast<std::uint64_t>(ring_[table_[slot] - 1].id)) & mask;
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;  // its home lies behind the gap
    table_[gap] = table_[slot];
    gap = slot;
  }
  table_[gap] = 0;
}

void SeenIds::grow() {
  const std::size_t slots = table_.empty() ? kLeast : 2 * table_.size();
  ring_.reserve(slots / 2);
  std::vector<std::uint32_t> wider(slots);
  table_.swap(wider);
  for (std::size_t i = 0; i < ring_.size(); ++i) insert(i);
}

void SeenIds::save(ByteWriter& out) const {
  std::vector<std::int64_t> steps;
  std::vector<double> price, qty;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    const Entry& entry = ring_[(oldest_ + i) % ring_.size()];
    const auto id = static_cast<std::uint64_t>(entry.id);
    steps.push_back(static_cast<std::int64_t>(id - before));
    price.push_back(entry.price);
    qty.push_back(entry.qty);
    before = id;
  }
  out.array(std::span<const std::int64_t>(steps));
  out.array(std::span<const double>(price));
  out.array(std::span<const double>(qty));
}

void SeenIds::load(ByteReader& in) {
  *this = {};
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
