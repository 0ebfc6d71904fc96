// Saved state of an engine taken apart by symbol and put together again, without a pipeline.
// docs/checkpoint.md shows the layout of every format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/base/bytes.hpp"
#include "tickeng/engine/counters.hpp"
#include "tickeng/engine/leader_feed.hpp"
#include "tickeng/engine/symbol_feeds.hpp"

namespace tickeng {

struct StateParts {
  struct Symbol {
    std::string_view name, section;  ///< into the bytes
    Counters counters;
    SymbolFeeds feeds;
    std::uint32_t flags = 0;
    std::unique_ptr<LeaderFeed> leader;  // null: the shared one
  };

  std::uint32_t format = 0, flags = 0;
  TimeNs now_ns = kNoTime;
  std::vector<Symbol> symbols;
  LeaderFeed leader;
  std::map<std::string, LeaderFeed, std::less<>> named;  ///< those that the pipeline named
};

/// Throws StateError for another format, DataError for damage; kernel states are not looked into.
[[nodiscard]] StateParts split_state(std::string_view bytes);

/// What stands behind the symbols: the leader that serves all, and those of these names.
void save_leaders(ByteWriter& out, LeaderFeed& shared, const std::vector<std::string>& names,
                  std::vector<LeaderFeed>& named);

/// What stands before the symbols.
void save_head(ByteWriter& out, std::uint32_t flags, TimeNs now_ns, std::size_t symbols);

}  // namespace tickeng
