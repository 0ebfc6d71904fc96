// Pieces of state memory: on cache lines, apart from one another, given back by another thread than
// took them, and the chunks under them are gone when the last piece is.
#include "tickeng/base/state_memory.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kChunk = std::size_t{2} << 20;
std::atomic<int> chunks = 0;  // alive
std::atomic<int> most_chunks = 0;

}  // namespace

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto line = static_cast<std::size_t>(alignment);
  if (line == kChunk && ++chunks > most_chunks) most_chunks = chunks.load();
  void* const memory = std::aligned_alloc(line, (size + line - 1) / line * line);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory, std::align_val_t alignment) noexcept {
  if (static_cast<std::size_t>(alignment) == kChunk) --chunks;
  std::free(memory);
}

namespace {

using tickeng::StateMemory;

struct Piece {
  unsigned char* at;
  std::size_t size;
  unsigned char snapshot;
};

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("FAIL  %s\n", what);
  ++failures;
}

/// From below the smallest piece to above the largest.
std::vector<Piece> take(unsigned seed) {
  std::vector<Piece> pieces;
  for (unsigned i = 0; i < 400; ++i) {
    const std::size_t size = 1 + (i * 7919U + seed) % 300'000;
    auto* const at = static_cast<unsigned char*>(StateMemory::take(size));
    const auto snapshot = static_cast<unsigned char>(i * 31 + seed);
    std::memset(at, snapshot, size);
    pieces.push_back({at, size, snapshot});
  }
  return pieces;
}

void check_and_give_back(const std::vector<Piece>& pieces) {
  for (const Piece& p : pieces) {
    bool whole = reinterpret_cast<std::uintptr_t>(p.at) % StateMemory::kLine == 0;
    for (std::size_t i = 0; i < p.size; ++i) whole = whole && p.at[i] == p.snapshot;
    expect(whole, "a piece is not on a line, or another one wrote into it");
    StateMemory::give_back(p.at, p.size);
  }
}

}  // namespace

int main() {
  for (int turn = 0; turn < 3; ++turn) {
    std::vector<Piece> first, second;
    std::thread([&] { first = take(1); }).join();
    std::thread one([&] { second = take(2); });
    std::thread other([&] { check_and_give_back(first); });  // not the thread that took them
    one.join();
    other.join();
    check_and_give_back(second);
    expect(chunks == 0, "a chunk outlives its pieces");
  }
#ifndef TICKENG_SEPARATE_STATE
  expect(most_chunks > 1, "pieces come from chunks");
#endif
  if (failures == 0) std::puts("state memory: sound");
  return failures == 0 ? 0 : 1;
}
