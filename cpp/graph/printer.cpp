// Expressions as text that parses back to them.
#include <array>
#include <charconv>

#include "tickeng/graph/syntax.hpp"

namespace tickeng {
namespace {

using Kind = Expression::Kind;

/// How tightly an operator binds; what binds less is put in parentheses.
int strength(const Expression& e) {
  if (e.kind == Kind::kUnary) return e.name == "not" ? 3 : 7;
  if (e.kind != Kind::kBinary) return 8;
  if (e.name == "or") return 1;
  if (e.name == "and") return 2;
  if (e.name == "+" || e.name == "-") return 5;
  if (e.name == "*" || e.name == "/") return 6;
  return 4;
}

std::string number_text(const Expression& e) {
  char buffer[40];
  const auto done =
      e.whole ? std::to_chars(buffer, buffer + sizeof buffer, e.number, std::chars_format::fixed)
              : std::to_chars(buffer, buffer + sizeof buffer, e.number);
  std::string text(buffer, done.ptr);
  if (!e.whole && text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

std::string duration_text(std::int64_t ns) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 7> kUnits = {
      {{86'400'000'000'000, "d"},
       {3'600'000'000'000, "h"},
       {60'000'000'000, "m"},
       {1'000'000'000, "s"},
       {1'000'000, "ms"},
       {1'000, "us"},
       {1, "ns"}}};
  for (const auto& [size, unit] : kUnits) {
    if (ns % size == 0) return std::to_string(ns / size) + unit;
  }
  return {};
}

std::string string_text(const std::string& value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (static_cast<unsigned char>(c) < 32) {
      text += "\\u00";
      text += kHex[static_cast<unsigned char>(c) >> 4];
      text += kHex[c & 15];
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string inner(const Expression& e, int least) {
  if (strength(e) >= least) return to_text(e);
  return std::string("(").append(to_text(e)).append(")");
}

std::string call_text(const Expression& e) {
  std::string text = e.name + "(";
  const char* separator = "";
  for (const Expression& argument : e.arguments) {
    text.append(separator).append(to_text(argument));
    separator = ", ";
  }
  for (const auto& [name, value] : e.keywords) {
    text.append(separator).append(name).append("=").append(to_text(value));
    separator = ", ";
  }
  return text + ")";
}

}  // namespace

std::string to_text(const Expression& e) {
  std::string member;
  if (!e.member.empty()) member.append(".").append(e.member);
  switch (e.kind) {
    case Kind::kNumber: return number_text(e);
    case Kind::kDuration: return duration_text(e.ns);
    case Kind::kString: return string_text(e.name);
    case Kind::kBool: return e.number != 0.0 ? "true" : "false";
    case Kind::kReference: return e.name + member;
    case Kind::kCall: return call_text(e) + member;
    case Kind::kUnary:
      return e.name + (e.name == "not" ? " " : "") + inner(e.arguments[0], strength(e));
    case Kind::kBinary: break;
  }
  const int own = strength(e);  // left to right, and comparisons not at all
  return inner(e.arguments[0], own == 4 ? 5 : own) + " " + e.name + " " +
         inner(e.arguments[1], own + 1);
}

std::string to_text(const ParsedStatement& s) {
  return (s.name.empty() ? "" : s.name + " = ") + to_text(s.expression);
}

}  // namespace tickeng
