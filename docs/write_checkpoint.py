"""Prints docs/checkpoint.md from the code: `make docs`. A test holds the page to it."""

import tickeng_probe as probe

import tickeng
from tickeng.checkpoint.description import KEYS, fields
from tickeng.checkpoint.layout import DIGEST, FIELDS, LONGEST_HEADER, PAYLOAD, offsets

HEAD = """# The checkpoint file

Written by `make docs` from the tables that the code reads and writes with; do not edit by hand.
Why it is so: [decision 0006](decisions/0006-checkpoint-format.md).

`FILE` is the newest generation, `FILE.1` the one before. A new one is written as `.FILE.writing`
and synced; then `FILE` gets the second name `FILE.1`, the new file is renamed to `FILE`, and the
folder is synced. Whenever power goes, `FILE` is the old one or the new one.

Where `FILE` is damaged or missing, `FILE.1` is read instead, with a `FallbackWarning`, and counted:
`engine.checkpoints.fallbacks`, or `checkpoint_fallbacks` in the report of a replay. The same holds
where the two were swapped. A file that is sound and cannot be used (of a newer format, larger than
`max_memory`, of another configuration) is an error and never falls back.

A checkpoint that cannot be written leaves what is there. `Engine.save` raises `OutputError` and the
engine runs on; a replay runs on, too, and ends with exit 5 where its last checkpoint failed. Both
count: `engine.checkpoints.failures`, `checkpoint_failures`.

All numbers are little endian.
"""
STATE = """## The state

The state in a checkpoint is what `Engine.state()` gives. A *text* and an *array* are a u64 count
and as many bytes or items. Nodes are found by name, kernel, parameters and state version, never by
position, and settings must be those that the state was saved under, but for those that change no
numbers. A formula has an entry with its last output, its code in place of parameters and no
fields; a state without it is read.
"""
CODES = {"d": "f64", "q": "i64", "Q": "u64", "i": "i32", "I": "u32", "b": "i8", "B": "u8",
         "?": "u8, 0 or 1"}
OUTER = (
    ("8 bytes", "`tickeng\\x01`"),
    ("u32", "length of the settings"),
    ("bytes", "settings that are no defaults, JSON, an object"),
    ("u32", "format of the state, 8"),
    ("u32", "flags of all symbols: 1 feed down, 2 halted"),
    ("i64", "the time that `on_time` told, in ns; -2^63: none"),
    ("u32", "number of symbols"),
    ("sections", "one for each symbol, in the order of their codes"),
    ("leader", "the leader of all symbols that have none of their own"),
    ("u32", "number of leaders that kernels name"),
    ("text, leader", "of each its name and itself"),
)
SECTION = (
    ("text", "name of the symbol"),
    ("base series", "below"),
    ("counters", "below"),
    ("clock", "below"),
    ("u64", "of the duplicates, those with another price or quantity"),
    ("array of i64", "ids seen, oldest first, as differences"),
    ("array of f64", "their prices"),
    ("array of f64", "their quantities"),
    ("u32", "flags of this symbol"),
    ("u8", "1: a leader of its own follows"),
    ("leader", "if so"),
    ("u8", "1 quotes came, 2 books came, or both"),
    ("rows", "if not 0, below: of quotes, which books may give"),
    ("market", "if quotes came, below"),
    ("rows", "if books came: of books"),
    ("market", "and then the best prices and quantities that gave the last quote: u8 1: known,"
     " f64 bid, its quantity, f64 ask, its quantity"),
    ("u8", "if books came: 1 if messages of a depth feed built them"),
    ("builder", "if so, below"),
    ("u8", "and then 1: a message is missing, so that the next one ends the book"),
    ("u8", "1: nodes follow"),
    ("u32", "if so: how many kernels they have"),
    ("kernels", "each: text name of the node, text name of the kernel, u32 state version, u64 hash"
     " of its parameters, array of f64 its last outputs, text of its fields"),
    ("u32", "if so: how many outputs of quotes and books others see"),
    ("seen", "each: text node.output, with @ and a clock if it is not that of trades, f64 as the"
     " last row of that clock saw it"),
)
ROWS = (
    ("u64", "those that moved nodes"),
    ("i64", "stamp of the last one"),
)
MARKET = (
    ("counters", "below"),
    ("clock", "below"),
    ("u64", "of those processed: locked or crossed"),
    ("i64", "up to when the last one is the market"),
)
BUILDER = (
    ("levels", "bids: array of f64 prices, array of f64 quantities, u64 how many were too many"),
    ("levels", "asks"),
    ("f64", "the worst bid of which it is known what stands before it"),
    ("f64", "the worst such ask"),
    ("i64", "number of the last update; -2^63: none"),
    ("u8", "1: there is a book"),
    ("u8", "1: the next message is the first behind a snapshot"),
    ("u64", "six counts of messages: applied, old, gaps, waited, lost, beyond"),
    ("array of i64", "messages that wait: first, last, previous, how many bids, how many asks;"
                     " where there is a book, a snapshot behind it, with its stamp as first"),
    ("array of f64", "their levels: prices and then quantities of bids, then of asks"),
    ("u8", "1: a message without a number was lost"),
    ("f64", "the last bid up to which all are known, since worse ones were too many; -inf: all"),
    ("f64", "the last such ask; inf: all"),
    ("u64", "snapshots that the book was ahead of"),
)
LEADER = (
    ("i64", "stamp of its last tick that has taken effect"),
    ("f64", "its price"),
    ("f64", "the price before"),
    ("counters", "below"),
    ("clock", "below"),
    ("array of i64", "stamps of ticks that wait for trades to reach them"),
    ("array of f64", "their prices"),
)
FORMATS = """## Older states

Format 7 has no last bids and asks up to which all are known, nor a count of snapshots that the book
was ahead of. Format 6 has no books that messages built. Format 5 ends with the leader of all
symbols. Format 4 has no books.
Format 3 has no quotes and nothing that trades see of them.
Format 2 is format 3 without outputs, parameters and names of nodes with its kernels; an array of
f64 behind the base series holds the outputs of all, in the order of the kernels. Format 1 is
format 2 without the time of `on_time`; in a section the clock and what follows it up to the ids are
an i64 stamp of the last tick and an i64 last id (-2^63: none), and a leader has its clock's stamp
before its counters. A state without `tickeng\\x01` begins with its format and takes the
settings of its checkpoint. A kernel's state of an older version lacks fields that came later.
"""


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def table(head: tuple[str, ...], rows: list[tuple]) -> list[str]:
    return [row(*head), row(*["---"] * len(head)), *(row(*cells) for cells in rows), ""]


