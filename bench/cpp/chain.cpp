// The default chain on synthetic trades with a leader, in C++ alone. Prints one number or a line of
// JSON:   chain batch N REPS | chain stream N REPS        ns a tick, the best of REPS
//         chain unled N REPS                              as stream, one leader tick in all
//         either with COUNT behind: the same over COUNT symbols, Zipf, from the second half of
//         the tape on; behind that, settings as kernel.param=value
//         chain latency N REPS                            quantiles of each tick's best time, ns
//         chain long N TIMES     the tape TIMES times on end, streaming: ns a tick, [ticks, ns] by
//         tenfold
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "tape.hpp"
#include "tickeng/facade/engine.hpp"

using namespace tickeng;
using bench::Tape;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// The first half makes the symbols, where there are many.
double batch(Engine& engine, const Tape& tape, bool mixed) {
  static std::vector<std::vector<double>> real;
  static std::vector<std::vector<std::uint8_t>> flag;
  std::vector<OutputColumn> columns;
  const std::size_t n = tape.size();
  if (real.empty()) {
    real.assign(engine.outputs().size(), std::vector<double>(n));
    flag.assign(engine.outputs().size(), std::vector<std::uint8_t>(n));
  }
  for (std::size_t c = 0; c < engine.outputs().size(); ++c) {
    columns.push_back(engine.outputs()[c].flag ? OutputColumn{nullptr, flag[c].data()}
                                               : OutputColumn{real[c].data(), nullptr});
  }
  std::vector<std::uint8_t> status(n);
  engine.queue_leader(tape.ts_ns, tape.leader);
  const auto run = [&](std::size_t from, std::size_t end) {
    engine.run(
        {tape.ts_ns.data() + from, tape.price.data() + from, tape.qty.data() + from,
         tape.side.data() + from, mixed ? tape.symbol.data() + from : nullptr, nullptr, end - from},
        columns, status.data());
  };
  const std::size_t from = mixed ? n / 2 : 0;
  if (from > 0) run(0, from);
  const auto start = SteadyClock::now();
  run(from, n);
  const double took = std::chrono::duration<double, std::nano>(SteadyClock::now() - start).count();
  return took * static_cast<double>(n) / static_cast<double>(n - from);
}

/// As batch().
double stream(Engine& engine, const Tape& tape, bool mixed, bool led) {
  const double* row = nullptr;
  (void)engine.on_leader(tape.ts_ns[0], tape.leader[0], Engine::kShared);
  double sum = 0.0;
  const std::size_t from = mixed ? tape.size() / 2 : 0;
  auto start = SteadyClock::now();
  for (std::size_t i = 0; i < tape.size(); ++i) {
    if (i == from) start = SteadyClock::now();
    if (led) (void)engine.on_leader(tape.ts_ns[i], tape.leader[i], Engine::kShared);
    (void)engine.on_trade(tape.symbol[i], {tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]},
                          kNoId, &row);
    sum += row[0] == row[0] ? row[0] : 0.0;
  }
  const double took = std::chrono::duration<double, std::nano>(SteadyClock::now() - start).count();
  if (sum == 1e300) std::puts("");  // the rows are read
  return took * static_cast<double>(tape.size()) / static_cast<double>(tape.size() - from);
}

