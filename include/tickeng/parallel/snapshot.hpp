// A consistent cut through a feed that goes on: a marker travels through every worker's ring, and
// each worker saves its symbols when it meets the marker. Events submitted before it are in the
// state, later ones are not, and nobody waits for anybody.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tickeng/engine/leader_feed.hpp"
#include "tickeng/engine/symbol_feeds.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

class Snapshot {
 public:
  /// What only the submitting side knows of a symbol: the worker takes it over before it saves.
  struct Change {
    SymbolId code;
    const std::string* name;
    std::array<std::uint64_t, kClocks> dropped;
    bool book_lost;                      ///< the newest of its books or messages among them
    std::unique_ptr<LeaderFeed> leader;  // null: it has none of its own
  };
  struct Section {
    SymbolId code;
    std::string name, bytes;
  };
  struct Part {
    std::vector<Change> changes;    ///< written before the marker is sent
    std::vector<Section> sections;  ///< written by the worker
  };

  Snapshot(std::size_t workers, std::uint32_t flags, TimeNs now_ns,
           std::vector<std::uint32_t> symbol_flags, LeaderFeed leader,
           std::vector<std::string> names, std::vector<LeaderFeed> named)
      : parts_(workers), flags_(flags), now_ns_(now_ns), symbol_flags_(std::move(symbol_flags)),
        leader_(std::move(leader)), names_(std::move(names)), named_(std::move(named)),
        missing_(workers) {}

  [[nodiscard]] Part& part(std::size_t worker) noexcept { return parts_[worker]; }
  /// Symbols known when the marker was sent have codes below this.
  [[nodiscard]] std::size_t symbols() const noexcept { return symbol_flags_.size(); }
  /// Those of a symbol when the marker was sent: a flag acts ahead of the ring, so that by now the
  /// worker may have later ones.
  [[nodiscard]] std::uint32_t flags(SymbolId code) const noexcept { return symbol_flags_[code]; }
  /// A worker has written its sections. acq_rel: whoever sees 0 sees the sections of all.
  void reached() noexcept { missing_.fetch_sub(1, std::memory_order_acq_rel); }
  /// For anybody. acquire: see reached().
  [[nodiscard]] bool ready() const noexcept {
    return missing_.load(std::memory_order_acquire) == 0;
  }
  /// The state at the cut, as Engine::save() writes it; only once it is ready.
  [[nodiscard]] std::string state();

 private:
  std::vector<Part> parts_;
  std::uint32_t flags_;
  TimeNs now_ns_;
  std::vector<std::uint32_t> symbol_flags_;  // by code
  LeaderFeed leader_;
  std::vector<std::string> names_;  // of the pipeline's leaders
  std::vector<LeaderFeed> named_;
  std::atomic<std::size_t> missing_;
};

}  // namespace tickeng
