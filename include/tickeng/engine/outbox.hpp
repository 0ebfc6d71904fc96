// Decisions on their way back from one worker: columns in a ring, a row a trade.
//
// The worker's engine writes straight into the columns, the reader copies stretches of them out.
// There is always room: the sender of trades never has more under way than the outbox holds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/engine/graph.hpp"
#include "tickeng/engine/pipeline.hpp"
#include "tickeng/event/events.hpp"
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
  Outbox(std::size_t rows, std::span<const PipelineOutput> outputs)
      : cursor_(rows), seq_(rows), symbol_(rows), status_(rows) {
    const auto flags =
        std::count_if(outputs.begin(), outputs.end(), [](auto& o) { return o.flag; });
    real_.resize((outputs.size() - static_cast<std::size_t>(flags)) * rows);
    flag_.resize(static_cast<std::size_t>(flags) * rows);
    double* real = real_.data();
    std::uint8_t* flag = flag_.data();
    for (const PipelineOutput& output : outputs) {
      columns_.push_back({output.flag ? nullptr : real, output.flag ? flag : nullptr});
      if (output.flag) {
        flag += rows;
      } else {
        real += rows;
      }
    }
  }

  // The worker's side.
  [[nodiscard]] queue::SpscCursor<>::Range claim(std::size_t most) noexcept {
    return cursor_.claim(most);
  }
  void name(std::size_t slot, std::uint64_t seq, SymbolId symbol) noexcept {
    seq_[slot] = seq;
    symbol_[slot] = symbol;
  }
  [[nodiscard]] std::uint8_t* status(std::size_t slot) noexcept { return &status_[slot]; }
  [[nodiscard]] std::span<const OutputColumn> columns() const noexcept { return columns_; }
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
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (columns_[c].real != nullptr) {
        std::copy_n(columns_[c].real + from, n, out.outputs[c].real + at);
      } else {
        std::copy_n(columns_[c].flag + from, n, out.outputs[c].flag + at);
      }
    }
    cursor_.release(n);
  }

 private:
  queue::SpscCursor<> cursor_;
  std::vector<std::uint64_t> seq_;
  std::vector<SymbolId> symbol_;
  std::vector<std::uint8_t> status_;
  std::vector<double> real_;
  std::vector<std::uint8_t> flag_;
  std::vector<OutputColumn> columns_;
};

}  // namespace tickeng
