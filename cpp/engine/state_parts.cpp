#include "tickeng/engine/state_parts.hpp"

#include <string>
#include <unordered_set>

#include "tickeng/base/error.hpp"
#include "tickeng/engine/seen_ids.hpp"
#include "tickeng/graph/graph.hpp"

namespace tickeng {
namespace {

constexpr std::uint32_t kFormat = 8;

StateParts::Symbol next_symbol(ByteReader& in, std::uint32_t format) {
  StateParts::Symbol symbol;
  symbol.name = in.text();
  const std::string_view from = in.left();
  StateLoader v(in);
  BaseSeries base;
  v.part(base);
  if (format < 3) (void)in.array<double>();
  v.part(symbol.counters);
  (void)in.number<TimeNs>();
  (void)in.number<std::int64_t>();
  if (format > 1) {
    (void)in.number<std::uint64_t>();
    SeenIds::skip(in);
  }
  symbol.flags = in.number<std::uint32_t>();
  if (in.number<std::uint8_t>() != 0) {
    symbol.leader = std::make_unique<LeaderFeed>();
    symbol.leader->load(in, format);
  }
  if (format > 3) symbol.feeds.load(in, format, 0);
  if (in.number<std::uint8_t>() != 0) {
    (void)NamedStates(in, format);
    if (format > 3) Graph::skip_edges(in);
  }
  symbol.section = from.substr(0, from.size() - in.left().size());
  return symbol;
}

}  // namespace

StateParts split_state(std::string_view bytes) {
  ByteReader in(bytes);
  StateParts parts;
  parts.format = in.number<std::uint32_t>();
  if (parts.format == 0 || parts.format > kFormat) {
    throw StateError("saved state has format " + std::to_string(parts.format) +
                     ", this build reads those up to " + std::to_string(kFormat));
  }
  parts.flags = in.number<std::uint32_t>();
  if (parts.format > 1) parts.now_ns = in.number<TimeNs>();
  const auto count = in.number<std::uint32_t>();
  std::unordered_set<std::string_view> seen;
  for (std::uint32_t i = 0; i < count; ++i) {
    parts.symbols.push_back(next_symbol(in, parts.format));
    if (!seen.insert(parts.symbols.back().name).second) {
      throw DataError("saved state: a symbol stands twice");
    }
  }
  parts.leader.load(in, parts.format);
  const auto named = parts.format > 5 ? in.number<std::uint32_t>() : 0;
  for (std::uint32_t i = 0; i < named; ++i) {
    const std::string_view name = in.text();
    if (!parts.named.try_emplace(std::string(name)).second) {
      throw DataError("saved state: a leader stands twice");
    }
    parts.named.find(name)->second.load(in, parts.format);
  }
  if (!in.done()) throw DataError("saved state has bytes left over");
  return parts;
}

void save_leaders(ByteWriter& out, LeaderFeed& shared, const std::vector<std::string>& names,
                  std::vector<LeaderFeed>& named) {
  shared.save(out);
  out.number(static_cast<std::uint32_t>(names.size()));
  for (std::size_t l = 0; l < names.size(); ++l) {
    out.text(names[l]);
    named[l].save(out);
  }
}

void save_head(ByteWriter& out, std::uint32_t flags, TimeNs now_ns, std::size_t symbols) {
  out.number(kFormat);
  out.number(flags);
  out.number(now_ns);
  out.number(static_cast<std::uint32_t>(symbols));
}

}  // namespace tickeng
