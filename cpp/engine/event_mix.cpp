#include "tickeng/engine/event_mix.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tickeng {
namespace {

constexpr std::size_t kTrades = index_of(Clock::kTrade), kQuotes = index_of(Clock::kQuote);

}  // namespace

void EventMix::share_out(const EventColumns& events, const EventRun& run,
                         const std::array<std::size_t, kClocks>& end, std::size_t names) {
  for (Kind& kind : kinds) {
    for (const SymbolId symbol : symbols) kind.of[symbol] = {};
    kind.of.resize(names);
  }
  symbols.clear();
  const auto is_taken = [&](std::size_t c, std::size_t row) {
    return c != kTrades || run.status[c][row] == static_cast<std::uint8_t>(Status::kOk);
  };
  const auto is_new = [&](SymbolId symbol) {
    return std::ranges::all_of(kinds, [&](const Kind& kind) { return kind.of[symbol].end == 0; });
  };
  for (std::size_t c = 0; c < kClocks; ++c) {
    for (std::size_t i = run.next[c]; i < end[c]; ++i) {
      if (!is_taken(c, i)) continue;
      const SymbolId symbol = events.symbol(static_cast<Clock>(c), i);
      std::size_t& rows = kinds[c].of[symbol].end;
      if (rows == 0 && is_new(symbol)) symbols.push_back(symbol);
      ++rows;
    }
  }
  for (std::size_t c = 0; c < kClocks; ++c) {
    Kind& kind = kinds[c];
    std::size_t at = 0;
    for (const SymbolId symbol : symbols) {
      Slots& slots = kind.of[symbol];
      at += std::exchange(slots.end, at);
      slots.begin = slots.end;
    }
    kind.open(at);
    const TimeNs* const ts_ns = events.orders()[c];
    TimeNs latest_ns = kNoTime;
    for (std::size_t i = run.next[c]; i < end[c]; ++i) {
      latest_ns = std::max(latest_ns, ts_ns[i]);
      if (!is_taken(c, i)) continue;
      const std::size_t slot = kind.of[events.symbol(static_cast<Clock>(c), i)].end++;
      kind.row[slot] = i;
      kind.order_ns[slot] = latest_ns;
    }
  }
}

void EventMix::gather(const EventColumns& events, const EventRun& run, const SymbolBatch& admitted,
                      std::size_t leaders) {
  const auto take = [](auto& to, const std::vector<std::size_t>& rows, const auto* from) {
    to.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) to[i] = from[rows[i]];
  };
  const std::vector<std::size_t>&trades = kinds[kTrades].row, &quotes = kinds[kQuotes].row;
  if (!trades.empty()) {
    take(trade_ns, trades, admitted.admitted_ns.data() - run.next[kTrades]);
    take(leader, trades, admitted.seen.data() - run.next[kTrades]);
  }
  named.resize(trades.size() * leaders);
  for (std::size_t i = 0; i < trades.size(); ++i) {
    const std::size_t from = (trades[i] - run.next[kTrades]) * leaders;
    std::copy_n(admitted.named_seen.data() + from, leaders, named.data() + i * leaders);
  }
  take(price, trades, events.trades.price);
  take(qty, trades, events.trades.qty);
  take(side, trades, events.trades.side);
  take(quote_ns, quotes, events.quotes.ts_ns);
  take(bid, quotes, events.quotes.bid);
  take(bid_qty, quotes, events.quotes.bid_qty);
  take(ask, quotes, events.quotes.ask);
  take(ask_qty, quotes, events.quotes.ask_qty);
  columns = events;
  columns.trades = {.ts_ns = trade_ns.data(),
                    .price = price.data(),
                    .qty = qty.data(),
                    .side = side.data(),
                    .leader = leader.data(),
                    .named = leaders > 0 ? named.data() : nullptr,
                    .inferred = events.trades.inferred != nullptr ? side.data() : nullptr};
  columns.quotes = {.ts_ns = quote_ns.data(),
                    .bid = bid.data(),
                    .bid_qty = bid_qty.data(),
                    .ask = ask.data(),
                    .ask_qty = ask_qty.data()};
  columns.books.row = columns.depth.row = kinds[index_of(Clock::kBook)].row.data();
  columns.bars.row = kinds[index_of(Clock::kBar)].row.data();
  columns.fills.row = kinds[index_of(Clock::kOwn)].row.data();
}

std::array<std::size_t, kClocks> EventMix::begin(SymbolId symbol) const noexcept {
  std::array<std::size_t, kClocks> all{};
  for (std::size_t c = 0; c < kClocks; ++c) all[c] = kinds[c].of[symbol].begin;
  return all;
}

std::array<std::size_t, kClocks> EventMix::end(SymbolId symbol) const noexcept {
  std::array<std::size_t, kClocks> all{};
  for (std::size_t c = 0; c < kClocks; ++c) all[c] = kinds[c].of[symbol].end;
  return all;
}

std::array<const TimeNs*, kClocks> EventMix::order_ns() const noexcept {
  std::array<const TimeNs*, kClocks> all{};
  for (std::size_t c = 0; c < kClocks; ++c) all[c] = kinds[c].order_ns.data();
  return all;
}

void EventMix::open_workers(std::size_t count, const Pipeline& pipeline,
                            const EngineOptions& options, std::span<const BarSink> like) {
  while (workers.size() < count) workers.push_back(std::make_unique<Worker>(pipeline, options));
  for (const auto& worker : workers) {
    worker->time = options.time;
    worker->refused = {};
    worker->made.assign(like.size(), {});
    worker->bars.clear();
    for (const BarSink& sink : like) {
      worker->bars.push_back({.clock = sink.clock, .slots = sink.slots});
    }
  }
}

void EventMix::Worker::name_bars(const EventMix& mix) {
  if (std::ranges::all_of(bars, [](const BarSink& sink) { return sink.event.empty(); })) return;
  const MergedBatch& batch = runner.batch();
  at.resize(batch.rows.events);
  for (std::size_t i = 0; i < batch.trades; ++i) {
    at[batch.rows.event[kTrades][i]] = mix.at(Clock::kTrade, batch.first[kTrades] + i);
  }
  for (std::size_t c = kTrades + 1; c < kClocks; ++c) {
    const auto& event_of = batch.event_of[c];
    for (std::size_t i = 0; i < event_of.size(); ++i) {
      if (event_of[i] == MergedBatch::kNone) continue;
      at[event_of[i]] = mix.at(static_cast<Clock>(c), batch.first[c] + i);
    }
  }
  for (std::size_t s = 0; s < bars.size(); ++s) {
    for (const std::uint32_t event : bars[s].event) made[s].push_back(at[event]);
    bars[s].event.clear();
  }
}

void EventMix::write_bars(std::span<BarSink> bars) {
  for (std::size_t s = 0; s < bars.size(); ++s) {
    std::vector<std::tuple<At, const BarSink*, std::size_t>> rows;
    for (const auto& worker : workers) {
      for (std::size_t i = 0; i < worker->made[s].size(); ++i) {
        rows.emplace_back(worker->made[s][i], &worker->bars[s], i);
      }
    }
    // The rows that one event has completed are of one symbol, and so of one worker, in order.
    std::ranges::sort(rows);
    for (const auto& [at, from, i] : rows) {
      bars[s].ts_ns.push_back(from->ts_ns[i]);
      bars[s].symbol.push_back(from->symbol[i]);
      for (std::size_t c = 0; c < bars[s].columns.size(); ++c) {
        bars[s].columns[c].push_back(from->columns[c][i]);
      }
    }
  }
}

}  // namespace tickeng
