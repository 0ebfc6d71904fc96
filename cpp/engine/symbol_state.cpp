#include "tickeng/engine/symbol_state.hpp"

#include <new>

namespace tickeng {

[[gnu::noinline]] void SymbolState::make_room(const Pipeline& pipeline, std::uint64_t n) {
  try {
    if (!graph) {
      graph = pipeline.make_graph(true);
      graph->write_bars_to(bars);
      graph->lead_by(named);
    }
    const std::uint64_t seen = rows();
    const std::uint64_t needed = n > UINT64_MAX - seen ? UINT64_MAX : seen + n;
    left = graph->grow(needed) - seen;
  } catch (const std::bad_alloc&) {
    forget(pipeline);
    throw;
  }
}

void SymbolState::write_bars_to(std::span<BarSink> sinks) noexcept {
  bars = sinks;
  if (graph) graph->write_bars_to(sinks);
}

void SymbolState::restart(const Pipeline& pipeline) noexcept {
  if (graph) graph->reset();
  base.reset();
  loaded_at = 0;
  row = pipeline.initial();  // no allocation: the size stays
  clock = {};
  ids.reset();
  feeds.restart();
}

void SymbolState::forget(const Pipeline& pipeline) noexcept {
  graph.reset();
  left = 0;
  restart(pipeline);
}

}  // namespace tickeng
