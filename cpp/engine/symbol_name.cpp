#include "tickeng/engine/symbol_name.hpp"

#include <cstdio>
#include <string>

#include "tickeng/base/control_text.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/engine/engine.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kShown = 40;  // bytes of a name in a message

std::string shown(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    char hex[5];
    std::snprintf(hex, sizeof hex, "\\x%02x", byte);
    text += byte < 0x20 || byte > 0x7e ? std::string(hex) : std::string(1, c);
  }
  return "'" + text + (name.size() > kShown ? "...'" : "'");
}

std::string megabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g MB", bytes / 1e6);
  return text;
}

}  // namespace

void check_symbol_name(std::string_view name, const EngineOptions& options) {
  if (name.empty()) throw DataError("a symbol has an empty name; give it one, such as 'default'");
  if (name.size() > options.max_symbol_bytes) {
    throw DataError("symbol " + shown(name) + " has " + std::to_string(name.size()) +
                    " bytes, more than max_symbol_bytes = " +
                    std::to_string(options.max_symbol_bytes) + "; raise that if it is meant");
  }
  if (const std::size_t at = control_at(name); at < name.size()) {
    throw DataError("symbol " + shown(name) + " has a control character at byte " +
                    std::to_string(at) + "; take it out of the name");
  }
}

void check_symbol_count(std::size_t known, const EngineOptions& options, const Pipeline& pipeline) {
  if (known < options.max_symbols) return;
  const auto each = static_cast<double>(pipeline.graph_bytes());
  const auto most = static_cast<double>(options.max_symbols);
  throw DataError(
      "more than max_symbols = " + std::to_string(options.max_symbols) +
      " symbols: each takes up to " + megabytes(each) + " of memory, so that these take up to " +
      megabytes(each * most) + " and twice as many " + megabytes(2 * each * most) +
      "; give max_symbols=" + std::to_string(2 * options.max_symbols) + " if that is meant");
}

}  // namespace tickeng
