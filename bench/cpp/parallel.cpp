// ParallelEngine beside Engine on the same trades, in turns. Prints one line of JSON: ns a trade,
// best of ROUNDS.
//   parallel [N [ROUNDS]]
//     engine, columns      one Engine: tick by tick; in batches of 64; cpu: in processor time
//     workers N            wall time a trade until all are done and polled, N workers
//     burst ...            one worker, bursts that fit into its ring: what a trade costs the thread
//                          that submits (submit), the worker's thread (worker) and the one that
//                          polls (poll), each in time of its own
//   over 1, 100, 1,000 and 10,000 symbols (Zipf; the last in one round). The first half of the tape
//   makes the symbols, the second is timed. And one symbol's batch of 2 million rows by chunks.
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tape.hpp"
#include "tickeng/facade/engine.hpp"

using namespace tickeng;
using bench::Tape;

namespace {

constexpr std::size_t kBatch = 64;
constexpr TimeNs kPatience = 20'000'000;
using Found = std::map<std::string, double>;

double seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Keeps the shortest time.
void keep(double& best, double took) { best = std::min(best > 0 ? best : 1e9, took); }

/// Columns for a batch of outputs.
struct Room {
  std::vector<std::vector<double>> real;
  std::vector<std::vector<std::uint8_t>> flag;
  std::vector<OutputColumn> columns;
  std::vector<std::uint64_t> seq;
  std::vector<SymbolId> symbol;
  std::vector<std::uint8_t> status;

  Room(const std::vector<PipelineOutput>& outputs, std::size_t rows)
      : real(outputs.size(), std::vector<double>(rows)),
        flag(outputs.size(), std::vector<std::uint8_t>(rows)), seq(rows), symbol(rows),
        status(rows) {
    for (std::size_t c = 0; c < outputs.size(); ++c) {
      columns.push_back(outputs[c].flag ? OutputColumn{nullptr, flag[c].data()}
                                        : OutputColumn{real[c].data(), nullptr});
    }
  }
};

TradeColumns part(const Tape& t, std::size_t at, std::size_t n) {
  return {&t.ts_ns[at], &t.price[at], &t.qty[at], &t.side[at], &t.symbol[at], nullptr, n};
}

/// Where the timed half begins: at a batch.
std::size_t half(const Tape& tape) { return tape.size() / 2 / kBatch * kBatch; }

void with_engine(const Tape& tape, std::size_t symbols, Found& best) {
  for (const bool columns : {false, true}) {
    const auto engine = facade::make_engine("chain", {}, {}, true);
    for (std::size_t s = 0; s < symbols; ++s) engine->intern("S" + std::to_string(s));
    Room room(engine->outputs(), kBatch);
    double start = 0, own = 0;
    const double* row = nullptr;
    for (std::size_t i = 0; i < tape.size(); i += columns ? kBatch : 1) {
      if (i == half(tape)) start = seconds(CLOCK_MONOTONIC), own = seconds(CLOCK_THREAD_CPUTIME_ID);
      if (columns) {
        engine->run(part(tape, i, std::min(kBatch, tape.size() - i)), room.columns,
                    room.status.data());
      } else {
        (void)engine->on_trade(
            tape.symbol[i], {tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]}, kNoId, &row);
        for (std::size_t c = 0; c < room.columns.size(); ++c) {
          room.columns[c].put(i % kBatch, row[c]);
        }
      }
    }
    const std::string name = columns ? "columns" : "engine";
    keep(best[name], seconds(CLOCK_MONOTONIC) - start);
    keep(best[name + " cpu"], seconds(CLOCK_THREAD_CPUTIME_ID) - own);
  }
}

void with_workers(const Tape& tape, std::size_t symbols, std::size_t workers, Found& best) {
  ParallelOptions options;
  options.workers = workers;
  options.unread = 8192;
  const auto engine = facade::make_parallel("chain", {}, {}, options, {});
  for (std::size_t s = 0; s < symbols; ++s) engine->intern("S" + std::to_string(s));
  Room room(engine->outputs(), 8192);
  const auto poll = [&] {
    return engine->poll(8192,
                        {room.seq.data(), room.symbol.data(), room.status.data(), room.columns});
  };
  double start = 0;
  for (std::size_t i = 0; i < tape.size(); i += kBatch) {
    if (i == half(tape)) {
      while (!engine->flush(kPatience)) {
      }
      start = seconds(CLOCK_MONOTONIC);
    }
    const TradeColumns trades = part(tape, i, std::min(kBatch, tape.size() - i));
    for (std::size_t done = 0; done < trades.size;) {
      const SubmitResult result = engine->submit(trades, done, kPatience);
      done = result.rows;
      if (result.end == SubmitResult::End::kUnread) {
        (void)engine->wait_readable(kPatience);
        (void)poll();
      }
    }
    if (engine->unread() > 2048) (void)poll();
  }
  while (!engine->flush(kPatience)) {
  }
  while (poll() > 0) {
  }
  const double took = seconds(CLOCK_MONOTONIC) - start;
  keep(best["workers " + std::to_string(workers)], took);
}

