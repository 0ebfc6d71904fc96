// From an expression to the postfix code of a formula.
#include <algorithm>
#include <array>
#include <string>

#include "tickeng/graph/formula.hpp"
#include "tickeng/graph/syntax.hpp"

namespace tickeng {
namespace {

using Kind = Expression::Kind;
using Op = Instruction::Op;

struct Operator {
  std::string_view name;
  Op op;
};
constexpr std::array<Operator, 12> kOperators = {{{"+", Op::kAdd},
                                                  {"-", Op::kSubtract},
                                                  {"*", Op::kMultiply},
                                                  {"/", Op::kDivide},
                                                  {"<", Op::kLess},
                                                  {"<=", Op::kLessEqual},
                                                  {">", Op::kGreater},
                                                  {">=", Op::kGreaterEqual},
                                                  {"==", Op::kEqual},
                                                  {"!=", Op::kUnequal},
                                                  {"and", Op::kAnd},
                                                  {"or", Op::kOr}}};

struct Function {
  std::string_view name;
  Op op;
  std::size_t least, most;  ///< how many numbers it takes
  std::string_view takes;
};
constexpr std::array<Function, 11> kFunctions = {
    {{"abs", Op::kAbs, 1, 1, "one number"},
     {"sign", Op::kSign, 1, 1, "one number"},
     {"sqrt", Op::kSqrt, 1, 1, "one number"},
     {"log", Op::kLog, 1, 1, "one number"},
     {"exp", Op::kExp, 1, 1, "one number"},
     {"isnan", Op::kIsNan, 1, 1, "one number"},
     {"min", Op::kMin, 2, SIZE_MAX, "two numbers or more; the one over a window is lowest"},
     {"max", Op::kMax, 2, SIZE_MAX, "two numbers or more; the one over a window is highest"},
     {"clip", Op::kClip, 3, 3, "three numbers: clip(x, low, high)"},
     {"where", Op::kWhere, 3, 3, "three numbers: where(condition, then, else)"},
     {"sdiv", Op::kSdiv, 3, 3, "three numbers: sdiv(a, b, what it is where b is 0)"}}};

class Compiler {
 public:
  explicit Compiler(const FormulaContext& context) : context_(context) {}

  void add(const Expression& e) {
    switch (e.kind) {
      case Kind::kNumber: made_.push_constant(e.number); break;
      case Kind::kUnary:
        add(e.arguments[0]);
        made_.apply(e.name == "-" ? Op::kNegate : Op::kNot);
        break;
      case Kind::kBinary:
        add(e.arguments[0]);
        add(e.arguments[1]);
        made_.apply(std::ranges::find(kOperators, e.name, &Operator::name)->op);
        break;
      case Kind::kCall:
        if (is_function(e.name)) return call(e);
        [[fallthrough]];
      case Kind::kReference: made_.push_input(context_.input(e)); break;
      case Kind::kDuration: context_.fail(e.at, "a duration is no number of a formula"); break;
      case Kind::kString: context_.fail(e.at, "a text is no number of a formula"); break;
      case Kind::kBool:
        context_.fail(e.at, "true and false are values of parameters; in a formula write 1 or 0");
    }
    if (made_.depth() > Formula::kMostDepth) {
      context_.fail(e.at,
                    "more than 64 numbers wait for one another here; name parts of the formula");
    }
  }
  [[nodiscard]] Formula take() && { return std::move(made_); }

 private:
  void call(const Expression& e) {
    const Function& f = *std::ranges::find(kFunctions, e.name, &Function::name);
    const std::string name(f.name);
    if (!e.keywords.empty()) {
      context_.fail(e.keywords[0].second.at, name + " is a function; it takes no keywords");
    }
    if (!e.member.empty()) context_.fail(e.at, name + " is one number, it has no " + e.member);
    if (e.arguments.size() < f.least || e.arguments.size() > f.most) {
      context_.fail(e.at, name + " takes " + std::string(f.takes));
    }
    add(e.arguments[0]);
    if (f.most == f.least) {
      for (std::size_t i = 1; i < f.least; ++i) add(e.arguments[i]);
      return made_.apply(f.op);
    }
    for (std::size_t i = 1; i < e.arguments.size(); ++i) {
      add(e.arguments[i]);
      made_.apply(f.op);
    }
  }

  const FormulaContext& context_;
  Formula made_;
};

}  // namespace

bool is_function(std::string_view name) {
  return std::ranges::find(kFunctions, name, &Function::name) != kFunctions.end();
}

Formula compile_formula(const Expression& expression, const FormulaContext& context) {
  Compiler compiler(context);
  compiler.add(expression);
  return std::move(compiler).take();
}

}  // namespace tickeng
