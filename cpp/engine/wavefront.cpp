#include "tickeng/engine/wavefront.hpp"

#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tickeng/engine/symbol_batch.hpp"
#include "tickeng/engine/team.hpp"
#include "tickeng/graph/sweep.hpp"

namespace tickeng {
namespace {

/// What a worker does that has found nothing to do for the n-th time. Nobody wakes it: one that
/// sleeps has taken no unit, so that the others can do everything without it.
void rest(unsigned n) {
  constexpr unsigned kSpins = 8, kYields = 16;
  if (n < kSpins) {
    for (int i = 0; i < 16; ++i) _mm_pause();
  } else if (n < kYields) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace

Wavefront::Wavefront(const Pipeline& pipeline, std::size_t workers)
    : entries_(kRing), tables_(workers) {
  for (Entry& entry : entries_) entry.block.named.resize(pipeline.leaders().size());
  const std::vector<Pipeline::UnitSlots> units = pipeline.units();
  std::vector<std::size_t> unit_of;  // by slot
  std::vector<bool> is_read(units.size());
  for (const Pipeline::UnitSlots& u : units) {
    Unit unit{.first = u.first, .width = u.width, .inputs = {}, .outputs = {}};
    for (const std::size_t slot : u.inputs) {
      if (std::ranges::find(unit.inputs, unit_of[slot]) == unit.inputs.end()) {
        unit.inputs.push_back(unit_of[slot]);
        is_read[unit_of[slot]] = true;
      }
    }
    if (unit.inputs.empty()) unit.inputs.push_back(units.size());
    unit_of.resize(unit_of.size() + u.width, units_.size());
    units_.push_back(std::move(unit));
  }
  for (std::size_t c = 0; c < pipeline.outputs().size(); ++c) {
    const std::size_t slot = pipeline.outputs()[c].slot;
    units_[unit_of[slot]].outputs.push_back({slot, c});
  }
  units_.emplace_back();
  for (std::size_t u = 0; u < units.size(); ++u) {
    if (!is_read[u]) units_.back().inputs.push_back(u);
  }
  progress_ = std::vector<Progress>(units_.size());
  owner_ = std::vector<std::atomic<std::size_t>>(units_.size());
  set_tables(units);
}

/// A slot that another unit reads has a column for each entry of the ring, others one for each
/// worker and output of a unit.
void Wavefront::set_tables(std::span<const Pipeline::UnitSlots> units) {
  std::vector<bool> is_read(units.back().first + units.back().width);
  std::size_t widest = 0;
  for (const Pipeline::UnitSlots& u : units) {
    for (const std::size_t slot : u.inputs) is_read[slot] = true;
    widest = std::max(widest, u.width);
  }
  const auto read = static_cast<std::size_t>(std::ranges::count(is_read, true));
  ring_.resize(kRing * read);
  for (Tables& tables : tables_) {
    tables.own.resize(widest);
    for (std::size_t entry = 0; entry < kRing; ++entry) {
      auto column = ring_.begin() + static_cast<std::ptrdiff_t>(entry * read);
      for (const Pipeline::UnitSlots& u : units) {
        for (std::size_t o = 0; o < u.width; ++o) {
          const bool shared = is_read[u.first + o];
          tables.slots[entry].push_back(shared ? (column++)->data() : tables.own[o].data());
        }
      }
    }
  }
}

void Wavefront::run(const Job& job) {
  job_ = &job;
  for (Progress& p : progress_) p.done = 0;
  for (std::size_t u = 0; u < owner_.size(); ++u) owner_[u] = u * workers() / owner_.size();
  on_team(tables_.size(), tables_.size(),
          [this](std::size_t, std::size_t worker) { work(worker); });
}

/// Until no block is left. A thread that begins late, or never, is not missed: others do its part.
void Wavefront::work(std::size_t worker) {
  for (unsigned idle = 0; least(units_.back().inputs) < job_->blocks;) {
    if (sweep(worker, true) || sweep(worker, false)) {
      idle = 0;
    } else {
      rest(idle++);
    }
  }
  if (job_->past_caches) _mm_sfence();
}

/// Runs each of the worker's own units that is ready, or one of another; whether there was any.
bool Wavefront::sweep(std::size_t worker, bool own) {
  bool any = false;
  for (std::size_t u = 0; u < units_.size() && (own || !any); ++u) {
    // relaxed: who had a unit is a hint, and it may be out of date.
    if (own && owner_[u].load(std::memory_order_relaxed) != worker) continue;
    any |= advance(u, worker);
  }
  return any;
}

/// Runs a unit over all the blocks that are ready, unless another thread is at it; whether it ran.
bool Wavefront::advance(std::size_t unit, std::size_t worker) {
  Progress& p = progress_[unit];
  // relaxed: a glance that saves work; who takes the unit looks again.
  if (p.done.load(std::memory_order_relaxed) >= ready(unit)) return false;
  // acquire: the thread that had it before has left its state as it is now.
  if (p.is_taken.exchange(true, std::memory_order_acquire)) return false;
  // relaxed: the exchange has made it visible.
  const std::size_t begin = p.done.load(std::memory_order_relaxed), end = ready(unit);
  for (std::size_t block = begin; block < end; ++block) {
    if (unit + 1 == units_.size()) {
      Entry& entry = entries_[block % kRing];
      entry.first = job_->source(entry.block);
    } else {
      run_unit(unit, block, worker);
    }
    // release: the block's columns are written, and its inputs read, before anyone counts on it.
    p.done.store(block + 1, std::memory_order_release);
  }
  if (owner_[unit].load(std::memory_order_relaxed) != worker) {
    owner_[unit].store(worker, std::memory_order_relaxed);
  }
  // release: the unit's state goes with it.
  p.is_taken.store(false, std::memory_order_release);
  return begin < end;
}

/// How many blocks a unit may have run over: those that all its inputs have done. The source may be
/// a ring ahead of the units that nobody reads, and so of all.
std::size_t Wavefront::ready(std::size_t unit) const noexcept {
  const std::size_t done = least(units_[unit].inputs);
  return unit + 1 == units_.size() ? std::min(job_->blocks, done + kRing) : done;
}

std::size_t Wavefront::least(const std::vector<std::size_t>& units) const noexcept {
  std::size_t done = SIZE_MAX;
  for (const std::size_t u : units) {
    // acquire: what the unit has written can be read, and what it has read can be written over.
    done = std::min(done, progress_[u].done.load(std::memory_order_acquire));
  }
  return done;
}

void Wavefront::run_unit(std::size_t unit, std::size_t block, std::size_t worker) noexcept {
  const Unit& u = units_[unit];
  const Entry& entry = entries_[block % kRing];
  const std::vector<double*>& slots = tables_[worker].slots[block % kRing];
  job_->graph->node(unit).run(entry.block, slots.data());
  for (const Output& output : u.outputs) write(output, slots[output.slot], entry);
  if (block + 1 < job_->blocks) return;
  for (std::size_t s = u.first; s < u.first + u.width; ++s) {
    job_->row[s] = slots[s][entry.block.size - 1];
  }
}

void Wavefront::write(const Output& output, const double* column,
                      const Entry& entry) const noexcept {
  const OutputColumn& to = job_->columns[output.column];
  const std::size_t n = entry.block.size;
  if (to.real == nullptr) {
    to_flags(column, n, to.flag + entry.first);
  } else if (job_->past_caches) {
    OutputSlots::put_past_caches(to.real + entry.first, n,
                                 [=](std::size_t i) { return column[i]; });
  } else {
    std::copy_n(column, n, to.real + entry.first);
  }
}

}  // namespace tickeng
