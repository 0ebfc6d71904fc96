// A window by time beside another that is saved, loaded and copied now and then: the same sums and
// the same state, also where it overflows; and beside sums made anew.
#include "tickeng/stat/time_window.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "tickeng/kernel/state.hpp"

namespace {

using namespace tickeng;
using stat::TimeWindow;

constexpr std::int64_t kSpan = 2000;
int failures = 0;

void expect(bool holds, const char* what, std::size_t most, int pace) {
  if (holds) return;
  std::printf("FAIL  %s, at most %zu rows, pace %d\n", what, most, pace);
  ++failures;
}

std::int64_t step(int pace, int i, std::mt19937& draw) {
  switch (pace) {
    case 0: return static_cast<std::int64_t>(draw() % 3);
    case 1: return i / 1500 % 2 != 0 ? 1 : 100;
    default: return draw() % 500 == 0 ? 3000 : static_cast<std::int64_t>(draw() % 2);
  }
}

std::string saved(TimeWindow<1>& window) {
  ByteWriter out;
  StateSaver saver(out);
  window.state(saver);
  return std::move(out).take();
}

void compare(std::size_t most, int pace) {
  std::mt19937 draw(static_cast<unsigned>(most) + 1);
  TimeWindow<1> whole(kSpan, most), again(kSpan, most);
  std::vector<std::int64_t> ts;
  std::vector<double> x;
  std::int64_t now = 5;
  for (int i = 0; i < 20'000; ++i) {
    now += step(pace, i, draw);
    ts.push_back(now);
    x.push_back(static_cast<double>(draw() % 1000));
    whole.push(now, {x.back()});
    again.push(now, {x.back()});
    const auto from = std::upper_bound(ts.begin(), ts.end(), now - kSpan) - ts.begin();
    const auto inside = ts.size() - static_cast<std::size_t>(from);
    expect(whole.overflows() == (inside > most), "overflow", most, pace);
    expect(again.overflows() == whole.overflows(), "overflow once loaded", most, pace);
    if (!whole.overflows()) {
      double sum = 0.0;  // of whole numbers: exact
      for (auto k = static_cast<std::size_t>(from); k < x.size(); ++k) sum += x[k];
      expect(whole.sum()[0] == sum && whole.count() == inside, "sum", most, pace);
      expect(again.sum()[0] == sum, "sum once loaded", most, pace);
    }
    if (failures > 0) return;
    if (draw() % 37 != 0) continue;
    const std::string bytes = saved(again);
    expect(bytes == saved(whole), "state", most, pace);
    TimeWindow<1> loaded(kSpan, most);
    ByteReader in(bytes);
    StateLoader loader(in);
    loaded.state(loader);
    again = draw() % 2 != 0 ? TimeWindow<1>(loaded) : std::move(loaded);
  }
}

}  // namespace

int main() {
  for (const std::size_t most : {1UL, 16UL, 600UL, 1300UL, 1UL << 20}) {
    for (int pace = 0; pace < 3; ++pace) compare(most, pace);
  }
  if (failures == 0) std::puts("ok");
  return failures == 0 ? 0 : 1;
}
