// Saved state of an engine; state_parts.hpp shows the layout.
#include "tickeng/base/error.hpp"
#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/state_parts.hpp"

namespace tickeng {

std::string Engine::save() {
  ByteWriter out;
  save_head(out, flags_, now_ns_, states_.size());
  for (std::size_t i = 0; i < states_.size(); ++i) {
    out.text(names_[i]);
    save_state_of(states_[i], states_[i].flags, out);
  }
  std::vector<LeaderFeed> none;
  save_leaders(out, leader_, leaders(), named_ ? named_->feeds() : none);
  return std::move(out).take();
}

std::string Engine::save_symbol(SymbolId symbol, std::uint32_t flags) {
  ByteWriter out;
  save_state_of(states_[symbol], flags, out);
  return std::move(out).take();
}

void Engine::save_state_of(SymbolState& state, std::uint32_t flags, ByteWriter& out) {
  StateSaver v(out);
  v.part(state.base);
  v.part(state.counters);
  state.clock.state(v, state.counters.processed);
  out.number(state.counters.conflicts);
  (state.ids ? *state.ids : SeenIds{}).save(out);
  out.number(flags);
  out.number<std::uint8_t>(state.leader ? 1 : 0);
  if (state.leader) state.leader->save(out);
  state.feeds.save(out);
  out.number<std::uint8_t>(state.graph ? 1 : 0);
  if (!state.graph) return;
  state.graph->save(state.row.data(), out);
  state.graph->save_edges(state.row.data(), out);
}

void Engine::load(std::string_view bytes, std::span<const std::string> cold) {
  const StateParts parts = split_state(bytes);
  Engine fresh(pipeline_, options_);
  fresh.flags_ = parts.flags;
  for (const auto& symbol : parts.symbols) {
    (void)fresh.load_symbol(symbol.name, symbol.section, parts.format, cold);
  }
  fresh.leader_ = parts.leader;
  for (std::size_t l = 0; l < leaders().size(); ++l) {
    const auto saved = parts.named.find(leaders()[l]);
    if (saved != parts.named.end()) fresh.named_->feeds()[l] = saved->second;
  }
  names_.swap(fresh.names_);
  ids_.swap(fresh.ids_);
  states_.swap(fresh.states_);
  named_.swap(fresh.named_);  // their graphs read it
  leader_ = std::move(fresh.leader_);
  flags_ = fresh.flags_;
  now_ns_ = parts.now_ns;
}

SymbolId Engine::load_symbol(std::string_view name, std::string_view section, std::uint32_t format,
                             std::span<const std::string> cold) {
  ByteReader in(section);
  const SymbolId known = find(name);
  const SymbolId symbol = known != kShared ? known : add_symbol(name);
  load_state_of(states_[symbol], in, format, cold);
  return symbol;
}

void Engine::load_state_of(SymbolState& state, ByteReader& in, std::uint32_t format,
                           std::span<const std::string> cold) {
  StateLoader v(in);
  v.part(state.base);
  std::vector<double> row;
  if (format < 3) row = in.array<double>();
  v.part(state.counters);
  auto ids = std::make_unique<SeenIds>();
  if (format == 1) {
    state.clock.restore(in.number<TimeNs>());
    const auto last_id = in.number<std::int64_t>();
    if (last_id != kNoId) ids->add({last_id, kNaN, kNaN});
  } else {
    state.clock.state(v, state.counters.processed);
    state.counters.conflicts = in.number<std::uint64_t>();
    ids->load(in);
  }
  if (options_.dedupe_id && ids->size() > 0) state.ids = std::move(ids);
  state.flags = in.number<std::uint32_t>();
  if (in.number<std::uint8_t>() != 0) {
    state.leader = std::make_unique<LeaderFeed>();
    state.leader->load(in, format);
  }
  if (format > 3) state.feeds.load(in, format, options_.snapshot_depth);
  if (in.number<std::uint8_t>() == 0) return;
  state.graph.reset();
  state.make_room(*pipeline_, 1);
  state.loaded_at = state.base.count();
  const ColdStart start{cold, state.base.count()};
  state.graph->load(NamedStates(in, format, std::move(row), state.rows(), start), state.row.data());
  if (format > 3) state.graph->load_edges(in, state.row.data());
  state.graph->expire(Clock::kQuote, state.feeds.quotes_until_ns());
  state.graph->expire(Clock::kBook, state.feeds.books_until_ns());
}

}  // namespace tickeng
