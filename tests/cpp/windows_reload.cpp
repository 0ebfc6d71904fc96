// Every window length from 1 to 400, saved and loaded at odd places: what follows must be the bits
// of a window that was never saved. Short windows hold few blocks of their grid, so that a rebuild
// has the least room; under sanitizers (make cpp SANITIZE=address,undefined) a step outside shows.
#include <bit>
#include <cstdint>
#include <cstdio>

#include "tickeng/kernel/state.hpp"
#include "tickeng/stat/rolling_sum.hpp"

namespace {

double value(std::uint64_t i) { return static_cast<double>(i * 2654435761U % 1009) - 500.0; }

bool same(std::size_t window, std::uint64_t saved_at) {
  tickeng::stat::RollingSum kept(window), loaded(window);
  for (std::uint64_t i = 0; i < saved_at; ++i) (void)kept.push(value(i));
  tickeng::ByteWriter out;
  tickeng::StateSaver saver(out);
  kept.state(saver);
  tickeng::ByteReader in(out.bytes());
  tickeng::StateLoader loader(in);
  loaded.state(loader);
  for (std::uint64_t i = saved_at; i < saved_at + 2 * window + 3; ++i) {
    const auto want = std::bit_cast<std::uint64_t>(kept.push(value(i)));
    if (std::bit_cast<std::uint64_t>(loaded.push(value(i))) != want) return false;
  }
  return true;
}

}  // namespace

int main() {
  int failures = 0;
  for (std::size_t window = 1; window <= 400; ++window) {
    for (const std::uint64_t saved_at : {1U, 7U, 64U, 129U, 500U, 1025U}) {
      if (same(window, saved_at)) continue;
      std::printf("FAIL  window %zu saved at %u\n", window, static_cast<unsigned>(saved_at));
      ++failures;
    }
  }
  return failures;
}
