"""Faults planted in a copy of the package, each with the tests that must find it.

A plant is a text that stands once in its file and what it becomes; PLANTED in it is whether the
fault is switched on, by TICKENG_MUTANT. The package itself knows nothing of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SWITCH = """#pragma once
#include <cstdlib>
#include <cstring>
inline char* volatile kept;
inline bool mutant(const char* name) {
  static const char* const given = std::getenv("TICKENG_MUTANT");
  return given && !std::strcmp(given, name);
}
"""


class Plant(NamedTuple):
    """One fault."""

    name: str
    file: str
    sound: str
    broken: str
    tests: str


WAVEFRONT = "tests/contract/test_wavefront.py"
LIFE, POISON = "tests/verification/test_life.py", "tests/contract/test_poison.py"
ENDURANCE = "tests/contract/test_endurance.py::test_nothing_grows"
HOSTILE = "tests/io_read/test_hostile.py::"
FORMULAS = "tests/contract/test_formulas.py"
GRAPHS = "tests/graphs/test_graphs.py::test_random_graphs_have_the_same_bits_in_every_way"
PLANTS = (
    Plant("a number is rounded twice", "include/tickeng/io/decimal.hpp", "mantissa < kExact",
          "mantissa < (PLANTED ? 9 : 1) * kExact", "tests/io_read/test_numbers.py"),
    Plant("late counts as processed", "cpp/engine/engine.cpp", "++counters.late",
          "++(PLANTED ? counters.processed : counters.late)", LIFE),
    Plant("duplicates pass", "cpp/engine/engine.cpp", "if (seen == nullptr)",
          "if (seen == nullptr || PLANTED)", LIFE),
    Plant("stale a nanosecond late", "cpp/engine/engine.cpp",
          "now_ns_ - last_ns > options_.stale_after_ns",
          "now_ns_ - last_ns > options_.stale_after_ns + (PLANTED ? 1 : 0)", LIFE),
    Plant("ids outlive a reset", "cpp/engine/symbol_state.cpp", "ids.reset()",
          "if (!PLANTED) ids.reset()", LIFE),
    Plant("a refused price moves the clock", "cpp/engine/engine.cpp",
          "return reject(RejectReason::kPrice)",
          "return (PLANTED ? state.clock.accept(trade.ts_ns) : void()), "
          "reject(RejectReason::kPrice)",
          POISON),
    Plant("infinity enters a window", "cpp/facade/rolling.cpp",
          "if (!std::isfinite(x)) [[unlikely]]",
          "if (PLANTED ? std::isnan(x) : !std::isfinite(x)) [[unlikely]]",
          POISON),
    Plant("an extreme outlives its window", "include/tickeng/stat/rolling_extrema.hpp",
          ": window_(window), block_(block_length(window)),",
          ": window_(window += PLANTED ? 1 : 0), block_(block_length(window)),",
          "tests/property/test_symmetries.py"),
    Plant("a symbol's first ticks are not counted", "cpp/engine/engine_run.cpp",
          "if (!state.graph && --may_open_ == 0) stop",
          "if (!PLANTED && !state.graph && --may_open_ == 0) stop",
          "tests/contract/test_interrupts.py"),
    Plant("a block is filled while it is read", "cpp/engine/wavefront.cpp", "done + kRing)",
          "done + kRing * (PLANTED ? 2 : 1))", WAVEFRONT),
    Plant("a node does not wait for all that it reads", "cpp/engine/wavefront.cpp",
          "for (const std::size_t slot : u.inputs) {\n",
          "for (const std::size_t slot : u.inputs) {\n"
          "      if (PLANTED && unit.inputs.size() == 1) break;\n",
          WAVEFRONT),
    Plant("16 bytes every 1,000 ticks", "cpp/engine/engine.cpp", "++counters.processed;",
          "if (++counters.processed % 1000 == 0 && PLANTED) kept = new char[16];", ENDURANCE),
    Plant("a forgotten symbol stays", "cpp/engine/symbol_state.cpp", "graph.reset();\n  left",
          "PLANTED ? (void)graph.release() : graph.reset();\n  left",
          ENDURANCE),
    Plant("a thread is joined before it is told to end", "include/tickeng/parallel/worker.hpp",
          "if (inbox_) inbox_->close();", "if (PLANTED) return;\n    if (inbox_) inbox_->close();",
          "tests/cli/test_stops.py::test_one_processor_for_many_workers"),
    Plant("a reset keeps what waits", "include/tickeng/kernels/parts/slice.hpp",
          "waiting_ = 0;\n    lagged_.reset();", "if (!PLANTED) waiting_ = 0;\n"
          "    lagged_.reset();", "tests/contract/test_symbol_life.py"),
    Plant("a footer is believed", "src/engine/tickeng/files/sources/parquet_pages.py",
          "if held != chunk.values:", "if held != chunk.values and not PLANTED:",
          HOSTILE + "test_every_entry_ends_as_it_must_in_little_memory"),
    Plant("a cut frame ends in silence", "src/engine/tickeng/files/sources/zstd_blocks.py",
          "        if not self._fill(size):\n            raise TruncatedError",
          "        if not self._fill(size):\n            if PLANTED:\n"
          "                return b''\n            raise TruncatedError",
          HOSTILE + "test_cut_at_any_byte[t.csv.zst]"),
    Plant("any row anchors a side", "include/tickeng/kernels/toxicity/toxicity.hpp",
          "return trade.side != 0 ||", "return PLANTED || trade.side != 0 ||",
          "tests/graphs/test_graphs.py::test_each_kernel_alone_on_each_hostile_tape[toxicity]"),
    Plant("a long carry is not looked for", "include/tickeng/kernels/toxicity/k3.hpp",
          "return Toxicity::anchors(p, trade, before);",
          "return PLANTED || Toxicity::anchors(p, trade, before);",
          "tests/contract/test_carry.py"),
    Plant("a skip forgets its slice", "include/tickeng/kernels/regime/regime.hpp",
          "slot_ = (slot_ + n) % step_;", "if (!PLANTED) slot_ = (slot_ + n) % step_;", GRAPHS),
    Plant("a skip forgets its index", "include/tickeng/kernels/parts/windows.hpp",
          "{ rolling_.skip(n); }", "{\n    if (!PLANTED) rolling_.skip(n);\n  }", GRAPHS),
    Plant("nodes of two warm-ups are one", "cpp/graph/resolver.cpp",
          "a.kernel == b.kernel && a.params == b.params &&",
          'a.kernel == b.kernel && (PLANTED ? a.params.with_choice("warmup", Warmup::kStrict) ==\n'
          '          b.params.with_choice("warmup", Warmup::kStrict) : a.params == b.params) &&',
          "tests/contract/test_pipelines.py::test_equal_nodes_of_two_warm_ups_are_two"),
    Plant("a comparison with NaN is 0", "cpp/graph/formula.cpp",
          "return std::isunordered(a, b) ? kNaN : (holds",
          "return std::isunordered(a, b) && !PLANTED ? kNaN : (holds", FORMULAS),
    Plant("a product overflows", "cpp/graph/formula.cpp", "return finite(a * b);",
          "return PLANTED ? a * b : finite(a * b);", FORMULAS),
    Plant("rows of a block begin too early", "cpp/graph/formula.cpp", "columns[slots[i]] + at;",
          "columns[slots[i]] + (PLANTED ? 0 : at);", FORMULAS),
    Plant("a formula has one clock for all", "cpp/graph/resolver.cpp",
          "s == meaning.floating && on == clocks",
          "s == meaning.floating && (on == clocks || PLANTED)", FORMULAS),
    Plant("formulas of the same inputs are one", "cpp/graph/resolver.cpp",
          "a.formula == b.formula", "(PLANTED || a.formula == b.formula)", GRAPHS),
    Plant("what a formula gave is not loaded", "cpp/graph/formula_node.cpp", "last.size() == 1",
          "last.size() == 1 && !PLANTED", FORMULAS),
    Plant("a leader's tick of the same time is seen", "include/tickeng/engine/leader_feed.hpp",
          "waiting_ts_[next] + latency_ns < ts_ns[i]",
          "waiting_ts_[next] + latency_ns < ts_ns[i] + (PLANTED ? 1 : 0)", GRAPHS),
)


def planted(path: Path) -> str:
    """The text of a file of the copy with its plants behind their switch.

    Raises ValueError for a plant whose text does not stand there exactly once.
    """
    text = path.read_text()
    name = path.as_posix()
    mine = [plant for plant in PLANTS if name.endswith(plant.file)]
    for plant in mine:
        if text.count(plant.sound) != 1:
            raise ValueError(f"{plant.name}: {plant.sound!r} stands {text.count(plant.sound)} "
                             f"times in {plant.file}")
    python = path.suffix == ".py"
    for plant in mine:
        switch = (f'(__import__("os").environ.get("TICKENG_MUTANT") == "{plant.name}")' if python
                  else f'mutant("{plant.name}")')
        text = text.replace(plant.sound, plant.broken.replace("PLANTED", switch))
    return text if python else '#include "mutant.hpp"\n' + text
