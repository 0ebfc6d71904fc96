// Decisions on their way back from one worker: columns in a ring, a row an event of one kind.
//
// The worker's engine writes straight into the columns, the reader copies stretches of them out.
// There is always room: the sender of events never has more in progress than the outbox holds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/engine/counters.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/graph/graph.hpp"
#include "tickeng/graph/pipeline.hpp"
#include "tickeng/queue/spsc_cursor.hpp"

namespace tickeng {

/// Where decisions go, column by column; all have room for the rows asked for.
struct DecisionColumns {
  std::uint64_t* seq;
  SymbolId* symbol;
  std::uint8_t* status;
  std::span<const OutputColumn> outputs;
};

class Outbox {
 public:
  /// `clock`: whose events write the rows.
  Outbox(std::size_t rows, std::span<const PipelineOutput> outputs, Clock clock)
      : cursor_(rows), seq_(rows), symbol_(rows), status_(rows) {
    const auto flags =
        std::count_if(outputs.begin(), outputs.end(), [](auto& o) { return o.flag; });
    real_.resize((outputs.size() - static_cast<std::size_t>(flags)) * rows);
    flag_.resize(static_cast<std::size_t>(flags) * rows);
    double* real = real_.data();
    std::uint8_t* flag = flag_.data();
    for (std::size_t c = 0; c < outputs.size(); ++c) {
      if (outputs[c].flag) {
        flags_.push_back({c, outputs[c].slot_at(clock), flag});
        flag += rows;
      } else {
        reals_.push_back({c, outputs[c].slot_at(clock), real});
        real += rows;
      }
    }
  }

  // The worker's side.
  /// The number of the next row. It and those that follow, at most `most`, can be written.
  [[nodiscard]] std::uint64_t next(std::size_t most) noexcept {
    (void)cursor_.has_room(most);  // there is; this sees that the reader is done with the slots
    return cursor_.staged();
  }
  void claim(std::size_t rows) noexcept { cursor_.stage(rows); }
  [[nodiscard]] std::size_t slot(std::uint64_t row) const noexcept { return cursor_.slot(row); }
  void name(std::uint64_t row, std::uint64_t seq, SymbolId symbol) noexcept {
    seq_[slot(row)] = seq;
    symbol_[slot(row)] = symbol;
  }
  /// `row`: as Engine::on_trade and its like give it.
  void put(std::uint64_t number, Status status, const double* row) noexcept {
    const std::size_t at = slot(number);
    status_[at] = static_cast<std::uint8_t>(status);
    for (const auto& c : reals_) c.values[at] = row[c.slot];
    for (const auto& c : flags_) c.values[at] = static_cast<std::uint8_t>(row[c.slot]);
  }
  /// Outputs and status from the first slots of another box to these slots.
  void scatter(const Outbox& from, std::span<const std::uint32_t> slots) noexcept {
    const auto spread = [&](const auto* values, auto* to) {
      for (std::size_t i = 0; i < slots.size(); ++i) to[slots[i]] = values[i];
    };
    for (std::size_t c = 0; c < reals_.size(); ++c) spread(from.reals_[c].values, reals_[c].values);
    for (std::size_t c = 0; c < flags_.size(); ++c) spread(from.flags_[c].values, flags_[c].values);
    spread(from.status_.data(), status_.data());
  }
  /// Where the outputs of neighbouring rows go, the first of them in `slot`.
  void columns_from(std::size_t slot, std::span<OutputColumn> columns) const noexcept {
    for (const auto& c : reals_) columns[c.output] = {c.values + slot, nullptr};
    for (const auto& c : flags_) columns[c.output] = {nullptr, c.values + slot};
  }
  [[nodiscard]] std::uint8_t* status(std::size_t slot) noexcept { return &status_[slot]; }
  void publish() noexcept { cursor_.publish(); }
  /// Where nobody reads: the worker takes its own rows back.
  void discard() noexcept {
    while (const std::size_t n = cursor_.front(cursor_.capacity()).size) cursor_.release(n);
  }

  // The reader's side.
  [[nodiscard]] bool ready() const noexcept { return cursor_.ready(); }
  /// Rows that can be read: for anybody, at most the capacity.
  [[nodiscard]] std::size_t size() const noexcept { return cursor_.size(); }
  /// Rows in neighbouring slots, and their sequence numbers.
  [[nodiscard]] std::span<const std::uint64_t> front(std::size_t most) noexcept {
    const auto range = cursor_.front(most);
    return {&seq_[range.first], range.size};
  }
  /// Moves the first n rows of front() to row `at` of `out`.
  void take(std::size_t n, const DecisionColumns& out, std::size_t at) noexcept {
    const std::size_t from = cursor_.front(n).first;
    std::copy_n(&seq_[from], n, out.seq + at);
    std::copy_n(&symbol_[from], n, out.symbol + at);
    std::copy_n(&status_[from], n, out.status + at);
    for (const auto& c : reals_) std::copy_n(c.values + from, n, out.outputs[c.output].real + at);
    for (const auto& c : flags_) std::copy_n(c.values + from, n, out.outputs[c.output].flag + at);
    cursor_.release(n);
  }

 private:
  template <class T>
  struct Column {
    std::size_t output, slot;
    T* values;
  };

  queue::SpscCursor<> cursor_;
  std::vector<std::uint64_t> seq_;
  std::vector<SymbolId> symbol_;
  std::vector<std::uint8_t> status_;
  std::vector<double> real_;
  std::vector<std::uint8_t> flag_;
  std::vector<Column<double>> reals_;
  std::vector<Column<std::uint8_t>> flags_;
};

}  // namespace tickeng
