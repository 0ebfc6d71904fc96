"""Faults planted in copies of the sources, which a fuzz target must find.

Each is an expression that stands once in its file and what it becomes. All are compiled into one
program a target, which has them switched off: TICKENG_PLANT names the one that acts. The sources
themselves know nothing of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SWITCH = """#include <cstdlib>
#include <cstring>
static bool planted(const char* name) {
  static const char* const given = std::getenv("TICKENG_PLANT");
  return given && !std::strcmp(given, name);
}
"""


class Plant(NamedTuple):
    """`name` begins with the target that must find it."""

    name: str
    file: str
    sound: str
    broken: str

    @property
    def target(self) -> str:
        return self.name.partition("_")[0]


PLANTS = (
    Plant("csv_field_too_many", "io/csv_events.cpp", "count == last", "count == last + 1"),
    Plant("csv_long_date", "io/csv_events.cpp", "date.size() + field.size() + 1 > sizeof text",
          "date.size() + field.size() > sizeof text"),
    Plant("csv_carried_line", "io/line_reader.cpp",
          "static_cast<std::size_t>(stop - bytes.data()) + (newline ? 1 : 0)",
          "static_cast<std::size_t>(stop - bytes.data()) + 1"),
    Plant("json_escape_at_the_end", "io/json_scan.cpp", "*p_ == '\\\\' && ++p_ == end_",
          "*p_ == '\\\\' && p_++ == end_"),
    Plant("json_key_at_the_end", "io/json_scan.cpp", "p_ == end_ || *p_ != '\"'", "*p_ != '\"'"),
    Plant("json_levels_of_a_refused_message", "io/raw_json_events.cpp",
          "depth_.keep_levels(before)", "depth_.keep_levels(depth_.levels())"),
    Plant("block_short_take", "io/block_codec.cpp", "rest.size() < count",
          "rest.size() + 1 < count"),
    Plant("block_no_rows", "io/block_codec.cpp", "info.rows == 0 || info.rows > kMaxBlockRows",
          "info.rows > kMaxBlockRows"),
    Plant("block_bit_of_another", "io/block_codec_column.cpp", "1U << (i % 8)", "1U << (i % 7)"),
    Plant("block_bits_past_the_end", "io/block_codec_column.cpp",
          "std::min(values.size(), 8 * byte + 8)", "8 * byte + 8"),
    Plant("block_plane_short", "io/block_codec_column.cpp",
          "(width(differ ? delta_all : plain_all) + 7) / 8",
          "(width(differ ? delta_all : plain_all) + 6) / 8"),
    Plant("block_exponent_sixteen", "io/block_codec_column.cpp", "++exponent > kMaxExponent",
          "++exponent > kMaxExponent + 1"),
    Plant("field_short_date", "io/iso_time.cpp", "end - begin < 10", "end - begin < 7"),
    Plant("field_month_name", "io/time_pattern.cpp",
          "end - p >= static_cast<std::ptrdiff_t>(lower.size())", "end != p"),
    Plant("field_long_amount", "io/amount_text.cpp",
          "end - begin > kLongest || std::find(begin, end, '.') != end",
          "std::find(begin, end, '.') != end"),
    Plant("field_sign_alone", "io/decimal.cpp", "begin == end || *begin == '-'", "*begin == '-'"),
    Plant("writer_code_past_the_table", "io/text_writer.cpp", "code >= column.table.size()",
          "code > column.table.size()"),
    Plant("writer_narrow_room", "io/text_writer.cpp",
          "widest * (last - first)", "(widest - 8) * (last - first)"),
    Plant("writer_bare_formula", "io/text_writer.cpp", "with_guard(text)", "std::string(text)"),
    Plant("language_wrong_escape", "graph/printer.cpp", "kHex[c & 15]", "kHex[c & 7]"),
    Plant("language_no_parentheses", "graph/printer.cpp", "strength(e) >= least", "true"),
    Plant("state_ids_full_table", "engine/seen_ids.cpp", "2 * (size_ + 1) > table_.size",
          "2 * size_ > table_.size"),
    Plant("state_window_beyond_the_bytes", "facade/rolling.cpp",
          "read_back.window > bytes.size() / sizeof(double)", "false"),
)


def broken(file: str) -> str:
    """The text of cpp/FILE with its plants behind their switch.

    Raises ValueError for a plant whose expression does not stand there exactly once.
    """
    text = (ROOT / "cpp" / file).read_text()
    for plant in PLANTS:
        if plant.file != file:
            continue
        if text.count(plant.sound) != 1:
            raise ValueError(f"{plant.name}: {plant.sound!r} stands {text.count(plant.sound)} "
                             f"times in cpp/{file}")
        text = text.replace(plant.sound,
                            f'(planted("{plant.name}") ? ({plant.broken}) : ({plant.sound}))')
    return SWITCH + text


def write(folder: Path) -> None:
    """The broken copies; a file that would not change keeps its time."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{'io' if plant.file.startswith('io/') else 'core'}_{Path(plant.file).name}":
              broken(plant.file) for plant in PLANTS}
    for old in folder.glob("*.cpp"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
