// Formulas: numbers that no market gives (infinities, NaN of any sign), rows of a block against
// rows alone over every operation and length, and what one reads as.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/formula.hpp"
#include "tickeng/graph/pipeline.hpp"
#include "tickeng/graph/syntax.hpp"

namespace {

using namespace tickeng;

int failures = 0;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::printf("FAIL  %s\n", what.c_str());
  ++failures;
}

/// Inputs are numbered in the order of their names: a, b, c.
Formula made(const std::string& text) {
  const auto input = [](const Expression& e) { return static_cast<std::size_t>(e.name[0] - 'a'); };
  const auto fail = [](std::size_t, const std::string& why) { throw ConfigError(why); };
  return compile_formula(parse_expression(text), {.input = input, .fail = fail});
}

bool same(double x, double y) { return std::memcmp(&x, &y, sizeof x) == 0; }

constexpr double kInf = std::numeric_limits<double>::infinity();
const std::vector<double> kHard = {0.0,   -0.0, 1.0,   -1.0,   kNaN,   -kNaN,   kInf,
                                   -kInf, 2.5,  1e308, -1e308, 5e-324, -5e-324, 1e-300};
const char* const kTexts[] = {"a",
                              "-a",
                              "not a",
                              "abs(a)",
                              "sign(a)",
                              "sqrt(a)",
                              "log(a)",
                              "exp(a)",
                              "isnan(a)",
                              "a + b",
                              "a - b",
                              "a * b",
                              "a / b",
                              "a < b",
                              "a <= b",
                              "a > b",
                              "a >= b",
                              "a == b",
                              "a != b",
                              "a and b",
                              "a or b",
                              "min(a, b, c)",
                              "max(a, b, c)",
                              "clip(a, b, c)",
                              "where(a, b, c)",
                              "sdiv(a, b, c)",
                              "a + (b + (c + (a * (b - c))))"};

void test_rows_and_blocks() {
  std::vector<double> columns[3];
  for (const double a : kHard) {
    for (const double b : kHard) {
      for (const double c : kHard) {
        const double row[] = {a, b, c};
        for (int i = 0; i < 3; ++i) columns[i].push_back(row[i]);
      }
    }
  }
  const std::size_t rows = columns[0].size(), slots[] = {0, 1, 2};
  for (const char* text : kTexts) {
    const Formula f = made(text);
    std::vector<double> alone(rows), out(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const double row[] = {columns[0][i], columns[1][i], columns[2][i]};
      alone[i] = f.value(row, slots);
      expect(alone[i] == alone[i] ? std::isfinite(alone[i]) : same(alone[i], kNaN),
             std::string("finite or the canonical NaN: ") + text);
    }
    for (const std::size_t piece : {std::size_t{1}, std::size_t{63}, std::size_t{64}, rows}) {
      for (std::size_t at = 0; at < rows; at += piece) {
        double* from[] = {&columns[0][at], &columns[1][at], &columns[2][at]};
        f.run(from, slots, std::min(piece, rows - at), &out[at]);
      }
      for (std::size_t i = 0; i < rows; ++i) {
        expect(same(out[i], alone[i]), std::string("a row of a block: ") + text);
      }
    }
  }
}

void test_values() {
  const std::size_t slots[] = {0, 1, 2};
  const auto is = [&](const char* text, double a, double b, double want) {
    const double row[] = {a, b, 0.0};
    expect(same(made(text).value(row, slots), want), text);
  };
  is("isnan(a)", kInf, 0.0, 1.0);
  is("a > b", kInf, 0.0, kNaN);
  is("sdiv(a, b, 7)", 1e308, 1e-10, 7.0);
  is("clip(a, 3, b)", 1.0, 2.0, 2.0);
  is("a + b", -0.0, -0.0, -0.0);
  is("sign(a)", -0.0, 0.0, 0.0);
  is("min(a, b)", 0.0, -0.0, 0.0);
  is("-a * b", 3.0, 2.0, -6.0);
  is("exp(a)", -1e308, 0.0, 0.0);
  is("exp(a)", 0.0, 0.0, 1.0);
  is("log(a)", 1.0, 0.0, 0.0);
}

void test_texts() {
  expect(made("0.5*a - b").text() == "0.5 #0 * #1 -", "code as text");
  expect(made("1/2*a - b") == made("0.5*a - b"), "constants are worked out");
  expect(!(made("a*(1/2) - b") == made("0.5*a - b")), "the order is the text's");
  expect(made("0/0").text() == "nan", "a constant that is undefined");
  Formula f = made("b + c*b");
  const std::size_t new_of[] = {9, 0, 1};
  f.renumber(new_of);
  expect(f.text() == "#0 #1 #0 * +", "inputs get other numbers");
}

}  // namespace

int main() {
  test_rows_and_blocks();
  test_values();
  test_texts();
  if (failures == 0) std::puts("formulas: ok");
  return failures == 0 ? 0 : 1;
}
