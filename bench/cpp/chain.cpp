// The default chain on synthetic trades with a leader, in C++ alone. Prints one number or a line of
// JSON:   chain batch N REPS | chain stream N REPS        ns a tick, the best of REPS
//         either with COUNT behind: the same over COUNT symbols, Zipf; behind that, settings
//         as kernel.param=value
//         chain latency N REPS                            quantiles of each tick's best time, ns
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tickeng/facade.hpp"

using namespace tickeng;
using Clock = std::chrono::steady_clock;

namespace {

class Random {
 public:
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    return state_ ^= state_ << 17;
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53 + 0x1p-54; }
  double normal() { return std::sqrt(-2.0 * std::log(uniform())) * std::cos(6.283185 * uniform()); }

 private:
  std::uint64_t state_ = 88172645463325252ULL;
};

struct Tape {
  std::vector<TimeNs> ts_ns;
  std::vector<double> price, qty, leader;
  std::vector<std::int8_t> side;
  std::vector<SymbolId> symbol;

  /// Clustered times, persistent sides, log-normal lots, prices on a grid of 0.1.
  Tape(std::size_t n, std::size_t symbols) {
    Random random;
    double level = 60000.0, lead = 60000.0;
    TimeNs ms = 1'700'000'000'000;
    std::int8_t s = 1;
    for (std::size_t i = 0; i < n; ++i) {
      if (random.uniform() > 0.55) ms += static_cast<TimeNs>(20.0 * std::fabs(random.normal()));
      if (random.uniform() < 0.22) s = static_cast<std::int8_t>(-s);
      level += 0.1 * std::round(0.6 * random.normal() + 0.2 * s);
      lead += 0.1 * random.normal();
      ts_ns.push_back(ms * 1'000'000);
      price.push_back(level);
      leader.push_back(lead);
      qty.push_back(std::ceil(std::exp(2.6 + 1.5 * random.normal())) / 1000.0);
      side.push_back(s);
      // Zipf by inversion: the k-th symbol is about 1/k as busy as the first.
      const double rank = std::pow(static_cast<double>(symbols), random.uniform()) - 1.0;
      symbol.push_back(static_cast<SymbolId>(std::min(rank, static_cast<double>(symbols - 1))));
    }
  }
  [[nodiscard]] std::size_t size() const { return price.size(); }
};

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
  const auto start = Clock::now();
  engine.run({tape.ts_ns.data(), tape.price.data(), tape.qty.data(), tape.side.data(),
              mixed ? tape.symbol.data() : nullptr, nullptr, n},
             columns, status.data());
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

double stream(Engine& engine, const Tape& tape) {
  const double* row = nullptr;
  double sum = 0.0;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < tape.size(); ++i) {
    (void)engine.on_leader(tape.ts_ns[i], tape.leader[i], Engine::kShared);
    (void)engine.on_trade(tape.symbol[i], {tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]},
                          kNoId, &row);
    sum += row[0] == row[0] ? row[0] : 0.0;
  }
  const double took = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  if (sum == 1e300) std::puts("");  // the rows are read
  return took;
}

void latency(Engine& engine, const Tape& tape, int reps) {
  std::vector<double> best(tape.size(), 1e18);
  const double* row = nullptr;
  for (int rep = 0; rep < reps; ++rep) {
    engine.reset();
    for (std::size_t i = 0; i < tape.size(); ++i) {
      (void)engine.on_leader(tape.ts_ns[i], tape.leader[i], Engine::kShared);
      const auto start = Clock::now();
      (void)engine.on_trade(0, {tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]}, kNoId,
                            &row);
      const std::chrono::duration<double, std::nano> took = Clock::now() - start;
      best[i] = std::min(best[i], took.count());
    }
  }
  std::sort(best.begin(), best.end());
  const auto at = [&](double q) {
    return best[static_cast<std::size_t>(q * static_cast<double>(best.size() - 1))];
  };
  std::printf(
      "{\"p50\": %.0f, \"p90\": %.0f, \"p99\": %.0f, \"p99.9\": %.0f, \"p99.99\": %.0f, "
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

Setting parse(const std::string& word) {
  const std::size_t dot = word.find('.'), equal = word.find('=');
  return {word.substr(0, dot), word.substr(dot + 1, equal - dot - 1),
          std::stod(word.substr(equal + 1))};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4)
    return std::fputs("chain batch|stream|latency N REPS [COUNT [K.P=V...]]\n", stderr), 2;
  const std::string what = argv[1];
  const auto n = static_cast<std::size_t>(std::atoll(argv[2]));
  const int reps = std::atoi(argv[3]);
  const std::size_t symbols = argc > 4 ? static_cast<std::size_t>(std::atoll(argv[4])) : 1;
  const Tape tape(n, symbols);
  std::vector<Setting> settings;
  for (int i = 5; i < argc; ++i) settings.push_back(parse(argv[i]));
  const auto engine = facade::make_engine("chain", settings, {}, true);
  for (std::size_t s = 0; s < symbols; ++s) (void)engine->intern(std::to_string(s));
  if (what == "latency") {
    latency(*engine, tape, reps);
    return 0;
  }
  double best = 1e18;
  for (int rep = 0; rep < reps; ++rep) {
    engine->reset();
    best =
        std::min(best, what == "batch" ? batch(*engine, tape, symbols > 1) : stream(*engine, tape));
  }
  std::printf("%.3f\n", best / static_cast<double>(n));
  return 0;
}
