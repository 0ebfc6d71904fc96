// Saved state of an engine; state_parts.hpp shows the layout.
#include "tickeng/base/error.hpp"
#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/state_parts.hpp"

namespace tickeng {

std::string Engine::save() {
  ByteWriter out;
  save_head(out, flags_, now_ns_, books_.size());
  for (std::size_t i = 0; i < books_.size(); ++i) {
    out.text(names_[i]);
    save_book(books_[i], books_[i].flags, out);
  }
  leader_.save(out);
  return std::move(out).take();
}

std::string Engine::save_symbol(SymbolId symbol, std::uint32_t flags) {
  ByteWriter out;
  save_book(books_[symbol], flags, out);
  return std::move(out).take();
}

void Engine::save_book(Book& book, std::uint32_t flags, ByteWriter& out) {
  StateSaver v(out);
  v.part(book.base);
  out.array(std::span<const double>(book.row));
  v.part(book.counters);
  book.clock.state(v, book.counters.processed);
  out.number(book.counters.conflicts);
  (book.ids ? *book.ids : SeenIds{}).save(out);
  out.number(flags);
  out.number<std::uint8_t>(book.leader ? 1 : 0);
  if (book.leader) book.leader->save(out);
  out.number<std::uint8_t>(book.graph ? 1 : 0);
  if (book.graph) book.graph->save(out);
}

void Engine::load(std::string_view bytes) {
  const StateParts parts = split_state(bytes);
  Engine fresh(pipeline_, options_);
  fresh.flags_ = parts.flags;
  for (const auto& symbol : parts.symbols) {
    (void)fresh.load_symbol(symbol.name, symbol.section, parts.format);
  }
  fresh.leader_ = parts.leader;
  names_.swap(fresh.names_);
  ids_.swap(fresh.ids_);
  books_.swap(fresh.books_);
  leader_ = std::move(fresh.leader_);
  flags_ = fresh.flags_;
  now_ns_ = parts.now_ns;
}

SymbolId Engine::load_symbol(std::string_view name, std::string_view section,
                             std::uint32_t format) {
  ByteReader in(section);
  const SymbolId known = find(name);
  const SymbolId symbol = known != kShared ? known : add_symbol(name);
  load_book(books_[symbol], in, format);
  return symbol;
}

void Engine::load_book(Book& book, ByteReader& in, std::uint32_t format) {
  StateLoader v(in);
  v.part(book.base);
  in.array_into(std::span<double>(book.row));
  v.part(book.counters);
  auto ids = std::make_unique<SeenIds>();
  if (format == 1) {
    book.clock.restore(in.number<TimeNs>());
    const auto last_id = in.number<std::int64_t>();
    if (last_id != kNoId) ids->add({last_id, kNaN, kNaN});
  } else {
    book.clock.state(v, book.counters.processed);
    book.counters.conflicts = in.number<std::uint64_t>();
    ids->load(in);
  }
  if (options_.dedupe_id && ids->size() > 0) book.ids = std::move(ids);
  book.flags = in.number<std::uint32_t>();
  if (in.number<std::uint8_t>() != 0) {
    book.leader = std::make_unique<LeaderFeed>();
    book.leader->load(in, format);
  }
  if (in.number<std::uint8_t>() != 0) {
    open(book);
    book.graph->load(in);
  }
}

}  // namespace tickeng
