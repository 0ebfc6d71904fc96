// The engine used from C++ as the bindings use it: tick by tick, in one batch, in odd chunks and
// from saved state, on two symbols with a leader. All outputs must be the same bits. Under
// sanitizers (make cpp SANITIZE=address,undefined) this walks every kernel of the chain.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "draw.hpp"
#include "tickeng/facade/engine.hpp"

namespace {

using tickeng::Engine;

struct Tape {
  std::vector<tickeng::TimeNs> ts_ns;
  std::vector<double> price, qty, leader;
  std::vector<std::int8_t> side;
  std::vector<tickeng::SymbolId> symbol;
};

Tape make_tape(std::size_t size) {
  Tape tape;
  Draw draw;
  tickeng::TimeNs ts_ns = 1'600'000'000'000'000'000;
  double price = 10'000, leader = 10'000;
  for (std::size_t i = 0; i < size; ++i) {
    ts_ns += static_cast<tickeng::TimeNs>(draw() * 2e8);
    price += 0.5 * std::floor(5 * draw() - 2);
    leader += 0.5 * std::floor(5 * draw() - 2);
    tape.ts_ns.push_back(ts_ns);
    tape.price.push_back(price);
    tape.leader.push_back(leader);
    tape.qty.push_back(0.001 + draw());
    tape.side.push_back(draw() < 0.5 ? -1 : 1);
    tape.symbol.push_back(draw() < 0.25 ? 1 : 0);
  }
  return tape;
}

std::unique_ptr<Engine> make_engine() {
  auto engine = tickeng::facade::make_engine("chain", {}, {}, true);
  engine->intern("A");
  engine->intern("B");
  return engine;
}

/// Every output of every trade, as bits, row after row.
using Bits = std::vector<std::uint64_t>;

Bits by_ticks(const Tape& tape, std::size_t save_at) {
  auto engine = make_engine();
  engine->queue_leader(tape.ts_ns, tape.leader);
  Bits bits;
  for (std::size_t i = 0; i < tape.ts_ns.size(); ++i) {
    if (i == save_at) {
      const std::string state = engine->save();
      engine = make_engine();
      engine->load(state);
    }
    const double* row = nullptr;
    const tickeng::Trade trade{tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]};
    static_cast<void>(engine->on_trade(tape.symbol[i], trade, tickeng::kNoId, &row));
    for (std::size_t k = 0; k < engine->outputs().size(); ++k) {
      bits.push_back(std::bit_cast<std::uint64_t>(row[k]));
    }
  }
  return bits;
}

/// `most_new`: see Engine::run; the rows where it stopped go to `stops`.
Bits by_chunks(const Tape& tape, std::size_t chunk, std::size_t most_new = SIZE_MAX,
               std::vector<std::size_t>* stops = nullptr) {
  const auto engine = make_engine();
  engine->queue_leader(tape.ts_ns, tape.leader);
  const std::size_t size = tape.ts_ns.size(), width = engine->outputs().size();
  std::vector<std::vector<double>> real(width, std::vector<double>(size));
  std::vector<std::vector<std::uint8_t>> flag(width, std::vector<std::uint8_t>(size));
  std::vector<std::uint8_t> status(size);
  for (std::size_t at = 0; at < size; at += chunk) {
    std::vector<tickeng::OutputColumn> columns;
    for (std::size_t k = 0; k < width; ++k) {
      const bool is_flag = engine->outputs()[k].flag;
      columns.push_back({is_flag ? nullptr : &real[k][at], is_flag ? &flag[k][at] : nullptr});
    }
    const tickeng::TradeColumns trades{
        &tape.ts_ns[at], &tape.price[at],           &tape.qty[at], &tape.side[at], &tape.symbol[at],
        nullptr,         std::min(chunk, size - at)};
    for (std::size_t done = 0; done < trades.size;) {
      done = engine->run(trades, columns, &status[at], 1, done, most_new);
      if (stops != nullptr) stops->push_back(at + done);
    }
  }
  Bits bits;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < width; ++k) {
      const double value = engine->outputs()[k].flag ? flag[k][i] : real[k][i];
      bits.push_back(std::bit_cast<std::uint64_t>(value));
    }
  }
  return bits;
}

bool refuses_damage(const Tape& tape) {
  const auto engine = make_engine();
  const double* row = nullptr;
  static_cast<void>(engine->on_trade(0, {tape.ts_ns[0], 1.0, 1.0, 1}, tickeng::kNoId, &row));
  const std::string state = engine->save();
  for (std::size_t size = 0; size < state.size(); size += 97) {
    try {
      make_engine()->load(std::string_view(state).substr(0, size));
      return false;
    } catch (const tickeng::Error&) {
    }
  }
  return true;
}

}  // namespace

int main() {
  const Tape tape = make_tape(30'000);
  const Bits expected = by_ticks(tape, tape.ts_ns.size());
  int failures = 0;
  const auto check = [&failures](bool good, const char* what) {
    std::printf("%s  %s\n", good ? "ok  " : "FAIL", what);
    failures += good ? 0 : 1;
  };
  check(by_ticks(tape, 12'345) == expected, "saved and loaded at trade 12,345");
  check(by_chunks(tape, tape.ts_ns.size()) == expected, "one batch");
  check(by_chunks(tape, 997) == expected, "batches of 997");
  std::vector<std::size_t> stops;
  check(by_chunks(tape, tape.ts_ns.size(), 1, &stops) == expected, "one batch, symbol by symbol");
  const auto second = std::find(tape.symbol.begin(), tape.symbol.end(), 1 - tape.symbol[0]);
  const auto first_of_second = static_cast<std::size_t>(second - tape.symbol.begin());
  check(stops == std::vector<std::size_t>{1, first_of_second + 1, tape.ts_ns.size()},
        "a run stops behind the first trade of a symbol");
  check(refuses_damage(tape), "truncated state is refused");
  return failures;
}
