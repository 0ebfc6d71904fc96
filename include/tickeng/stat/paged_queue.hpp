// A queue whose items have absolute indices, in pages that are used again: it grows and shrinks a
// page at a time, and nothing in it ever moves.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace tickeng::stat {

template <class T>
class PagedQueue {
 public:
  static constexpr std::size_t kPage = 128;

  PagedQueue() = default;
  PagedQueue(PagedQueue&&) noexcept = default;
  PagedQueue& operator=(PagedQueue&&) noexcept = default;
  PagedQueue(const PagedQueue& other)
      : start_(other.start_), gone_(other.gone_), size_(other.size_) {
    for (std::size_t p = other.head_; p < other.pages_.size(); ++p) {
      pages_.push_back(std::make_unique<Page>(*other.pages_[p]));
    }
  }
  ~PagedQueue() = default;

  /// One past the newest item.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The first item since clear().
  [[nodiscard]] std::size_t start() const noexcept { return start_; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept {
    return (*pages_[head_ + i / kPage - gone_])[i % kPage];
  }
  [[nodiscard]] T& operator[](std::size_t i) noexcept {
    return (*pages_[head_ + i / kPage - gone_])[i % kPage];
  }
  void append(const T& x) {
    if (size_ % kPage == 0 || head_ == pages_.size()) pages_.push_back(page());
    (*pages_.back())[size_++ % kPage] = x;
  }
  /// Lets go of pages with nothing from i on, of a few at once. Precondition: i < size().
  void drop_before(std::size_t i) {
    if (gone_ < i / kPage) [[unlikely]]
      drop(i / kPage);
  }
  /// Empty; the next item has this index.
  void clear(std::size_t from) {
    for (; head_ < pages_.size(); ++head_) spare_.push_back(std::move(pages_[head_]));
    pages_.clear();
    head_ = 0;
    start_ = size_ = from;
    gone_ = from / kPage;
  }

 private:
  using Page = std::array<T, kPage>;

  [[gnu::noinline]] void drop(std::size_t until) {
    for (int few = 0; few < 4 && gone_ < until; ++few, ++gone_) {
      spare_.push_back(std::move(pages_[head_++]));
    }
    if (head_ < kPage || 2 * head_ < pages_.size()) return;
    pages_.erase(pages_.begin(), pages_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  std::unique_ptr<Page> page() {
    if (spare_.empty()) return std::make_unique<Page>();
    std::unique_ptr<Page> page = std::move(spare_.back());
    spare_.pop_back();
    return page;
  }

  std::vector<std::unique_ptr<Page>> pages_, spare_;
  std::size_t head_ = 0;  // of pages_, those before it are gone
  std::size_t start_ = 0, gone_ = 0, size_ = 0;
};

}  // namespace tickeng::stat
