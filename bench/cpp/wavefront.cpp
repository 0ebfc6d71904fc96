// One symbol's batch by 1 and by N threads, on the trades of tape.hpp and a leader tick a trade.
//   wavefront ROWS ROUNDS WORKERS TEXT
//       TEXT the pipeline; WORKERS like 1,2: each round runs all of them, one after another. Prints
//       a line of JSON a round: workers -> {wall ns a row, processor ns a row, stretches that ran
//       node by node}.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "tape.hpp"
#include "tickeng/facade/engine.hpp"

using namespace tickeng;

namespace {

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Rows {
  std::vector<std::vector<double>> real;
  std::vector<std::vector<std::uint8_t>> flag;
  std::vector<OutputColumn> columns;
  std::vector<std::uint8_t> status;

  Rows(const Engine& engine, std::size_t n) : status(n) {
    for (const PipelineOutput& output : engine.outputs()) {
      if (output.flag) {
        columns.push_back({nullptr, flag.emplace_back(n).data()});
      } else {
        columns.push_back({real.emplace_back(n).data(), nullptr});
      }
    }
  }
};

/// Replayed by an engine that was reset, whose memory has been touched before.
void round_of(Engine& engine, const bench::Tape& tape, Rows& rows, std::size_t workers) {
  engine.reset();
  engine.queue_leader(tape.ts_ns, tape.leader);
  const TradeColumns trades{.ts_ns = tape.ts_ns.data(),
                            .price = tape.price.data(),
                            .qty = tape.qty.data(),
                            .side = tape.side.data(),
                            .size = tape.size()};
  const std::uint64_t before = engine.wavefronts();
  const double wall = seconds(CLOCK_MONOTONIC), own = seconds(CLOCK_PROCESS_CPUTIME_ID);
  engine.run(trades, rows.columns, rows.status.data(), workers);
  const double each = 1e9 / static_cast<double>(tape.size());
  std::printf("\"%zu\": {\"wall\": %.2f, \"cpu\": %.2f, \"wavefronts\": %zu}", workers,
              each * (seconds(CLOCK_MONOTONIC) - wall),
              each * (seconds(CLOCK_PROCESS_CPUTIME_ID) - own),
              static_cast<std::size_t>(engine.wavefronts() - before));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("wavefront ROWS ROUNDS WORKERS TEXT\n", stderr), 2;
  const bench::Tape tape(static_cast<std::size_t>(std::atoll(argv[1])), 1);
  const auto engine = facade::make_engine(argv[4], {}, {}, true);
  (void)engine->intern("A");
  Rows rows(*engine, tape.size());
  for (int round = 0; round < std::atoi(argv[2]); ++round) {
    const char* comma = "{";
    for (const char* at = argv[3]; *at != 0; at += *at == ',') {
      std::printf("%s", comma);
      char* end = nullptr;
      round_of(*engine, tape, rows, std::strtoul(at, &end, 10));
      at = end;
      comma = ", ";
    }
    std::printf("}\n");
  }
  return 0;
}
