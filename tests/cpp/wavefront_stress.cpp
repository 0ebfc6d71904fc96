// One symbol's batch node by node over threads, against on_trade(): wide, deep and uneven pipelines
// x workers x batches of several lengths, with a leader and bad rows between. Outputs and saved
// state must be the same bits. ThreadSanitizer watches the same program (make threads).
//   wavefront_stress [trades]
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

struct Tape {
  std::vector<TimeNs> ts_ns;
  std::vector<double> price, qty, leader;
  std::vector<std::int8_t> side;

  explicit Tape(std::size_t size) {
    Draw draw;
    TimeNs now = 1'600'000'000'000'000'000;
    for (std::size_t i = 0; i < size; ++i) {
      now += static_cast<TimeNs>(draw() * 2e8);
      const bool is_bad = i % 9'000 == 8'999;
      ts_ns.push_back(now);
      price.push_back(is_bad ? -1.0 : 100.0 + std::floor(20 * draw()));
      leader.push_back(100.0 + std::floor(20 * draw()));
      qty.push_back(0.001 + draw());
      side.push_back(draw() < 0.5 ? -1 : 1);
    }
  }
  [[nodiscard]] TradeColumns columns(std::size_t end) const {
    return {ts_ns.data(), price.data(), qty.data(), side.data(), nullptr, nullptr, end};
  }
};

const std::vector<Setting> kShort = {
    {"k1", "window", {64}}, {"k2", "window", {64}}, {"regime", "step", {100}}};

std::string wide() {
  std::string text = "chain";
  for (int n = 20; n < 40; ++n) {
    const std::string i = std::to_string(n);
    text += "; z" + i + " = z(k1, window=" + i + "); f" + i + " = z" + i + " - k3*trade.price";
  }
  return text;
}

std::string deep() {
  std::string text = "e0 = ema(trade.price, span=3)";
  for (int n = 1; n < 20; ++n) {
    text += "; e" + std::to_string(n) + " = ema(e" + std::to_string(n - 1) + ", span=3)";
  }
  return text;
}

std::unique_ptr<Engine> make(const std::string& text, const Tape& tape) {
  const bool reads_chain = text.find("chain") != std::string::npos;
  auto engine = facade::make_engine(text, reads_chain ? kShort : std::vector<Setting>{}, {}, true);
  engine->intern("A");
  engine->queue_leader(tape.ts_ns, tape.leader);
  return engine;
}

using Rows = std::vector<std::vector<std::uint64_t>>;  // by output, and the status at last

struct Found {
  Rows rows;
  std::string state;
  std::uint64_t wavefronts = 0;
};

Found stream(const std::string& text, const Tape& tape) {
  const auto engine = make(text, tape);
  const auto& outputs = engine->outputs();
  Found found{.rows = Rows(outputs.size() + 1), .state = {}};
  for (std::size_t i = 0; i < tape.ts_ns.size(); ++i) {
    const double* row = nullptr;
    const Trade trade{tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]};
    const Status status = engine->on_trade(0, trade, kNoId, &row);
    for (std::size_t c = 0; c < outputs.size(); ++c) {
      found.rows[c].push_back(std::bit_cast<std::uint64_t>(row[outputs[c].slot]));
    }
    found.rows.back().push_back(static_cast<std::uint64_t>(status));
  }
  found.state = engine->save();
  return found;
}

Found batch(const std::string& text, const Tape& tape, std::size_t workers, std::size_t piece) {
  const auto engine = make(text, tape);
  const std::size_t size = tape.ts_ns.size();
  std::vector<std::vector<double>> real;
  std::vector<std::vector<std::uint8_t>> flag;
  std::vector<std::uint8_t> status(size);
  std::vector<OutputColumn> columns;
  for (const PipelineOutput& o : engine->outputs()) {
    real.emplace_back(o.flag ? 0 : size);
    flag.emplace_back(o.flag ? size : 0);
    columns.push_back(
        {o.flag ? nullptr : real.back().data(), o.flag ? flag.back().data() : nullptr});
  }
  for (std::size_t done = 0; done < size;) {
    const std::size_t end = std::min(size, done + piece);
    done = engine->run(tape.columns(end), columns, status.data(), workers, done);
  }
  Found found{.rows = Rows(columns.size() + 1),
              .state = engine->save(),
              .wavefronts = engine->wavefronts()};
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const double value = columns[c].real != nullptr ? real[c][i] : flag[c][i];
      found.rows[c].push_back(std::bit_cast<std::uint64_t>(value));
    }
    found.rows.back().push_back(status[i]);
  }
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  const Tape tape(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 24'000);
  int failures = 0;
  for (const std::string& text :
       {wide(), deep(), std::string("chain; z(k1, window=30); cvd; g = gate; h = k1")}) {
    const Found want = stream(text, tape);
    for (const std::size_t workers : {2U, 3U, 5U}) {
      for (const std::size_t piece : {std::size_t{11'111}, tape.ts_ns.size()}) {
        const Found got = batch(text, tape, workers, piece);
        const bool same = got.rows == want.rows && got.state == want.state;
        const bool good = same && got.wavefronts > 0;
        failures += good ? 0 : 1;
        std::printf("%s  %.9s..., %zu workers, batches of %zu: %zu wavefronts%s\n",
                    good ? "ok  " : "FAIL", text.c_str(), workers, piece,
                    static_cast<std::size_t>(got.wavefronts), same ? "" : ", other bits");
      }
    }
  }
  return failures;
}
