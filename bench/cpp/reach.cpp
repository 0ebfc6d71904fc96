// What a pipeline costs an event, in C++ alone, on the trades of tape.hpp and quotes between them.
//   reach stream|batch N REPS 1 TEXT [QUOTES [led]]
//       N events in all, QUOTES (0) quotes a trade, TEXT the pipeline; led: a leader tick a trade,
//       not counted as an event. Prints ns an event, the best of REPS.
//   reach symbols TRADES N 1 TEXT
//       N symbols of TRADES trades each in turn, led once. Prints a line of JSON: the resident
//       memory that the first trades took, KB a symbol, and the time of one, us.
// Trap: the first ticks of a symbol write its pages, so a mean holds what a median leaves out.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tape.hpp"
#include "tickeng/facade/engine.hpp"

using namespace tickeng;
using bench::Tape;
using SteadyClock = std::chrono::steady_clock;

namespace {

double since(SteadyClock::time_point start) {
  return std::chrono::duration<double, std::nano>(SteadyClock::now() - start).count();
}

/// Four of five quotes only change a quantity; the others follow the price.
struct QuoteTape {
  std::vector<TimeNs> ts_ns;
  std::vector<double> bid, bid_qty, ask, ask_qty;

  QuoteTape(const Tape& tape, std::size_t a_trade) {
    bench::Random random;
    double low = 0.0, spread = 0.1;
    for (std::size_t i = 0; i < tape.size(); ++i) {
      const TimeNs before = i > 0 ? tape.ts_ns[i - 1] : tape.ts_ns[0] - 10'000'000;
      const TimeNs step = (tape.ts_ns[i] - before) / static_cast<TimeNs>(a_trade + 1);
      for (std::size_t q = 0; q < a_trade; ++q) {
        if (low == 0.0 || random.uniform() < 0.2) {
          spread = random.uniform() < 0.2 ? 0.2 : 0.1;
          low = tape.price[i] - (tape.side[i] > 0 ? spread : 0.0);
        }
        ts_ns.push_back(before + static_cast<TimeNs>(q + 1) * step);
        bid.push_back(low);
        ask.push_back(low + spread);
        bid_qty.push_back(std::ceil(std::exp(4.0 + random.normal())) / 1000.0);
        ask_qty.push_back(std::ceil(std::exp(4.0 + random.normal())) / 1000.0);
      }
    }
  }
};

EventColumns columns_of(const Tape& tape, const QuoteTape& quotes) {
  EventColumns events;
  events.trades = {.ts_ns = tape.ts_ns.data(),
                   .price = tape.price.data(),
                   .qty = tape.qty.data(),
                   .side = tape.side.data(),
                   .size = tape.size()};
  events.quotes = {.ts_ns = quotes.ts_ns.data(),
                   .bid = quotes.bid.data(),
                   .bid_qty = quotes.bid_qty.data(),
                   .ask = quotes.ask.data(),
                   .ask_qty = quotes.ask_qty.data(),
                   .size = quotes.ts_ns.size()};
  return events;
}

/// Where a run writes: one row a trade, and a status an event.
struct Rows {
  std::vector<std::vector<double>> real;
  std::vector<std::vector<std::uint8_t>> flag;
  std::vector<OutputColumn> columns;
  std::vector<std::uint8_t> trades, quotes;

