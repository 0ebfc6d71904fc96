// The language of pipelines: what is read, what is refused and where, and that what is printed
// reads back to the same text.
#include <cstdio>
#include <string>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/syntax.hpp"

namespace {

int failures = 0;

std::string printed(const std::string& text) {
  std::string all;
  for (const auto& s : tickeng::parse(text)) all += (all.empty() ? "" : "; ") + to_text(s);
  return all;
}

void reads(const std::string& text, const std::string& as) {
  std::string got;
  try {
    got = printed(text);
    if (got == as && printed(got) == as) return;
  } catch (const tickeng::ConfigError& e) {
    got = e.what();
  }
  std::printf("FAIL  %s\n  reads as %s\n  not as   %s\n", text.c_str(), got.c_str(), as.c_str());
  ++failures;
}

void refuses(const std::string& text, const std::string& word) {
  std::string got;
  try {
    got = printed(text);
  } catch (const tickeng::ConfigError& e) {
    got = e.what();
    if (got.find(word) != got.npos) return;
  }
  std::printf("FAIL  %s\n  gives %s\n  where '%s' is expected\n", text.c_str(), got.c_str(),
              word.c_str());
  ++failures;
}

void test_reads() {
  reads("chain", "chain");
  reads("chain; x = z(k1, window=200)\n\n# a comment\n  y=x*2 # more",
        "chain; x = z(k1, window=200); "
        "y = x * 2");
  reads("k1,impact", "k1; impact");
  reads("ti_2s = trade_imbalance(window=2000ms)", "ti_2s = trade_imbalance(window=2s)");
  reads("a = b.c + quote.bid", "a = b.c + quote.bid");
  reads("a = f(x,\n  y,\n)\nb = 1", "a = f(x, y); b = 1");
  reads("a = -x * -(y + 1.5) / 2e3", "a = -x * -(y + 1.5) / 2000.0");
  reads("a = x - (y - z) - w", "a = x - (y - z) - w");
  reads("a = (x / y) / z", "a = x / y / z");
  reads("g = vpin < 0.6 and k4 > -1 or not (a or b)", "g = vpin < 0.6 and k4 > -1 or not (a or b)");
  reads("g = (a < b) == (c < d)", "g = (a < b) == (c < d)");
  reads("m = k2(leader=\"ETH\\u0055SDT\", on=trade, excl=true)",
        "m = k2(leader=\"ETHUSDT\", on=trade, excl=true)");
  reads("m = k2(leader='BTC')", "m = k2(leader=\"BTC\")");
  reads("w = mean(x, window=0.5s)", "w = mean(x, window=500ms)");
  reads("w = mean(x, window=1e3ns)", "w = mean(x, window=1us)");
  reads("w = .5 * 1e-300", "w = 0.5 * 1e-300");
  reads("r = regime(step=5000).hurst", "r = regime(step=5000).hurst");
  reads("a = not not x", "a = not not x");
  reads("a = 18014398509481984 + 0.1", "a = 18014398509481984 + 0.1");
  reads("", "");
}

void test_refusals() {
  refuses("K1", "names are lower case: k1");
  refuses("a = 2 s", "column 7");
  refuses("a = 5x", "no number and no duration: 5x");
  refuses("a = 1_000", "1_000");
  refuses("a = 0s", "longer than zero");
  refuses("a = mean(x, window=1.5ns)", "whole number of ns");
  refuses("a = 1e99d", "at most 100,000 days");
  refuses("a = b < c < d", "a < b and b < c");
  refuses("a = f(x=1, y)", "come before keywords");
  refuses("a = f(x=1, x=2)", "given twice");
  refuses("a = f(1=2)", "is a name");
  refuses("1 + k1", "name = ...");
  refuses("a = (b", "where ) is expected");
  refuses("a = ", "the statement ends");
  refuses("a.b = c", "is a name");
  refuses("a = b c", "'c' stands");
  refuses("a = \"x", "does not end");
  refuses("a = 'x\"'", "inside ' '");
  refuses("a = $", "no word of the language: $");
  refuses("a = 1e999", "no double holds");
  refuses("a = or", "'or' stands");
  refuses("\n\nb = 1 +* 2", "line 3, column 8");
  refuses("a = " + std::string(65, '(') + "x" + std::string(65, ')'), "64 levels");
  refuses("a = " + std::string(65, '-') + "x", "64 levels");
  refuses(std::string(65537, ' '), "65536");
  refuses(std::string(64, 'a'), "at most 63");
  std::string many = "a = x";
  for (int i = 0; i < 3000; ++i) many += "+x";
  refuses(many, "4,096");
}

}  // namespace

int main() {
  test_reads();
  test_refusals();
  if (failures == 0) std::printf("ok\n");
  return failures == 0 ? 0 : 1;
}
