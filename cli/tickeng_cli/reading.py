"""The words that say how a file is read: one table, the same options on every verb that reads.

They pass through as keywords of `tickeng.files.sources.open_source`, which checks them; here only
lists are taken apart. A list is parted as a row of CSV is: a part that holds a comma stands in
quotes.
"""

import csv
import re
from typing import Annotated, Any, TypedDict

import typer

from tickeng import ConfigError

COLUMNS, SIDES, TIMES, TEXT = "Columns and symbols", "Sides and scales", "Times", "Text files"
LISTS = ("header", "time_columns", "keep")


def _word(flag: str, panel: str, text: str, metavar: str | None = None) -> Any:
    return typer.Option(flag, help=text, metavar=metavar, rich_help_panel=panel)


Text = str | None


class Words(TypedDict):
    """Option name -> what it takes; None where nobody gave it."""

    format: Annotated[Text, _word(
        "--format", COLUMNS, "Input format; by default recognised from the content.", "NAME")]
    kind: Annotated[Text, _word(
        "--kind", COLUMNS, "What each row is; by default the columns say it.",
        "trade|quote|book|delta")]
    max_memory: Annotated[Text, _word(
        "--max-memory", COLUMNS, "The most that one input may make us hold at once, as 4GiB;"
        " 1GiB if not given.", "SIZE")]
    map: Annotated[list[str] | None, _word(
        "--map", COLUMNS, "Which column is ts, price, qty, side, maker, symbol, id, recv, bid,"
        " bid_qty, ask, ask_qty, snapshot, first, last or previous; of one kind of files as"
        " quotes.ts=COLUMN; repeatable.", "NAME=COLUMN,..")]
    header: Annotated[Text, _word(
        "--header", COLUMNS, "Column names of a file without a header.", "A,B,..")]
    symbol_name: Annotated[Text, _word(
        "--symbol-name", COLUMNS, "The symbol of every row.", "NAME")]
    symbol_from: Annotated[Text, _word(
        "--symbol-from", COLUMNS, "Take the symbol from the file's name.", "file")]
    keep: Annotated[Text, _word(
        "--keep", COLUMNS, "Keep rows of these event kinds, drop the others.", "VALUE,..")]
    sides: Annotated[Text, _word(
        "--sides", SIDES, "What the side column's cells mean, as buy=0,sell=1,unknown=*.",
        "buy=V,sell=V")]
    side_is: Annotated[Text, _word(
        "--side-is", SIDES, "Whose side the file tells.", "taker|maker")]
    qty_sign: Annotated[Text, _word(
        "--qty-sign", SIDES, "A negative quantity is a sell.", "side")]
    infer_side: Annotated[Text, _word(
        "--infer-side", SIDES, "Sign trades without a side: by the last change of price, by the"
        " quote before, or by both, as --infer-side lee-ready --quotes q.csv. none leaves them.",
        "tick|quote|lee-ready|none")]
    price_scale: Annotated[Text, _word(
        "--price-scale", SIDES, "Stored price times this, as 1e-9.", "X")]
    qty_scale: Annotated[Text, _word(
        "--qty-scale", SIDES, "Stored quantity times this.", "X")]
    time_unit: Annotated[Text, _word(
        "--time-unit", TIMES, "Unit of numeric times.", "s|ms|us|ns")]
    tz: Annotated[Text, _word(
        "--tz", TIMES, "Zone of times without an offset, as America/New_York.", "ZONE")]
    time_columns: Annotated[Text, _word(
        "--time-columns", TIMES, "The two columns that make the time.", "DATE,TIME")]
    time_format: Annotated[Text, _word(
        "--time-format", TIMES, "How times are written, as '%d/%m/%Y %H:%M:%S.%f'.", "FORMAT")]
    date: Annotated[Text, _word(
        "--date", TIMES, "The day of a file that has times only.", "YYYY-MM-DD")]
    clock: Annotated[Text, _word(
        "--clock", TIMES, "Clock where a file has both; event if not given.", "event|recv")]
    decimal: Annotated[Text, _word(
        "--decimal", TEXT, "What stands before the decimals.", "comma|point")]
    delimiter: Annotated[Text, _word(
        "--delimiter", TEXT, "What stands between the columns: a sign, or tab.", "C")]
    encoding: Annotated[Text, _word(
        "--encoding", TEXT, "Encoding of the text, as cp1252.", "NAME")]
    skip_lines: Annotated[int | None, _word(
        "--skip-lines", TEXT, "Lines above the header.", "N")]


FLAGS = {name: "--" + name.replace("_", "-") for name in Words.__annotations__}


def parts(text: str) -> list[str]:
    """The parts of a list, read as a row of CSV: `"a,b",c` has two.

    Raises:
        ConfigError: it has more than one line.
    """
    rows = list(csv.reader([text], skipinitialspace=True, strict=False))
    if len(rows) != 1:
        raise ConfigError(f"{text!r} must be one line")
    return [part.strip() for part in rows[0] if part.strip()]


def names(texts: list[str] | None) -> list[str]:
    """The parts of a repeatable option."""
    return [part for text in texts or [] for part in parts(text)]


def mapping(texts: list[str] | None) -> dict[str, str] | None:
    """`NAME=COLUMN` options as a dict.

    Raises:
        ConfigError: a part is none, or a name stands twice.
    """
    found: dict[str, str] = {}
    for pair in names(texts):
        name, equals, column = (part.strip() for part in pair.partition("="))
        if not (name and equals and column):
            raise ConfigError(f"--map {pair!r}: write --map price=px")
        if found.setdefault(name, column) != column:
            raise ConfigError(f"--map {name} is given twice: {found[name]} and {column}")
    return found or None


def keywords(words: dict[str, Any]) -> dict[str, Any]:
    """The words that were given, as keywords of `open_source`."""
    given = {name: value for name, value in words.items() if value is not None}
    if "map" in given:
        given["map"] = mapping(given["map"])
    if given.get("keep"):  # "" is the empty cell there
        given["keep"] = re.sub(r'(^|,)\s*""\s*(?=,|$)', r'\1""""""', given["keep"])
    return {name: parts(value) if name in LISTS else value for name, value in given.items()
            if value is not None}


def to_words(options: dict[str, Any]) -> list[str]:
    """The command's options that say what these keywords say."""
    return [word for name, value in options.items() if name in FLAGS
            for word in (FLAGS[name], spelled(value, name))]


def spelled(value: Any, name: str = "") -> str:
    """A keyword's value as the text of its option."""
    if isinstance(value, dict):
        if name == "sides":
            return ",".join(f"{side}={_cells(cells)}" for side, cells in value.items())
        value = [f"{key}={part}" for key, part in value.items()]
    if isinstance(value, (list, tuple)):
        return ",".join(_quoted(str(part)) for part in value)
    return str(value)


def _quoted(part: str) -> str:
    """A part of a list, in quotes where CSV wants them."""
    return '"' + part.replace('"', '""') + '"' if "," in part or '"' in part else part


def _cells(cells: Any) -> str:
    """The cells of one side; signs that mean something in --sides are escaped."""
    cells = cells if isinstance(cells, (list, tuple)) else [cells]
    return "|".join(re.sub(r"([,|=\\])", r"\\\1", str(cell)) or '""' for cell in cells)
