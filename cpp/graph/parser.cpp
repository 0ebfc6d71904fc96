// The grammar, one function a rule, by recursive descent.
#include <algorithm>
#include <array>
#include <utility>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/lexer.hpp"
#include "tickeng/graph/syntax.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kMostNodes = 4096, kMostDepth = 64;
constexpr std::array<std::string_view, 6> kCompare = {"<", "<=", ">", ">=", "==", "!="};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text), token_(lexer_.next(false)) {}

  std::vector<ParsedStatement> statements() {
    std::vector<ParsedStatement> all;
    for (;;) {
      while (token_.kind == Token::Kind::kBreak) advance();
      if (token_.kind == Token::Kind::kEnd) return all;
      all.push_back(statement());
      if (token_.kind != Token::Kind::kBreak && token_.kind != Token::Kind::kEnd) {
        unexpected("the end of the statement");
      }
    }
  }
  Expression alone() {
    Expression whole = expression();
    if (token_.kind != Token::Kind::kEnd) unexpected("the end");
    return whole;
  }

 private:
  using Kind = Expression::Kind;

  ParsedStatement statement() {
    ParsedStatement s{.name = {}, .at = token_.at, .expression = expression()};
    if (!token_.is("=")) {
      if (s.expression.kind == Kind::kReference || s.expression.kind == Kind::kCall) return s;
      lexer_.fail(s.at, "a formula wants a name: write name = ...");
    }
    if (s.expression.kind != Kind::kReference || !s.expression.member.empty()) {
      lexer_.fail(s.at, "what stands before = is a name");
    }
    s.name = std::move(s.expression.name);
    advance();
    s.expression = expression();
    return s;
  }

  Expression expression() {
    Depth level(*this);
    Expression left = conjunction();
    while (token_.is_name("or")) left = binary(std::move(left), &Parser::conjunction);
    return left;
  }
  Expression conjunction() {
    Expression left = negation();
    while (token_.is_name("and")) left = binary(std::move(left), &Parser::negation);
    return left;
  }
  Expression negation() {
    if (!token_.is_name("not")) return comparison();
    Depth level(*this);
    return unary(&Parser::negation);
  }
  Expression comparison() {
    Expression left = sum();
    if (!compares()) return left;
    left = binary(std::move(left), &Parser::sum);
    if (compares()) {
      lexer_.fail(token_.at, "comparisons do not follow one another: write a < b and b < c");
    }
    return left;
  }
  Expression sum() {
    Expression left = term();
    while (token_.is("+") || token_.is("-")) left = binary(std::move(left), &Parser::term);
    return left;
  }
  Expression term() {
    Expression left = factor();
    while (token_.is("*") || token_.is("/")) left = binary(std::move(left), &Parser::factor);
    return left;
  }
  Expression factor() {
    if (!token_.is("-")) return primary();
    Depth level(*this);
    return unary(&Parser::factor);
  }
  Expression primary() {
    Expression e = node(Kind::kNumber);
    switch (token_.kind) {
      case Token::Kind::kNumber:
        e.number = token_.number;
        e.whole = token_.whole;
        advance();
        return e;
      case Token::Kind::kDuration:
        e.kind = Kind::kDuration;
        e.ns = token_.ns;
        advance();
        return e;
      case Token::Kind::kString:
        e.kind = Kind::kString;
        e.name = std::move(token_.text);
        advance();
        return e;
      case Token::Kind::kName: return named(std::move(e));
      default: break;
    }
    if (!token_.is("(")) unexpected("a number, a name or (");
    open();
    Expression inner = expression();
    close();
    return inner;
  }
  /// true, false, a reference or a call.
  Expression named(Expression e) {
    for (const std::string_view word : {"and", "or", "not", "on"}) {
      if (token_.is_name(word)) unexpected("a number, a name or (");
    }
    e.name = std::move(token_.text);
    advance();
    if (e.name == "true" || e.name == "false") {
      e.kind = Kind::kBool;
      e.number = e.name == "true" ? 1.0 : 0.0;
      e.name.clear();
      return e;
    }
    e.kind = Kind::kReference;
    if (token_.is("(")) {
      e.kind = Kind::kCall;
      arguments(e);
    }
    if (token_.is(".")) {
      advance();
      if (token_.kind != Token::Kind::kName) unexpected("the name of an output");
      e.member = std::move(token_.text);
      advance();
    }
    return e;
  }
  void arguments(Expression& call) {
    open();
    while (!token_.is(")")) {
      const Token first = token_;
      const bool on = token_.is_name("on");  // a keyword that is no name anywhere else
      Expression value = on ? word() : expression();
      if (token_.is("=")) {
        keyword(call, first, value);
      } else if (on) {
        unexpected("=");
      } else if (!call.keywords.empty()) {
        lexer_.fail(first.at, "inputs by position come before keywords");
      } else {
        call.arguments.push_back(std::move(value));
      }
      if (!token_.is(",")) break;
      advance();
    }
    close();
  }
  Expression word() {
    Expression e = node(Kind::kReference);
    e.name = std::move(token_.text);
    advance();
    return e;
  }
  void keyword(Expression& call, const Token& first, const Expression& name) {
    if (name.kind != Kind::kReference || !name.member.empty()) {
      lexer_.fail(first.at, "what stands before = is a name");
    }
    for (const auto& [known, value] : call.keywords) {
      if (known == name.name) lexer_.fail(first.at, name.name + " is given twice");
    }
    advance();
    call.keywords.emplace_back(name.name, expression());
  }

  Expression binary(Expression left, Expression (Parser::*right)()) {
    Expression e = node(Kind::kBinary);
    e.name = std::move(token_.text);
    advance();
    e.arguments.push_back(std::move(left));
    e.arguments.push_back((this->*right)());
    return e;
  }
  Expression unary(Expression (Parser::*of)()) {
    Expression e = node(Kind::kUnary);
    e.name = std::move(token_.text);
    advance();
    e.arguments.push_back((this->*of)());
    return e;
  }
  [[nodiscard]] bool compares() const {
    return token_.kind == Token::Kind::kSymbol &&
           std::ranges::find(kCompare, token_.text) != kCompare.end();
  }
  Expression node(Kind kind) {
    if (++nodes_ > kMostNodes)
      lexer_.fail(token_.at, "more than 4,096 numbers, names and operators");
    Expression e;
    e.kind = kind;
    e.at = token_.at;
    return e;
  }
  void advance() { token_ = lexer_.next(nested_ > 0); }
  void open() {
    ++nested_;
    advance();
  }
  void close() {
    if (!token_.is(")")) unexpected(")");
    --nested_;
    advance();
  }
  [[noreturn]] void unexpected(const std::string& wanted) const {
    const bool end = token_.kind == Token::Kind::kEnd || token_.kind == Token::Kind::kBreak;
    lexer_.fail(token_.at, (end ? "the statement ends" : "'" + token_.text + "' stands") +
                               std::string(" where ") + wanted + " is expected");
  }

  /// One level of parentheses, or of - and not.
  class Depth {
   public:
    explicit Depth(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMostDepth) {
        parser_.lexer_.fail(parser_.token_.at, "nested deeper than 64 levels");
      }
    }
    ~Depth() { --parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    Parser& parser_;
  };

  Lexer lexer_;
  std::size_t nested_ = 0, depth_ = 0, nodes_ = 0;
  Token token_;
};

}  // namespace

std::vector<ParsedStatement> parse(std::string_view text) { return Parser(text).statements(); }

Expression parse_expression(std::string_view text) { return Parser(text).alone(); }

}  // namespace tickeng
