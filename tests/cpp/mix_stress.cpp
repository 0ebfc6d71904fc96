// Events of five kinds of several symbols over threads, against one event after the other:
// pipelines x workers x rows of each clock, books as such and from messages, with a leader, bad
// rows, ties and columns whose stamps fall. Outputs, counts and saved state must be the same bits.
// ThreadSanitizer watches the same program (make threads).
//   mix_stress [events]
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "draw.hpp"
#include "tickeng/facade/engine.hpp"

namespace {

using namespace tickeng;

constexpr std::size_t kSymbols = 7;

struct Column {
  std::vector<TimeNs> ts_ns;
  std::vector<double> a, b, c, d;
  std::vector<std::int8_t> side;
  std::vector<SymbolId> symbol;

  Column(Draw& draw, std::size_t size) {
    TimeNs now = 1'600'000'000'000'000'000;
    for (std::size_t i = 0; i < size; ++i) {
      if (draw() < 0.7) now += static_cast<TimeNs>(draw() * 3e8);
      const double bid = 100.0 + std::floor(8 * draw());
      ts_ns.push_back(draw() < 0.01 ? now - 1'000'000'000 : now);
      a.push_back(draw() < 0.01 ? -1.0 : bid);
      b.push_back(1.0 + std::floor(9 * draw()));
      c.push_back(bid + (draw() < 0.05 ? 0.0 : 1.0));
      d.push_back(1.0 + std::floor(9 * draw()));
      side.push_back(draw() < 0.5 ? -1 : 1);
      symbol.push_back(static_cast<SymbolId>(draw() * kSymbols * 0.999));
    }
  }
};

struct Tape {
  std::vector<Column> kinds;
  // The books as messages of a level a side, without numbers.
  std::vector<std::size_t> begin;
  std::vector<std::uint8_t> snapshot;
  std::vector<std::uint32_t> bids;
  std::vector<double> price, qty;

  explicit Tape(std::size_t size) {
    Draw draw;
    for (const std::size_t share : {2u, 2u, 4u, 8u, 16u}) kinds.emplace_back(draw, size / share);
    const Column& b = kinds[2];
    for (std::size_t i = 0; i < b.ts_ns.size(); ++i) {
      begin.push_back(2 * i);
      snapshot.push_back(draw() < 0.1 ? 1 : 0);
      bids.push_back(1);
      price.insert(price.end(), {b.a[i], b.c[i]});
      qty.insert(qty.end(), {b.b[i], draw() < 0.5 ? 0.0 : b.d[i]});
    }
    begin.push_back(price.size());
  }
  [[nodiscard]] EventColumns columns(bool messages) const {
    const auto &t = kinds[0], &q = kinds[1], &b = kinds[2], &r = kinds[3], &f = kinds[4];
    EventColumns all;
    all.trades = {t.ts_ns.data(),  t.a.data(), t.b.data(),    t.side.data(),
                  t.symbol.data(), nullptr,    t.ts_ns.size()};
    all.quotes = {q.ts_ns.data(), q.a.data(),      q.b.data(),    q.c.data(),
                  q.d.data(),     q.symbol.data(), q.ts_ns.size()};
    all.books = {b.ts_ns.data(), b.a.data(),      b.b.data(),     b.c.data(),
                 b.d.data(),     b.symbol.data(), b.ts_ns.size(), 1};
    if (messages) {
      all.books = {};
      all.depth = {b.ts_ns.data(), snapshot.data(), nullptr,        nullptr,
                   nullptr,        begin.data(),    bids.data(),    price.data(),
                   qty.data(),     b.symbol.data(), snapshot.size()};
    }
    all.bars.ts_ns = r.ts_ns.data();
    all.bars.open = all.bars.low = r.a.data();
    all.bars.high = all.bars.close = r.c.data();
    all.bars.symbol = r.symbol.data();
    all.bars.size = r.ts_ns.size();
    all.fills = {f.ts_ns.data(), f.a.data(),      f.b.data(),
                 f.side.data(),  f.symbol.data(), f.ts_ns.size()};
    return all;
  }
};

struct Answers {
  std::vector<std::vector<double>> real;
  std::vector<std::vector<std::uint8_t>> flag, status;
  std::string state;
  RejectCounts refused{};
  BarSink bars{};

