// The rows of one block of time, summed in chunks of 32, these in pages of 512, pages in a row.
// Spec: B-15. For time_window.hpp, which says why.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tickeng::stat {

/// L columns of numbers, row by row.
template <std::size_t L>
using TimeRow = std::array<double, L>;

template <std::size_t L>
inline void add_to(TimeRow<L>& sum, const TimeRow<L>& x) noexcept {
  for (std::size_t l = 0; l < L; ++l) sum[l] += x[l];
}

/// The rows of one block, with sums of what is whole.
template <std::size_t L>
class TimeBlock {
 public:
  static constexpr std::size_t kChunk = 32, kPage = 512;
  using Row = TimeRow<L>;
  struct Page {
    std::array<std::int64_t, kPage> ts;
    std::array<Row, kPage> x;
    std::array<Row, kPage / kChunk> chunks;
    Row total;
  };
  using Pages = std::vector<std::unique_ptr<Page>>;

  TimeBlock() = default;
  TimeBlock(TimeBlock&&) noexcept = default;
  TimeBlock& operator=(TimeBlock&&) noexcept = default;
  TimeBlock(const TimeBlock& other)
      : dropped_(other.dropped_), from_(other.from_), size_(other.size_), chunk_(other.chunk_),
        page_(other.page_), pages_sum_(other.pages_sum_) {
    for (const auto& page : other.pages_) pages_.push_back(std::make_unique<Page>(*page));
  }
  ~TimeBlock() = default;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The first row that is kept.
  [[nodiscard]] std::size_t first() const noexcept { return std::max(from_, dropped_ * kPage); }
  [[nodiscard]] std::size_t pages() const noexcept { return pages_.size(); }
  [[nodiscard]] std::int64_t ts(std::size_t i) const noexcept { return page(i).ts[i % kPage]; }
  [[nodiscard]] const Row& x(std::size_t i) const noexcept { return page(i).x[i % kPage]; }
  /// Of all rows.
  [[nodiscard]] Row sum() const noexcept {
    Row sum = page_;
    add_to(sum, chunk_);
    Row all = pages_sum_;
    add_to(all, sum);
    return all;
  }
  /// `spare`: pages that are of no use any more.
  void append(std::int64_t ts, const Row& x, Pages& spare) {
    const std::size_t at = size_ % kPage;
    if (at == 0 || pages_.empty()) pages_.push_back(page_from(spare));
    Page& last = *pages_.back();
    last.ts[at] = ts;
    last.x[at] = x;
    add_to(chunk_, x);
    if (++size_ % kChunk == 0) end_chunk();
    if (size_ % kPage == 0) end_page();
  }
  /// No more rows come: the last chunk and page are whole as they are.
  void close() noexcept {
    if (size_ % kChunk != 0) end_chunk();
    if (size_ % kPage != 0) end_page();
  }
  void drop_page(Pages& spare) {
    spare.push_back(std::move(pages_.front()));
    pages_.erase(pages_.begin());
    ++dropped_;
  }
  /// Empty, to begin with row `from`, as if those before had been let go.
  void clear(Pages& spare, std::size_t from = 0) {
    for (auto& page : pages_) spare.push_back(std::move(page));
    pages_.clear();
    from_ = size_ = from;
    dropped_ = from / kPage;
    chunk_ = page_ = pages_sum_ = {};
  }
  // Of a closed block: what stands behind a row.
  /// Rows of its chunk from i on, by row; `out` has kChunk places.
  void chunk_suffixes(std::size_t i, Row* out) const noexcept {
    const std::size_t begin = i - i % kChunk, end = std::min(size_, begin + kChunk);
    Row sum{};
    for (std::size_t k = end; k-- > i;) {
      add_to(sum, x(k));
      out[k - begin] = sum;
    }
  }
  /// Later chunks of its page.
  [[nodiscard]] Row later_chunks(std::size_t i) const noexcept {
    const std::size_t start = i - i % kPage;
    const std::size_t rows = std::min(size_ - start, kPage);
    Row sum{};
    for (std::size_t c = (rows + kChunk - 1) / kChunk; c-- > (i - start) / kChunk + 1;) {
      add_to(sum, page(i).chunks[c]);
    }
    return sum;
  }
  /// Later pages.
  [[nodiscard]] Row later_pages(std::size_t i) const noexcept {
    Row sum{};
    for (std::size_t p = pages_.size(); p-- > i / kPage - dropped_ + 1;) {
      add_to(sum, pages_[p]->total);
    }
    return sum;
  }

 private:
  [[nodiscard]] const Page& page(std::size_t i) const noexcept {
    return *pages_[i / kPage - dropped_];
  }
  static std::unique_ptr<Page> page_from(Pages& spare) {
    if (spare.empty()) return std::make_unique<Page>();
    std::unique_ptr<Page> page = std::move(spare.back());
    spare.pop_back();
    return page;
  }
  void end_chunk() noexcept {
    pages_.back()->chunks[(size_ - 1) % kPage / kChunk] = chunk_;
    add_to(page_, chunk_);
    chunk_ = {};
  }
  void end_page() noexcept {
    pages_.back()->total = page_;
    add_to(pages_sum_, page_);
    page_ = {};
  }

  Pages pages_;
  std::size_t dropped_ = 0, from_ = 0, size_ = 0;  // pages let go, rows never kept, rows
  Row chunk_{}, page_{}, pages_sum_{};             // the current ones, and whole pages
};

}  // namespace tickeng::stat
