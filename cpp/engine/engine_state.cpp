// Saved state of an engine: version, options, symbols, one section per symbol, leader.
//
//   u32 format (1) | u32 flags | u32 symbols | per symbol: text name, section
//   section: base series, row, counters, last ts, last id, flags, u8 own leader [+ leader],
//            u8 graph [+ named kernel states]
//   leader
#include "tickeng/base/error.hpp"
#include "tickeng/engine/engine.hpp"

namespace tickeng {
namespace {

constexpr std::uint32_t kFormat = 1;

}  // namespace

std::string Engine::save() {
  ByteWriter out;
  out.number(kFormat);
  out.number(flags_);
  out.number(static_cast<std::uint32_t>(books_.size()));
  for (std::size_t i = 0; i < books_.size(); ++i) {
    out.text(names_[i]);
    save_book(books_[i], out);
  }
  leader_.save(out);
  return std::move(out).take();
}

void Engine::save_book(Book& book, ByteWriter& out) {
  StateSaver v(out);
  v.part(book.base);
  out.array(std::span<const double>(book.row));
  v.part(book.counters);
  out.number(book.last_ts_ns);
  out.number(book.last_id);
  out.number(book.flags);
  out.number<std::uint8_t>(book.leader ? 1 : 0);
  if (book.leader) book.leader->save(out);
  out.number<std::uint8_t>(book.graph ? 1 : 0);
  if (book.graph) book.graph->save(out);
}

void Engine::load(std::string_view bytes) {
  ByteReader in(bytes);
  const auto format = in.number<std::uint32_t>();
  if (format != kFormat) {
    throw StateError("saved state has format " + std::to_string(format) + ", this build reads " +
                     std::to_string(kFormat));
  }
  Engine fresh(pipeline_, options_);
  fresh.flags_ = in.number<std::uint32_t>();
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    if (fresh.intern(in.text()) != i) throw DataError("saved state: a symbol stands twice");
    load_book(fresh.books_.back(), in);
  }
  fresh.leader_.load(in);
  if (!in.done()) throw DataError("saved state has bytes left over");
  names_.swap(fresh.names_);
  ids_.swap(fresh.ids_);
  books_.swap(fresh.books_);
  leader_ = std::move(fresh.leader_);
  flags_ = fresh.flags_;
}

void Engine::load_book(Book& book, ByteReader& in) {
  StateLoader v(in);
  v.part(book.base);
  in.array_into(std::span<double>(book.row));
  v.part(book.counters);
  book.last_ts_ns = in.number<TimeNs>();
  book.last_id = in.number<std::int64_t>();
  book.flags = in.number<std::uint32_t>();
  if (in.number<std::uint8_t>() != 0) {
    book.leader = std::make_unique<LeaderFeed>();
    book.leader->load(in);
  }
  if (in.number<std::uint8_t>() != 0) {
    open(book);
    book.graph->load(in);
  }
}

}  // namespace tickeng
