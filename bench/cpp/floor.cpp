// What a tick cannot do without: a logarithm, the root of the time that passed, and six running
// means and variances with their scores, each carried from tick to tick; no windows, no admission,
// one number out. Prints ns a tick, the median of REPS:   floor N REPS
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tape.hpp"

using tickeng::bench::Tape;
using Clock = std::chrono::steady_clock;

namespace {

struct Carried {
  double mean = 0.0, variance = 1.0;

  double score(double x) {
    constexpr double kWeight = 1.0 / 1024;
    mean += kWeight * (x - mean);
    const double off = x - mean;
    variance += kWeight * (off * off - variance);
    return off / (std::sqrt(variance) + 1e-8);
  }
};

double one_pass(const Tape& tape, std::vector<double>& out) {
  Carried flow, speed, move, size, impact, level;
  double before = std::log(tape.price[0]);
  const auto start = Clock::now();
  for (std::size_t i = 1; i < tape.size(); ++i) {
    const double x = std::log(tape.price[i]), r = std::fabs(x - before), q = tape.qty[i];
    const double v = q * tape.side[i];
    const double dt_s = static_cast<double>(tape.ts_ns[i] - tape.ts_ns[i - 1]) / 1e9;
    before = x;
    out[i] = flow.score(v) + speed.score(v / (std::sqrt(dt_s) + 0.001)) + move.score(r) +
             size.score(q) + impact.score(r / (q + 0.01)) + level.score(x);
  }
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("floor N REPS\n", stderr), 2;
  const auto n = static_cast<std::size_t>(std::atoll(argv[1]));
  const Tape tape(n, 1);
  std::vector<double> out(n), took;
  for (int rep = 0; rep < std::atoi(argv[2]); ++rep) took.push_back(one_pass(tape, out));
  std::sort(took.begin(), took.end());
  if (out[n / 2] == 1e300) std::puts("");  // the numbers are used
  std::printf("%.3f\n", took[took.size() / 2] / static_cast<double>(n));
}
