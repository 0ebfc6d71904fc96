// Delimited text to trades, quotes, books or changes of books: one line a row, one role a column.
// Delimiters are found 16 bytes at a time, fields are converted where they lie. A row is refused
// for the first of its faults in the order fields, event, symbol, timestamp, numbers, price,
// qty, side, id, levels that no side of a book can have.
// Trap: a row must have exactly as many fields as there are roles; fields may be quoted ("" is a
// quote inside), but a quoted field never spans lines.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/io/amount_text.hpp"
#include "tickeng/io/line_reader.hpp"
#include "tickeng/io/market_side.hpp"
#include "tickeng/io/time_text.hpp"
#include "tickeng/io/word_rule.hpp"

namespace tickeng::io {

enum class Role : std::uint8_t {
  kIgnore,
  kTs,
  kRecv,
  kPrice,
  kQty,
  kSide,
  kMaker,
  kSymbol,
  kId,
  kEvent,
  kDate,
  kMarket,
  kSnapshot,
  kFirst,
  kLast,
  kPrevious,
  kMessage,
};

/// What a word says of a row of changes: it is of a snapshot, its level is gone, it is none.
inline constexpr std::int8_t kOfSnapshot = 1, kGone = 2, kOther = 4;

/// Stands for no column.
inline constexpr std::uint32_t kNoColumn = std::numeric_limits<std::uint32_t>::max();

/// A column that is not read but holds one of these texts in every row.
struct KnownTexts {
  std::uint32_t column = 0;
  std::vector<std::string> texts;
};

struct CsvLayout {
  std::vector<Role> roles;                    // one a column
  std::vector<std::uint32_t> symbol_columns;  // in the order in which they are joined
  std::vector<KnownTexts> known;
  char delimiter = ',';
  char line_end = '\n';
  TimeText ts;  // of "date blank ts" where there is a column of dates
  TimeText recv;
  AmountText price;
  AmountText qty;
  // Of quotes and books the columns of the role kMarket: prices of bids, their quantities, those of
  // asks; `levels` each, best first. A price of kNoColumn is none, a quantity of kNoColumn is 0.
  std::vector<std::uint32_t> market;
  std::size_t levels = 0;         // 0: rows are trades
  WordRule side;                  // for the role side or maker
  std::vector<WordRule> events;   // one a column of that role, in their order; 1: kept, 0: filtered
  std::vector<WordRule> changes;  // one a column of the role kSnapshot, in their order
  bool is_delta = false;          // rows are levels that changed
  bool signed_qty = false;
  bool text_ids = false;
  bool lenient_ids = false;  // an id that is no integer is none, and its row is kept
};

class CsvEvents final : public LineReader {
 public:
  /// Throws std::invalid_argument for a layout without columns, with a delimiter of a zero byte or
  /// with another number of rules than columns of events.
  explicit CsvEvents(CsvLayout layout);

  [[nodiscard]] TimeUnit ts_unit() const noexcept { return layout_.ts.unit(); }

 private:
  // How a column is read: its role, with the unusual forms of a role told apart once.
  enum class Step : std::uint8_t {
    kEvent,
    kChange,
    kSymbol,
    kTs,
    kDateAndTs,
    kRecv,
    kNumber,
    kPrice,  // behind it stands what does not say whose message it is
    kUnusualPrice,
    kQty,
    kUnusualQty,
    kMarketPrice,
    kMarketQty,
    kSide,
    kId,
    kLenientId,
    kTextId,
  };
  struct Use {
    Step step;
    std::uint32_t column;
    std::uint32_t rule = 0;  // of kEvent and kChange; of the market's and of kNumber, the index
  };
  struct Fault {
    RejectReason reason = RejectReason::kFields;
    Hint hint = Hint::kNone;
    Conflict conflict = Conflict::kNone;
    bool filtered = false;
  };
  void on_line(const char* begin, const char* end) override;
  [[nodiscard]] bool every_line_is_a_row() const noexcept override;
  [[nodiscard]] Step step_of(Role role) const noexcept;
  void use_market();
  [[nodiscard]] bool split(const char* begin, const char* end, Hint& hint);
  [[nodiscard]] bool split_quoted(const char* begin, const char* end, Hint& hint);
  /// The name that the line's fields give its instrument.
  [[nodiscard]] std::string_view symbol();
  [[nodiscard]] bool convert(const Use& use, EventRow& event, Fault& fault);
  [[nodiscard]] bool read_event(const Use& use, Fault& fault);
  [[nodiscard]] bool read_date_and_ts(std::string_view field, EventRow& event, Fault& fault);
  [[nodiscard]] bool read_price(std::string_view field, EventRow& event, Fault& fault);
  [[nodiscard]] bool read_qty(std::string_view field, EventRow& event, Fault& fault);
  [[nodiscard]] bool read_market_price(std::string_view field, double& price) const;
  [[nodiscard]] bool read_market_qty(std::string_view field, double& qty, Fault& fault) const;
  [[nodiscard]] SideFault market_fault() noexcept;
  void take_market(const EventRow& event, std::string_view line);
  [[nodiscard]] bool read_change(const Use& use, EventRow& event, Fault& fault);
  [[nodiscard]] bool read_number(const Use& use, EventRow& event) const;
  void take_change(EventRow& event, std::string_view line);
  /// The row without a price, beside its reject: the message that it is of is not whole.
  void note_fault(EventRow& event);
  /// The first column that holds another text than those known of it, -1 if there is none.
  [[nodiscard]] std::int64_t other_text() const noexcept;
  [[nodiscard]] bool is_cut(const char* begin, const char* end, Hint hint) const noexcept;
  void refuse(const Use& use, Fault fault, std::string_view line);

  CsvLayout layout_;
  std::vector<Use> uses_;  // in the order in which faults are reported
  std::vector<std::string_view> fields_;
  std::vector<std::string> unquoted_;
  std::string symbol_;  // the cells of several such columns, joined by colons
  std::int64_t date_column_ = -1;
  std::vector<double> market_;  // the row's values, as EventColumns::push_market takes them
};

/// A text id as 64 bits that depend on nothing but its bytes, blanks around it left out; INT64_MIN,
/// which is no id, for an empty one.
[[nodiscard]] std::int64_t id_hash(std::string_view text) noexcept;

}  // namespace tickeng::io
