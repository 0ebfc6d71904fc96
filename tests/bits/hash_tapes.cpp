// One hash a tape over every output of the chain: batch, batch of erased kernels and streaming have
// to agree. bits/run.py builds it in many flavours and compares.   hash_tapes SETTINGS FILE...
// SETTINGS is kernel.param=value,... or empty. A row's hash folds its outputs, a tape's its rows:
//   fold(h, w) = y ^ y >> 32,  y = (h ^ w) * 0x9E3779B97F4A7C15 mod 2^64
// A file, little endian, written by bits/tapes.py:
//   u64 trades n | u64 leader ticks m | i64 ts_ns[n] | f64 price[n] | f64 qty[n] | i8 side[n]
//   | i64 leader ts_ns[m] | f64 leader price[m]
#include <bit>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tickeng/facade/engine.hpp"

namespace {

using namespace tickeng;

struct Tape {
  std::vector<TimeNs> ts_ns, leader_ts_ns;
  std::vector<double> price, qty, leader;
  std::vector<std::int8_t> side;
};

template <class T>
void read(std::ifstream& file, std::vector<T>& column, std::size_t size) {
  column.resize(size);
  file.read(reinterpret_cast<char*>(column.data()), static_cast<std::streamsize>(size * sizeof(T)));
}

Tape read_tape(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint64_t> sizes;
  read(file, sizes, 2);
  Tape tape;
  read(file, tape.ts_ns, sizes[0]);
  read(file, tape.price, sizes[0]);
  read(file, tape.qty, sizes[0]);
  read(file, tape.side, sizes[0]);
  read(file, tape.leader_ts_ns, sizes[1]);
  read(file, tape.leader, sizes[1]);
  if (!file || sizes[0] == 0) throw std::runtime_error(std::string(path) + ": not a tape");
  return tape;
}

std::vector<Setting> parse(const std::string& text) {
  std::vector<Setting> settings;
  std::istringstream in(text);
  for (std::string kernel, param, value; std::getline(in, kernel, '.') &&
                                         std::getline(in, param, '=') &&
                                         std::getline(in, value, ',');)
    settings.push_back({kernel, param, {std::stod(value)}});
  return settings;
}

std::uint64_t fold(std::uint64_t hash, std::uint64_t word) {
  const std::uint64_t y = (hash ^ word) * 0x9E3779B97F4A7C15U;
  return y ^ (y >> 32);
}

std::unique_ptr<Engine> make_engine(const Tape& tape, const std::vector<Setting>& settings,
                                    bool fused) {
  auto engine = facade::make_engine("chain", settings, {}, fused);
  engine->intern("0");
  engine->queue_leader(tape.leader_ts_ns, tape.leader);
  return engine;
}

std::uint64_t by_ticks(const Tape& tape, const std::vector<Setting>& settings) {
  const auto engine = make_engine(tape, settings, true);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < tape.ts_ns.size(); ++i) {
    const double* row = nullptr;
    const Trade trade{tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]};
    if (engine->on_trade(0, trade, kNoId, &row) != Status::kOk) {
      throw std::runtime_error("trade " + std::to_string(i) + " was not accepted");
    }
    std::uint64_t of_row = 0;
    for (std::size_t k = 0; k < engine->outputs().size(); ++k) {
      of_row = fold(of_row, std::bit_cast<std::uint64_t>(row[k]));
    }
    hash = fold(hash, of_row);
  }
  return hash;
}

std::uint64_t by_columns(const Tape& tape, const std::vector<Setting>& settings, bool fused) {
  const auto engine = make_engine(tape, settings, fused);
  const std::size_t size = tape.ts_ns.size(), width = engine->outputs().size();
  std::vector<std::vector<double>> real(width, std::vector<double>(size));
  std::vector<std::vector<std::uint8_t>> flag(width, std::vector<std::uint8_t>(size));
  std::vector<std::uint8_t> status(size);
  std::vector<OutputColumn> columns;
  for (std::size_t k = 0; k < width; ++k) {
    const bool is_flag = engine->outputs()[k].flag;
    columns.push_back({is_flag ? nullptr : real[k].data(), is_flag ? flag[k].data() : nullptr});
  }
  const TradeColumns trades{tape.ts_ns.data(),
                            tape.price.data(),
                            tape.qty.data(),
                            tape.side.data(),
                            nullptr,
                            nullptr,
                            size};
  engine->run(trades, columns, status.data());
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < size; ++i) {
    std::uint64_t of_row = 0;
    for (std::size_t k = 0; k < width; ++k) {
      const double value = engine->outputs()[k].flag ? flag[k][i] : real[k][i];
      of_row = fold(of_row, std::bit_cast<std::uint64_t>(value));
    }
    hash = fold(hash, of_row);
  }
  return hash;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return std::fputs("hash_tapes SETTINGS FILE...\n", stderr), 2;
  const auto settings = parse(argv[1]);
  for (int i = 2; i < argc; ++i) {
    const Tape tape = read_tape(argv[i]);
    const std::uint64_t hash = by_columns(tape, settings, true);
    if (by_columns(tape, settings, false) != hash) throw std::runtime_error("erased != fused");
    if (by_ticks(tape, settings) != hash) throw std::runtime_error("streaming != batch");
    std::printf("%016llx\n", static_cast<unsigned long long>(hash));
  }
  return 0;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
