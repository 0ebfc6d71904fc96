// Formulas: their operations, how they run, and how they read as text.
#include "tickeng/graph/formula.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "tickeng/base/exp.hpp"
#include "tickeng/base/log.hpp"
#include "tickeng/graph/node.hpp"

namespace tickeng {
namespace {

using Op = Instruction::Op;

struct Word {
  std::string_view text;
  std::size_t of;  ///< how many numbers it takes
};
constexpr std::array<Word, 27> kWords = {
    {{"#", 0},   {"", 0},    {"neg", 1},   {"not", 1},  {"abs", 1},   {"sign", 1}, {"sqrt", 1},
     {"log", 1}, {"exp", 1}, {"isnan", 1}, {"+", 2},    {"-", 2},     {"*", 2},    {"/", 2},
     {"<", 2},   {"<=", 2},  {">", 2},     {">=", 2},   {"==", 2},    {"!=", 2},   {"and", 2},
     {"or", 2},  {"min", 2}, {"max", 2},   {"clip", 3}, {"where", 3}, {"sdiv", 3}}};

constexpr const Word& word_of(Op op) { return kWords[static_cast<std::size_t>(op)]; }

bool is_nan(double x) noexcept { return x != x; }

double finite(double x) noexcept {
  return std::fabs(x) <= std::numeric_limits<double>::max() ? x : kNaN;
}

double truth(double a, double b, bool holds) noexcept {
  return std::isunordered(a, b) ? kNaN : (holds ? 1.0 : 0.0);
}

double one(Op op, double x) noexcept {
  switch (op) {
    case Op::kNegate: return is_nan(x) ? kNaN : -x;
    case Op::kNot: return is_nan(x) ? kNaN : (x == 0.0 ? 1.0 : 0.0);
    case Op::kAbs: return std::fabs(x);
    case Op::kSign: return is_nan(x) ? kNaN : (x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : 0.0));
    case Op::kSqrt: return x >= 0.0 ? std::sqrt(x) : kNaN;
    case Op::kLog: return x > 0.0 ? log(x) : kNaN;
    case Op::kExp: return finite(exp(x));
    default: return is_nan(x) ? 1.0 : 0.0;
  }
}

double two(Op op, double a, double b) noexcept {
  const bool nan = std::isunordered(a, b);
  switch (op) {
    case Op::kAdd: return finite(a + b);
    case Op::kSubtract: return finite(a - b);
    case Op::kMultiply: return finite(a * b);
    case Op::kDivide: return finite(a / b);
    case Op::kLess: return truth(a, b, a < b);
    case Op::kLessEqual: return truth(a, b, a <= b);
    case Op::kGreater: return truth(a, b, a > b);
    case Op::kGreaterEqual: return truth(a, b, a >= b);
    case Op::kEqual: return truth(a, b, a == b);
    case Op::kUnequal: return truth(a, b, a != b);
    case Op::kAnd: return a == 0.0 || b == 0.0 ? 0.0 : (nan ? kNaN : 1.0);
    case Op::kOr: {
      const bool yes = std::islessgreater(a, 0.0) || std::islessgreater(b, 0.0);
      return yes ? 1.0 : (nan ? kNaN : 0.0);
    }
    case Op::kMin: return nan ? kNaN : (b < a ? b : a);
    default: return nan ? kNaN : (b > a ? b : a);
  }
}

double three(Op op, double a, double b, double c) noexcept {
  switch (op) {
    case Op::kClip: {
      const double low = a < b ? b : a;
      return std::isunordered(a, b) || is_nan(c) ? kNaN : (low > c ? c : low);
    }
    case Op::kWhere: return is_nan(a) ? kNaN : (a != 0.0 ? b : c);
    default: {
      const double ratio = finite(a / b);
      return std::isunordered(a, b) ? kNaN : (is_nan(ratio) ? c : ratio);
    }
  }
}

/// Rows side by side: a number of the stack.
template <std::size_t N>
using Lane = std::array<double, N>;

/// One operation on the numbers under `top`; where its result's end is then.
template <Op op, std::size_t N, class Count>
[[gnu::flatten]] Lane<N>* step(Lane<N>* top, [[maybe_unused]] Count n) noexcept {
  constexpr std::size_t kOf = word_of(op).of;
  if constexpr (kOf == 0) {
    return top;  // never: inputs and constants are put there
  } else {
    double* __restrict const x = (top - kOf)->data();
    const double* const y = (top - (kOf > 1 ? kOf - 1 : 1))->data();
    const double* const z = (top - 1)->data();
    const auto row = [=](std::size_t i) {
      if constexpr (kOf == 1) x[i] = one(op, x[i]);
      if constexpr (kOf == 2) x[i] = two(op, x[i], y[i]);
      if constexpr (kOf == 3) x[i] = three(op, x[i], y[i], z[i]);
    };
    if constexpr (N == 1) {
      row(0);
    } else {
#ifndef __clang__
#pragma GCC ivdep
#endif
      for (std::size_t i = 0; i < n; ++i) row(i);
    }
    return top - (kOf - 1);
  }
}

template <std::size_t N, class Count>
constexpr auto kSteps = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array{&step<static_cast<Op>(I), N, Count>...};
}(std::make_index_sequence<kWords.size()>{});

