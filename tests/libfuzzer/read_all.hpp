// A whole text through a line reader, the way the binding drives it, in pieces and batches of
// given sizes: what comes out may depend on neither.
#pragma once

#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "input.hpp"
#include "tickeng/io/line_reader.hpp"

struct Table {
  std::vector<std::tuple<std::int64_t, double, double, int, std::int64_t, std::uint32_t,
                         std::int64_t, std::int64_t>>
      trades;
  std::vector<std::pair<double, double>> levels;  // of quotes and books, -1 for no price
  std::vector<std::int64_t> quotes, depth;        // of recordings, a row's numbers in turn
  std::vector<std::pair<double, double>> depth_levels;
  std::vector<std::tuple<std::int64_t, int, int, std::string, std::string>> rejects;
  std::vector<std::string> symbols;
  std::size_t filtered = 0;
  std::int64_t rows = 0;
  bool cut = false;
  std::tuple<int, std::int64_t, std::string> contradiction;

  bool operator==(const Table&) const = default;
};

class Reading {
 public:
  /// `levels`: of quotes and books; of trades 0.
  Reading(tickeng::io::LineReader& reader, std::size_t batch, std::size_t levels)
      : reader_(reader), size_(batch), levels_(levels), ts_(batch), row_(batch), recv_(batch),
        id_(batch), price_(batch), qty_(batch), side_(batch), symbol_(batch) {
    for (auto& column : market_) column.resize(batch * levels);
  }
  virtual ~Reading() = default;

  Table of(std::string_view text, std::size_t piece) {
    begin();
    for (std::size_t from = 0; from < text.size() && !stopped(); from += piece) {
      const Copy bytes(text.substr(from, piece));
      for (std::size_t used = 0; used < bytes.size() && !stopped();) {
        if (reader_.full()) take(), begin();
        const std::size_t more = reader_.feed({bytes.begin() + used, bytes.size() - used});
        expect(more <= bytes.size() - used, "no more bytes are used than there are");
        used += more;
      }
    }
    if (reader_.full()) take(), begin();
    if (!stopped()) reader_.finish();
    take();
    const auto& found = reader_.contradiction();
    table_.contradiction = {static_cast<int>(found.about), found.row, found.text};
    table_.symbols.assign(reader_.symbols().names().begin(), reader_.symbols().names().end());
    table_.rows = reader_.rows();
    table_.cut = reader_.last_line_cut();
    return table_;
  }

 protected:
  /// Room for events that do not go to the columns of trades, and how many of them came.
  virtual void begin_others(std::size_t) {}
  virtual std::size_t take_others(Table&) { return 0; }

 private:
  [[nodiscard]] bool stopped() const {
    return reader_.contradiction().about != tickeng::io::Conflict::kNone;
  }
  void begin() {
    reader_.begin_batch(
        {.ts_ns = ts_.data(),
         .price = price_.data(),
         .qty = qty_.data(),
         .side = side_.data(),
         .market = {market_[0].data(), market_[1].data(), market_[2].data(), market_[3].data()},
         .levels = levels_,
         .row = row_.data(),
         .symbol = symbol_.data(),
         .recv_ns = recv_.data(),
         .id = id_.data()},
        size_);
    begin_others(size_);
  }
  void take() {
    const std::size_t n = reader_.accepted();
    const std::size_t others = take_others(table_);
    expect(n + others + reader_.rejects().size() + reader_.filtered() == reader_.batch_rows(),
           "every row is accepted, refused or filtered");
    for (std::size_t i = 0; i < n && levels_ > 0; ++i) {
      for (const std::size_t side : {0U, 2U}) take_side(i, side);
      expect(ts_[i] >= 0, "a time is not before 1970");
      table_.trades.emplace_back(ts_[i], 0, 0, 0, row_[i], symbol_[i], recv_[i], id_[i]);
    }
    for (std::size_t i = 0; i < n && levels_ == 0; ++i) {
      expect(price_[i] > 0 && std::isfinite(price_[i]), "a price is a positive number");
      expect(qty_[i] >= 0 && std::isfinite(qty_[i]), "a quantity is not negative");
      expect(side_[i] >= -1 && side_[i] <= 1, "a side is +1, -1 or 0");
      expect(ts_[i] >= 0, "a time is not before 1970");
      table_.trades.emplace_back(ts_[i], price_[i], qty_[i], side_[i], row_[i], symbol_[i],
                                 recv_[i], id_[i]);
    }
    for (const auto& r : reader_.rejects()) {
      table_.rejects.emplace_back(r.row, static_cast<int>(r.reason), static_cast<int>(r.hint),
                                  r.text, r.symbol);
    }
    table_.filtered += reader_.filtered();
  }

  void take_side(std::size_t row, std::size_t side) {
    const double* const price = market_[side].data() + row * levels_;
    const double* const qty = market_[side + 1].data() + row * levels_;
    for (std::size_t k = 0; k < levels_; ++k) {
      const bool empty = std::isnan(price[k]);
      expect(empty || (price[k] > 0 && std::isfinite(price[k])), "a price is a positive number");
      expect(empty ? qty[k] == 0 : qty[k] >= 0 && std::isfinite(qty[k]),
             "a quantity is not negative, that of an empty level 0");
      expect(k == 0 || empty || (side == 0 ? price[k] < price[k - 1] : price[k] > price[k - 1]),
             "prices lead away from the touch");
      table_.levels.emplace_back(empty ? -1 : price[k], qty[k]);
    }
  }

  tickeng::io::LineReader& reader_;
  std::size_t size_, levels_;
  std::vector<std::int64_t> ts_, row_, recv_, id_;
  std::vector<double> price_, qty_;
  std::array<std::vector<double>, 4> market_;
  std::vector<std::int8_t> side_;
  std::vector<std::uint32_t> symbol_;
  Table table_;
};

/// `make()` gives a new reader; the text in one piece must read as in small ones.
template <class Read = Reading, class Make>
void read_both_ways(Make make, std::string_view text, std::size_t piece, std::size_t batch,
                    std::size_t levels = 0) {
  const auto whole = make(), parted = make();
  const Table want = Read(*whole, 256, levels).of(text, text.size() + 1);
  expect(want == Read(*parted, batch, levels).of(text, piece), "pieces read as the whole does");
}