  [[nodiscard]] std::uint64_t hash() const {
    std::uint64_t h = 1469598103934665603u;
    const auto add = [&h](std::uint64_t x) { h = (h ^ x) * 1099511628211u; };
    for (const auto& column : real) {
      for (const double x : column) add(std::bit_cast<std::uint64_t>(x));
    }
    for (const auto& column : bars.columns) {
      for (const double x : column) add(std::bit_cast<std::uint64_t>(x));
    }
    for (const auto* columns : {&flag, &status}) {
      for (const auto& column : *columns) {
        for (const std::uint8_t x : column) add(x);
      }
    }
    for (const TimeNs x : bars.ts_ns) add(static_cast<std::uint64_t>(x));
    for (const SymbolId x : bars.symbol) add(x);
    for (const std::uint64_t x : refused) add(x);
    for (const char x : state) add(static_cast<unsigned char>(x));
    return h;
  }
};

/// `piece`: events of a call; 1 is one after the other.
Answers answers(const std::string& text, const Tape& tape, const std::string& rows, bool messages,
                std::size_t workers, std::size_t piece) {
  const std::vector<Setting> none;
  EngineOptions options;
  options.leader_latency_ns = 5;
  const auto engine = facade::make_engine(text, none, options, true);
  for (std::size_t s = 0; s < kSymbols; ++s) (void)engine->intern("s" + std::to_string(s));
  const Column& leader = tape.kinds[2];
  engine->queue_leader(leader.ts_ns, leader.c);
  const EventColumns events = tape.columns(messages);
  Answers all;
  all.bars = engine->make_sink(rows);
  EventRun run;
  std::vector<OutputColumn> columns;
  const auto sizes = events.sizes();
  for (std::size_t c = 0; c < kClocks; ++c) {
    run.status[c] = all.status.emplace_back(sizes[c]).data();
  }
  if (is_derived(all.bars.clock)) {
    run.bars = {&all.bars, 1};
  } else {
    const std::size_t size = sizes[index_of(all.bars.clock)];
    for (const PipelineOutput& o : engine->outputs()) {
      if (o.flag) {
        columns.push_back({nullptr, all.flag.emplace_back(size).data()});
      } else {
        columns.push_back({all.real.emplace_back(size).data(), nullptr});
      }
    }
    run.rows[index_of(all.bars.clock)].columns = columns;
  }
  while (run.done() < events.total()) engine->run(events, run, piece, workers);
  all.state = engine->save();
  all.refused = engine->refused();
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t size = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 40'000;
  const Tape tape(size);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"chain; mid_spread; quote_ofi; cvd; f = k1*mid; r = rsi(bar); o = sum(own.qty, window=5)",
       "trade"},
      {"chain; mid_spread; depth_imbalance; z_mid = z(mid, window=50)", "quote"},
      {"chain; mid_spread; depth_imbalance; n = book.bid_levels; q = sum(spread, window=9)",
       "book"},
      {"m = time_bars(period=2); r = rsi(m); back = mean(mid_spread.mid, window=9, on=m)", "m"},
      {"v = volume_bars(size=50); c = cvd; t = window_return", "v"}};
  bool good = true;
  for (const auto& [text, rows] : cases) {
    const bool messages = rows == "book";
    const std::uint64_t want = answers(text, tape, rows, messages, 1, 1).hash();
    for (const std::size_t workers : {1u, 2u, 3u, 8u}) {
      for (const std::size_t piece : {std::size_t{9'973}, SIZE_MAX}) {
        const bool same = answers(text, tape, rows, messages, workers, piece).hash() == want;
        good &= same;
        std::printf("%s  rows %s, %zu workers\n", same ? "ok  " : "FAIL", rows.c_str(), workers);
      }
    }
  }
  return good ? 0 : 1;
}
