// A formula: numbers, comparisons and functions over outputs of nodes, compiled to postfix code
// over a stack. One operation after another in the order of the text, no multiply-add, no algebra;
// a tick and a block of rows go through the same code, so they have the same bits.
//
// What is not finite is NaN, inputs included. A comparison is 1 or 0, NaN where a side is NaN.
//   a and b: 0 if one is 0, else NaN if one is NaN, else 1.   not NaN = NaN
//   a or b:  1 if one is neither 0 nor NaN, else NaN if one is NaN, else 0
//   min, max, clip, where of a NaN are NaN (where: of its condition or of what it takes)
// Whatever leaves is canonical.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tickeng {

struct Expression;

struct Instruction {
  enum class Op : std::uint8_t {
    kInput,
    kConstant,
    kNegate,  // of one number
    kNot,
    kAbs,
    kSign,
    kSqrt,
    kLog,
    kExp,
    kIsNan,
    kAdd,  // of two
    kSubtract,
    kMultiply,
    kDivide,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kEqual,
    kUnequal,
    kAnd,
    kOr,
    kMin,
    kMax,
    kClip,  // of three
    kWhere,
    kSdiv,
  };
  Op op = Op::kConstant;
  std::uint32_t input = 0;  ///< which one
  double constant = 0.0;

  friend bool operator==(const Instruction& a, const Instruction& b) noexcept {
    return a.op == b.op && a.input == b.input &&
           std::bit_cast<std::uint64_t>(a.constant) == std::bit_cast<std::uint64_t>(b.constant);
  }
};

class Formula {
 public:
  static constexpr std::size_t kMostDepth = 64;  ///< numbers that wait at once
  static constexpr std::size_t kLanes = 64;      ///< rows that go together

  void push_input(std::size_t input);
  void push_constant(double value);
  /// Takes as many numbers as the operation is of; those that are constants are worked out here.
  void apply(Instruction::Op op);
  /// Inputs get other numbers: new_of[input].
  void renumber(std::span<const std::size_t> new_of);

  /// The value of a row, in which input i stands in slots[i].
  [[nodiscard]] double value(const double* row, const std::size_t* slots) const noexcept;
  /// n rows, in which input i is the column slots[i].
  void run(double* const* columns, const std::size_t* slots, std::size_t n,
           double* out) const noexcept;

  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
  /// The code, which says what is computed whatever inputs are called: "#0 0.5 * #1 -".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::uint64_t hash() const;
  friend bool operator==(const Formula& a, const Formula& b) { return a.code_ == b.code_; }

 private:
  void grow(const Instruction& instruction);

  std::vector<Instruction> code_;
  std::size_t waiting_ = 0, depth_ = 0;
};

/// Whether a call of this name is part of a formula, and no kernel.
[[nodiscard]] bool is_function(std::string_view name);

/// How the compiler of formulas asks: which input a reference or the call of a kernel is, and where
/// what cannot be is told (it throws).
struct FormulaContext {
  std::function<std::size_t(const Expression&)> input;
  std::function<void(std::size_t at, const std::string& message)> fail;
};
[[nodiscard]] Formula compile_formula(const Expression& expression, const FormulaContext& context);

}  // namespace tickeng