void latency(Engine& engine, const Tape& tape, int reps) {
  std::vector<double> best(tape.size(), 1e18);
  const double* row = nullptr;
  for (int rep = 0; rep < reps; ++rep) {
    engine.reset();
    for (std::size_t i = 0; i < tape.size(); ++i) {
      (void)engine.on_leader(tape.ts_ns[i], tape.leader[i], Engine::kShared);
      const auto start = SteadyClock::now();
      (void)engine.on_trade(0, {tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]}, kNoId,
                            &row);
      const std::chrono::duration<double, std::nano> took = SteadyClock::now() - start;
      best[i] = std::min(best[i], took.count());
    }
  }
  std::vector<std::size_t> order(best.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto worst = static_cast<std::ptrdiff_t>(std::min<std::size_t>(4, order.size()));
  std::partial_sort(order.begin(), order.begin() + worst, order.end(),
                    [&](std::size_t a, std::size_t b) { return best[a] > best[b]; });
  std::printf("{\"worst ticks\": [");
  for (auto i = order.begin(); i < order.begin() + worst; ++i) {
    std::printf("%s[%zu, %.0f]", i == order.begin() ? "" : ", ", *i, best[*i]);
  }
  std::sort(best.begin(), best.end());
  const auto at = [&](double q) {
    return best[static_cast<std::size_t>(q * static_cast<double>(best.size() - 1))];
  };
  std::printf(
      "], \"p50\": %.0f, \"p90\": %.0f, \"p99\": %.0f, \"p99.9\": %.0f, \"p99.99\": %.0f, "
      "\"p99.999\": %.0f, \"worst\": %.0f, \"ticks\": [",
      at(0.5), at(0.9), at(0.99), at(0.999), at(0.9999), at(0.99999), at(1.0));
  // How many took so long, in steps of 10 ns.
  for (std::size_t i = 0; i < best.size();) {
    const double step = std::floor(best[i] / 10.0);
    const std::size_t from = i;
    while (i < best.size() && best[i] < 10.0 * (step + 1)) ++i;
    std::printf("%s[%.0f, %zu]", from == 0 ? "" : ", ", 10.0 * step, i - from);
  }
  std::puts("]}");
}

/// One engine goes on and on; times of the tape move with each turn.
void endure(Engine& engine, const Tape& tape, int times) {
  const TimeNs length_ns = tape.ts_ns.back() - tape.ts_ns.front() + 1'000'000;
  const double* row = nullptr;
  std::size_t turns = 1;
  double took = 0;
  std::printf("[");
  for (int t = 0; t < times; ++t) {
    const auto start = SteadyClock::now();
    for (std::size_t i = 0; i < tape.size(); ++i) {
      const TimeNs ts_ns = tape.ts_ns[i] + t * length_ns;
      (void)engine.on_leader(ts_ns, tape.leader[i], Engine::kShared);
      (void)engine.on_trade(0, {ts_ns, tape.price[i], tape.qty[i], tape.side[i]}, kNoId, &row);
    }
    took += std::chrono::duration<double, std::nano>(SteadyClock::now() - start).count();
    const auto done = static_cast<std::size_t>(t + 1);
    if (done != turns) continue;
    const std::size_t since = turns == 1 ? 1 : turns - turns / 10;
    std::printf("%s[%zu, %.1f]", turns == 1 ? "" : ", ", turns * tape.size(),
                took / static_cast<double>(since * tape.size()));
    turns *= 10;
    took = 0;
  }
  std::puts("]");
}

Setting parse(const std::string& word) {
  const std::size_t dot = word.find('.'), equal = word.find('=');
  return {word.substr(0, dot),
          word.substr(dot + 1, equal - dot - 1),
          {std::stod(word.substr(equal + 1))}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4)
    return std::fputs("chain batch|stream|unled|latency|long N REPS [COUNT [K.P=V...]]\n", stderr),
           2;
  const std::string what = argv[1];
  const auto n = static_cast<std::size_t>(std::atoll(argv[2]));
  const int reps = std::atoi(argv[3]);
  const std::size_t symbols = argc > 4 ? static_cast<std::size_t>(std::atoll(argv[4])) : 1;
  const Tape tape(n, symbols);
  std::vector<Setting> settings;
  for (int i = 5; i < argc; ++i) settings.push_back(parse(argv[i]));
  const auto engine = facade::make_engine("chain", settings, {}, true);
  for (std::size_t s = 0; s < symbols; ++s) (void)engine->intern(std::to_string(s));
  if (what == "long") {
    endure(*engine, tape, reps);
    return 0;
  }
  if (what == "latency") {
    latency(*engine, tape, reps);
    return 0;
  }
  double best = 1e18;
  for (int rep = 0; rep < reps; ++rep) {
    engine->reset();
    best = std::min(best, what == "batch" ? batch(*engine, tape, symbols > 1)
                                          : stream(*engine, tape, symbols > 1, what == "stream"));
  }
  std::printf("%.3f\n", best / static_cast<double>(n));
  return 0;
}