def header() -> list[str]:
    rows = [(at, field.size, field.meaning) for at, field in offsets((*FIELDS, DIGEST))]
    end = sum(field.size for field in (*FIELDS, DIGEST))
    lines = ["## Header", "", *table(("offset", "size", "meaning"), [
        *rows, (end, "", "one zstd frame with content size and checksum, to the end of the file")])]
    return [*lines, "In every format, the first 16 bytes and the digest as the last 32 bytes of a"
            " header of at most", f"{LONGEST_HEADER:,} bytes mean the same, so that a file of a"
            " newer format can be told apart from a damaged one.", ""]


def payload() -> list[str]:
    rows = [(field.size or "", field.meaning) for field in PAYLOAD]
    told = [(f"`{path}`", kind, meaning) for path, kind, meaning in fields(KEYS)]
    return ["## Payload of the frame", "", *table(("size", "meaning"), rows),
            "## The description", "",
            "`*` is any key, `[]` an element. An engine that saved itself writes `config`,",
            "`config_hash` and `max_time_ns` alone. Each field is checked when it is read; a key",
            "that is not listed is left alone.", "",
            *table(("field", "value", "meaning"), told)]


def listed(found: list[tuple[str, str, bool]]) -> list[tuple[str, str]]:
    return [(f"array of {CODES[code]}" if many else CODES[code], name)
            for name, code, many in found]


def state() -> list[str]:
    lines = [STATE, *table(("type", "meaning"), list(OUTER))]
    for title, rows in (("Section of a symbol", SECTION), ("Rows", ROWS), ("Market", MARKET),
                        ("Builder", BUILDER), ("Leader", LEADER)):
        lines += [f"### {title}", "", *table(("type", "meaning"), list(rows))]
    for title, found in probe.part_fields().items():
        lines += [f"### {title.capitalize()}", "", *table(("type", "field"), listed(found))]
    return lines


def kernels() -> list[str]:
    lines = ["## Fields of the kernels", "",
             "With default settings. Scores come behind a kernel's own fields.", ""]
    without = []
    for kernel in tickeng.catalogue():
        found = listed(probe.kernel_fields(kernel["name"]))
        if not found:
            without.append(f"`{kernel['name']}`")
            continue
        lines += [f"### {kernel['name']}, state version {kernel['state_version']}", "",
                  *table(("type", "field"), found)]
    return [*lines, f"Without fields: {', '.join(without)}.", ""]


def page() -> str:
    lines = [HEAD, *header(), *payload(), *state(), *kernels(), FORMATS]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(page(), end="")