  Rows(const Engine& engine, const EventColumns& events)
      : trades(events.trades.size), quotes(events.quotes.size) {
    const std::size_t n = events.trades.size;
    for (const PipelineOutput& output : engine.outputs()) {
      if (output.flag) {
        columns.push_back({nullptr, flag.emplace_back(n).data()});
      } else {
        columns.push_back({real.emplace_back(n).data(), nullptr});
      }
    }
  }
};

double batch(Engine& engine, const Tape& tape, const EventColumns& events, Rows& rows, bool led) {
  if (led) engine.queue_leader(tape.ts_ns, tape.leader);
  const auto start = SteadyClock::now();
  if (events.quotes.size == 0) {
    engine.run(events.trades, rows.columns, rows.trades.data());
  } else {
    EventRun run;
    run.rows[index_of(Clock::kTrade)].columns = rows.columns;
    run.status[index_of(Clock::kTrade)] = rows.trades.data();
    run.status[index_of(Clock::kQuote)] = rows.quotes.data();
    engine.run(events, run, SIZE_MAX);
  }
  return since(start);
}

/// The clock of every event in the order of the merged stream.
std::vector<Clock> order_of(const EventColumns& events) {
  std::vector<Clock> order;
  for (EventRun run; run.done() < events.total(); ++run.next[index_of(order.back())]) {
    order.push_back(events.next(run));
  }
  return order;
}

double stream(Engine& engine, const Tape& tape, const EventColumns& events,
              const std::vector<Clock>& order, bool led) {
  const double* row = nullptr;
  double sum = 0.0;
  std::size_t i = 0, quote = 0;
  const auto start = SteadyClock::now();
  for (const Clock clock : order) {
    if (clock == Clock::kQuote) {
      (void)engine.on_quote(0, events.quotes[quote++], &row);
    } else {
      if (led) (void)engine.on_leader(tape.ts_ns[i], tape.leader[i], Engine::kShared);
      (void)engine.on_trade(0, {tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]}, kNoId,
                            &row);
      ++i;
    }
    sum += row[0] == row[0] ? row[0] : 0.0;
  }
  const double took = since(start);
  if (sum == 1e300) std::puts("");  // the rows are read
  return took;
}

double resident_kb() {
  long whole = 0, resident = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &whole, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024.0;
}

int symbols(std::size_t n, std::size_t trades, const char* text) {
  const Tape tape(n * trades, 1);
  std::vector<double> first(n, 0.0);
  const auto engine = facade::make_engine(text, {}, {}, true);
  const double before_kb = resident_kb();
  for (std::size_t s = 0; s < n; ++s) (void)engine->intern("SYMBOL" + std::to_string(s));
  (void)engine->on_leader(tape.ts_ns[0], tape.leader[0], Engine::kShared);
  const double* row = nullptr;
  double opened_kb = 0.0;
  for (std::size_t i = 0; i < tape.size(); ++i) {
    const auto start = SteadyClock::now();
    (void)engine->on_trade(static_cast<SymbolId>(i % n),
                           {tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]}, kNoId, &row);
    if (i < n) first[i] = since(start);
    if (i + 1 == n) opened_kb = resident_kb();
  }
  double sum = 0.0;
  for (const double ns : first) sum += ns;
  std::sort(first.begin(), first.end());
  const auto at = [&](double q) {
    return first[static_cast<std::size_t>(q * static_cast<double>(n - 1))] / 1e3;
  };
  const double count = static_cast<double>(n);
  std::printf(
      "{\"opened_kb\": %.3f, \"state_kb\": %.3f, \"mean_us\": %.3f, \"p50_us\": %.3f, "
      "\"p99_us\": %.3f, \"worst_us\": %.3f}\n",
      (opened_kb - before_kb) / count, (resident_kb() - before_kb) / count, sum / count / 1e3,
      at(0.5), at(0.99), at(1.0));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const auto number = [&](int i) { return static_cast<std::size_t>(std::atoll(argv[i])); };
  if (what == "symbols" && argc == 6) return symbols(number(3), number(2), argv[5]);
  if ((what != "stream" && what != "batch") || argc < 6) {
    return std::fputs("reach stream|batch N REPS 1 TEXT [QUOTES [led]] | symbols TRADES N 1 TEXT\n",
                      stderr),
           2;
  }
  const std::size_t n = number(2), quotes_a_trade = argc > 6 ? number(6) : 0;
  const bool led = argc > 7;
  const Tape tape(n / (quotes_a_trade + 1), 1);
  const QuoteTape quotes(tape, quotes_a_trade);
  const EventColumns events = columns_of(tape, quotes);
  const auto engine = facade::make_engine(argv[5], {}, {}, true);
  (void)engine->intern("A");
  Rows rows(*engine, events);
  const std::vector<Clock> order = order_of(events);
  double best = 1e18;
  for (std::size_t rep = 0; rep < number(3); ++rep) {
    engine->reset();
    best = std::min(best, what == "batch" ? batch(*engine, tape, events, rows, led)
                                          : stream(*engine, tape, events, order, led));
  }
  std::printf("%.3f\n", best / static_cast<double>(events.total()));
  return 0;
}
