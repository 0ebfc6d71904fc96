// Memory for the state of symbols, cut from huge pages where the system gives them: the state of a
// thousand symbols lies on more small pages than a processor remembers translations for.
//
// Each thread cuts pieces from a chunk of its own, one behind the other. A chunk goes back when the
// last of its pieces does, whichever thread gives that; a piece that stays keeps its chunk.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

// Neighbours in a chunk would hide an overrun from AddressSanitizer.
#if defined(__SANITIZE_ADDRESS__)
#define TICKENG_SEPARATE_STATE
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TICKENG_SEPARATE_STATE
#endif
#endif

namespace tickeng {

class StateMemory {
 public:
  static constexpr std::size_t kLine = 64;

  /// On a cache line. `stays` false: it will soon be given back, and would leave a gap; then it
  /// lies apart, on no line. Throws std::bad_alloc.
  [[nodiscard]] static void* take(std::size_t bytes, bool stays = true) {
    taken() += bytes;
    if (!stays) return ::operator new(bytes);
    if (!is_piece(bytes)) return ::operator new(bytes, std::align_val_t{kLine});
    thread_local Cutter cutter;
    return cutter.cut((bytes + kLine - 1) / kLine * kLine);
  }
  /// `bytes` and `stays`: as it was taken.
  static void give_back(void* p, std::size_t bytes, bool stays = true) noexcept {
    if (!stays) return ::operator delete(p);
    if (!is_piece(bytes)) return ::operator delete(p, std::align_val_t{kLine});
    release(reinterpret_cast<Chunk*>(reinterpret_cast<std::uintptr_t>(p) & ~(kChunk - 1)));
  }

  /// Bytes that this thread has taken since it began, given back or not.
  [[nodiscard]] static std::size_t& taken() noexcept {
    thread_local std::size_t bytes = 0;
    return bytes;
  }

 private:
  static constexpr std::size_t kChunk = std::size_t{2} << 20;  // of memory, and its alignment

#ifdef TICKENG_SEPARATE_STATE
  static constexpr std::size_t kLargest = 0;
#else
  static constexpr std::size_t kLargest = kChunk / 8;  // larger ones have pages of their own
#endif
  /// Small vectors do not matter.
  static bool is_piece(std::size_t bytes) noexcept { return bytes >= 1024 && bytes <= kLargest; }

  struct alignas(kLine) Chunk {
    std::atomic<std::size_t> users = 1;  // pieces, and the thread that cuts it
  };
  static void release(Chunk* chunk) noexcept {
    // acq_rel: what others did with their pieces comes before the end of the chunk.
    if (chunk->users.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    chunk->~Chunk();
    ::operator delete(chunk, std::align_val_t{kChunk});
  }

  class Cutter {
   public:
    Cutter() = default;
    ~Cutter() {
      if (chunk_ != nullptr) release(chunk_);
    }
    Cutter(const Cutter&) = delete;
    Cutter& operator=(const Cutter&) = delete;

    void* cut(std::size_t bytes) {
      if (chunk_ == nullptr || used_ + bytes > kChunk) renew();
      // relaxed: this thread holds the chunk.
      chunk_->users.fetch_add(1, std::memory_order_relaxed);
      void* const piece = reinterpret_cast<std::byte*>(chunk_) + used_;
      used_ += bytes;
      return piece;
    }

   private:
    void renew() {
      void* const memory = ::operator new(kChunk, std::align_val_t{kChunk});
      (void)madvise(memory, kChunk, MADV_HUGEPAGE);  // a wish; small pages serve too
      if (chunk_ != nullptr) release(chunk_);
      chunk_ = new (memory) Chunk;
      used_ = sizeof(Chunk);
    }

    Chunk* chunk_ = nullptr;
    std::size_t used_ = 0;
  };
};

}  // namespace tickeng