/// `input(i)`: where n rows of it begin. The last number stands in stack[0].
template <std::size_t N, class Count, class Input>
void evaluate(std::span<const Instruction> code, Lane<N>* stack, Count n,
              const Input& input) noexcept {
  Lane<N>* top = stack;
  for (const Instruction& c : code) {
    if (c.op == Op::kInput) {
      const double* const x = input(c.input);
      for (std::size_t i = 0; i < n; ++i) (*top)[i] = finite(x[i]);
      ++top;
    } else if (c.op == Op::kConstant) {
      for (std::size_t i = 0; i < n; ++i) (*top)[i] = c.constant;
      ++top;
    } else {
      top = kSteps<N, Count>[static_cast<std::size_t>(c.op)](top, n);
    }
  }
}

using One = std::integral_constant<std::size_t, 1>;

}  // namespace

double Formula::value(const double* row, const std::size_t* slots) const noexcept {
  std::array<Lane<1>, kMostDepth> stack;
  evaluate(code_, stack.data(), One{}, [=](std::size_t i) { return row + slots[i]; });
  return stack[0][0];
}

void Formula::run(double* const* columns, const std::size_t* slots, std::size_t n,
                  double* out) const noexcept {
  std::array<Lane<kLanes>, kMostDepth> stack;
  for (std::size_t at = 0; at < n; at += kLanes) {
    const std::size_t rows = std::min(kLanes, n - at);
    evaluate(code_, stack.data(), rows, [=](std::size_t i) { return columns[slots[i]] + at; });
    std::copy_n(stack[0].data(), rows, out + at);
  }
}

void Formula::grow(const Instruction& instruction) {
  code_.push_back(instruction);
  depth_ = std::max(depth_, ++waiting_);
}

void Formula::push_input(std::size_t input) {
  grow({.op = Op::kInput, .input = static_cast<std::uint32_t>(input)});
}

void Formula::push_constant(double value) { grow({.op = Op::kConstant, .constant = value}); }

void Formula::apply(Op op) {
  const std::size_t of = word_of(op).of;
  code_.push_back({.op = op});
  waiting_ -= of - 1;
  const auto begin = code_.end() - static_cast<std::ptrdiff_t>(of + 1);
  if (!std::all_of(begin, code_.end() - 1, [](auto& c) { return c.op == Op::kConstant; })) return;
  std::array<Lane<1>, 3> stack;
  evaluate(std::span(&*begin, of + 1), stack.data(), One{}, [](std::size_t) { return nullptr; });
  code_.erase(begin, code_.end());
  code_.push_back({.op = Op::kConstant, .constant = stack[0][0]});
}

void Formula::renumber(std::span<const std::size_t> new_of) {
  for (Instruction& c : code_) {
    if (c.op == Op::kInput) c.input = static_cast<std::uint32_t>(new_of[c.input]);
  }
}

std::string Formula::text() const {
  std::string text;
  for (const Instruction& c : code_) {
    text.append(text.empty() ? "" : " ").append(word_of(c.op).text);
    char number[40];
    if (c.op == Op::kInput) text += std::to_string(c.input);
    if (c.op != Op::kConstant) continue;
    if (is_nan(c.constant)) {
      text += "nan";
    } else {
      text.append(number, std::to_chars(number, number + sizeof number, c.constant).ptr);
    }
  }
  return text;
}

std::uint64_t Formula::hash() const {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text()) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

}  // namespace tickeng
