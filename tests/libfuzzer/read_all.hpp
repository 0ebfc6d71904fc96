// A whole text through a line reader, the way the binding drives it, in pieces and batches of
// given sizes: what comes out may depend on neither.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "input.hpp"
#include "tickeng/io/line_reader.hpp"

struct Table {
  std::vector<std::tuple<std::int64_t, double, double, int, std::int64_t, std::uint32_t,
                         std::int64_t, std::int64_t>>
      trades;
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
  Reading(tickeng::io::LineReader& reader, std::size_t batch)
      : reader_(reader), size_(batch), ts_(batch), row_(batch), recv_(batch), id_(batch),
        price_(batch), qty_(batch), side_(batch), symbol_(batch) {}

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

 private:
  [[nodiscard]] bool stopped() const {
    return reader_.contradiction().about != tickeng::io::Conflict::kNone;
  }
  void begin() {
    reader_.begin_batch({.ts_ns = ts_.data(),
                         .price = price_.data(),
                         .qty = qty_.data(),
                         .side = side_.data(),
                         .row = row_.data(),
                         .symbol = symbol_.data(),
                         .recv_ns = recv_.data(),
                         .id = id_.data()},
                        size_);
  }
  void take() {
    const std::size_t n = reader_.accepted();
    expect(n + reader_.rejects().size() + reader_.filtered() == reader_.batch_rows(),
           "every row is accepted, refused or filtered");
    for (std::size_t i = 0; i < n; ++i) {
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

  tickeng::io::LineReader& reader_;
  std::size_t size_;
  std::vector<std::int64_t> ts_, row_, recv_, id_;
  std::vector<double> price_, qty_;
  std::vector<std::int8_t> side_;
  std::vector<std::uint32_t> symbol_;
  Table table_;
};

/// `make()` gives a new reader; the text in one piece must read as in small ones.
template <class Make>
void read_both_ways(Make make, std::string_view text, std::size_t piece, std::size_t batch) {
  const auto whole = make(), parted = make();
  const Table want = Reading(*whole, 256).of(text, text.size() + 1);
  expect(want == Reading(*parted, batch).of(text, piece), "pieces read as the whole does");
}