/// The clock of the one other thread of this process. The clock of the process will not do: it
/// leaves out what a thread that runs has used since its last tick of the scheduler.
clockid_t clock_of_other_thread() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    const int thread = std::stoi(entry.path().filename());
    if (thread != getpid()) return static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3 | 6U);
  }
  std::abort();
}

/// What each thread spends on a trade, whoever else has the processors: bursts that never wait.
void with_bursts(const Tape& tape, std::size_t symbols, Found& best) {
  constexpr std::size_t kBurst = 16'384;
  ParallelOptions options;
  options.workers = 1;
  options.ring = options.unread = 2 * kBurst;
  const auto engine = facade::make_parallel("chain", {}, {}, options, {});
  for (std::size_t s = 0; s < symbols; ++s) engine->intern("S" + std::to_string(s));
  Room room(engine->outputs(), kBurst);
  const clockid_t its_clock = clock_of_other_thread();
  double submit = 0, worker = 0, poll = 0;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < tape.size(); i += kBurst) {
    const std::size_t end = std::min(i + kBurst, tape.size());
    const double own = seconds(CLOCK_THREAD_CPUTIME_ID), its = seconds(its_clock);
    for (std::size_t at = i; at < end; at += kBatch) {
      const TradeColumns trades = part(tape, at, std::min(kBatch, end - at));
      if (engine->submit(trades, 0, kPatience).rows < trades.size) std::abort();
    }
    const double sent = seconds(CLOCK_THREAD_CPUTIME_ID);
    while (!engine->flush(kPatience)) {
    }
    const double its_done = seconds(its_clock), done = seconds(CLOCK_THREAD_CPUTIME_ID);
    std::size_t read = 0;
    while (read < end - i) {
      read += engine->poll(kBurst,
                           {room.seq.data(), room.symbol.data(), room.status.data(), room.columns});
    }
    if (i < half(tape)) continue;
    rows += end - i;
    submit += sent - own;
    worker += its_done - its;
    poll += seconds(CLOCK_THREAD_CPUTIME_ID) - done;
  }
  const double scale = static_cast<double>(tape.size() - half(tape)) / static_cast<double>(rows);
  for (const auto& [what, took] :
       {std::pair{"burst submit", submit}, {"burst worker", worker}, {"burst poll", poll}}) {
    keep(best[what], took * scale);
  }
}

/// One symbol's batch, its memory touched before: ns a row by workers, in turns.
void by_chunks(int rounds) {
  constexpr std::size_t kRows = 2'000'000;
  const Tape tape(kRows, 1);
  const auto pipeline = std::make_shared<const Pipeline>("chain", std::vector<Setting>{});
  const auto& outputs = pipeline->outputs();
  Room room(outputs, kRows);
  const auto flags = std::count_if(outputs.begin(), outputs.end(), [](auto& o) { return o.flag; });
  const std::size_t bytes = 8 * outputs.size() - 7 * static_cast<std::size_t>(flags) + 1;
  std::map<std::string, double> best;
  for (int r = 0; r < rounds; ++r) {
    for (const std::size_t workers : {1U, 2U}) {
      Engine engine(pipeline, {});
      engine.intern("S");
      TradeColumns trades = part(tape, 0, kRows);
      trades.symbol = nullptr;
      const std::string name = "workers " + std::to_string(workers);
      const double start = seconds(CLOCK_MONOTONIC), own = seconds(CLOCK_PROCESS_CPUTIME_ID);
      engine.run(trades, room.columns, room.status.data(), workers);  // its threads have ended then
      for (const auto& [what, took] : {std::pair{name, seconds(CLOCK_MONOTONIC) - start},
                                       {name + " cpu", seconds(CLOCK_PROCESS_CPUTIME_ID) - own}}) {
        keep(best[what], 1e9 * took / kRows);
      }
    }
  }
  std::printf("\"one symbol's batch, ns\": {");
  for (const auto& [what, ns] : best) std::printf("\"%s\": %.2f, ", what.c_str(), ns);
  std::printf("\"rows\": %zu, \"memory rows\": %zu, \"output bytes\": %zu}", kRows,
              static_cast<std::size_t>(pipeline->memory().value_or(Reach{}).rows), bytes);
}

}  // namespace

int main(int argc, char** argv) {
  const auto n = static_cast<std::size_t>(argc > 1 ? std::atoll(argv[1]) : 1'000'000);
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  std::printf("{");
  for (const std::size_t symbols : {1U, 100U, 1'000U, 10'000U}) {
    const Tape tape(n, symbols);
    Found best;
    for (int r = 0; r < (symbols > 1'000 ? 1 : rounds); ++r) {
      with_engine(tape, symbols, best);
      for (const std::size_t workers : {1U, 2U}) with_workers(tape, symbols, workers, best);
      with_bursts(tape, symbols, best);
    }
    std::printf("%s\"%zu symbols, ns\": {", symbols == 1 ? "" : ", ", symbols);
    const char* comma = "";
    for (const auto& [what, took] : best) {
      std::printf("%s\"%s\": %.1f", comma, what.c_str(),
                  1e9 * took / static_cast<double>(n - half(tape)));
      comma = ", ";
    }
    std::printf("}");
  }
  std::printf(", ");
  by_chunks(rounds);
  std::printf("}\n");
}
