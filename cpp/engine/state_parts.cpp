#include "tickeng/engine/state_parts.hpp"

#include <string>
#include <unordered_set>

#include "tickeng/base/error.hpp"
#include "tickeng/engine/graph.hpp"

namespace tickeng {
namespace {

constexpr std::uint32_t kFormat = 1;

StateParts::Symbol next_symbol(ByteReader& in) {
  StateParts::Symbol symbol;
  symbol.name = in.text();
  const std::string_view from = in.left();
  StateLoader v(in);
  BaseSeries base;
  v.part(base);
  (void)in.array<double>();
  v.part(symbol.counters);
  (void)in.number<TimeNs>();
  (void)in.number<std::int64_t>();
  symbol.flags = in.number<std::uint32_t>();
  if (in.number<std::uint8_t>() != 0) {
    symbol.leader = std::make_unique<LeaderFeed>();
    symbol.leader->load(in);
  }
  if (in.number<std::uint8_t>() != 0) (void)NamedStates(in);
  symbol.section = from.substr(0, from.size() - in.left().size());
  return symbol;
}

}  // namespace

StateParts split_state(std::string_view bytes) {
  ByteReader in(bytes);
  const auto format = in.number<std::uint32_t>();
  if (format != kFormat) {
    throw StateError("saved state has format " + std::to_string(format) + ", this build reads " +
                     std::to_string(kFormat));
  }
  StateParts parts;
  parts.flags = in.number<std::uint32_t>();
  const auto count = in.number<std::uint32_t>();
  std::unordered_set<std::string_view> seen;
  for (std::uint32_t i = 0; i < count; ++i) {
    parts.symbols.push_back(next_symbol(in));
    if (!seen.insert(parts.symbols.back().name).second) {
      throw DataError("saved state: a symbol stands twice");
    }
  }
  parts.leader.load(in);
  if (!in.done()) throw DataError("saved state has bytes left over");
  return parts;
}

void save_head(ByteWriter& out, std::uint32_t flags, std::size_t symbols) {
  out.number(kFormat);
  out.number(flags);
  out.number(static_cast<std::uint32_t>(symbols));
}

}  // namespace tickeng
