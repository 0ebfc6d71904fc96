"""The options of `tickeng replay`; those that decide rows and numbers are also of `verify`."""

import os
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from tickeng import ConfigError
from tickeng.replay import delays_of, duration_ns, instant_ns

from . import options
from .reading import keywords, names

Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Trades; - is stdin, a folder all its files."),
]
Output = Annotated[
    list[str] | None,
    typer.Option("--output", "-o", metavar="OUT", help="Write rows here: .parquet .arrow"
                 " .csv .jsonl .arrows, the last three also with .zst; - is stdout. Repeatable"
                 " with --rows."),
]
Columns = Annotated[
    str | None, typer.Option(metavar="A,B", help="Columns of the output, in this order.")
]
Leader = Annotated[
    list[str] | None, typer.Option(metavar="[NAME=]FILE", help="Trades of a leading market,"
                                   " or its quotes or books, whose mid leads; repeatable, then each"
                                   " with a name.")
]
Pair = Annotated[
    list[str] | None, typer.Option(metavar="LEADER=SYMBOL", help="Which leader leads a symbol;"
                                   " repeatable; * is every symbol without a pair of its own.")
]
Quotes = Annotated[
    list[str] | None, typer.Option(metavar="FILE", help="Quotes, merged with the trades by time;"
                                   " repeatable.")
]
Books = Annotated[
    list[str] | None, typer.Option(metavar="FILE", help="Order books or changes of them, merged by"
                                   " time; repeatable.")
]
Rows = Annotated[
    str, typer.Option(metavar="CLOCK", help="Whose events write a row: trade, quote, book, or a"
                      " builder's name.")
]
ManyRows = Annotated[
    list[str] | None,
    typer.Option("--rows", metavar="CLOCK", help="Whose events write a row: trade, quote, book, or"
                 " a builder's name; trade if not given. The n-th --rows goes to the n-th -o."),
]
Checkpoint = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write a checkpoint at the end.")
]
CheckpointEvery = Annotated[
    str | None, typer.Option(metavar="N|Ns", help="And every N ticks or seconds, as 30s.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show the nodes of the pipeline, and whether values come"
                       " on these files; run nothing.")
]
Resume = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Continue from a checkpoint.")
]
AllowCold = Annotated[
    list[str] | None, typer.Option(metavar="NODE", help="A node that the checkpoint may lack; it"
                                   " begins without a past. Repeatable.")
]
Warm = Annotated[
    list[str] | None, typer.Option(metavar="FILE", help="Prime with history, without output.")
]
From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="First time, as 2024-08-08T09:30.")
]
To = Annotated[str | None, typer.Option(metavar="TIME", help="First time left out.")]
Limit = Annotated[
    int | None, typer.Option(min=0, help="Stop after this many rows, those before a --resume"
                             " included.")
]
Symbol = Annotated[
    list[str] | None, typer.Option(metavar="A,B", help="Only these symbols; one that holds a comma"
                                   " stands in quotes: '\"BRK,A\"'.")
]
ReorderMs = Annotated[
    float, typer.Option(min=0, metavar="MS", help="Hold rows back this long to sort late ones.")
]
Delay = Annotated[
    str | None, typer.Option(metavar="KIND=TIME,..", help="How much later than their times trades,"
                             " quotes and books are known, as quotes=5ms,books=5ms.")
]
OnLate = Annotated[
    str | None, typer.Option(metavar="drop|error|clamp", help="What to do with late ticks.")
]
Dedupe = Annotated[
    str | None, typer.Option(metavar="id", help="Drop rows whose id has been seen.")
]
Rejects = Annotated[
    Path | None, typer.Option(metavar="FILE", help="List rejected rows in this CSV.")
]
SkipUnreadable = Annotated[
    bool, typer.Option("--skip-unreadable", help="Leave out files that cannot be read.")
]
MaxRejected = Annotated[
    float, typer.Option(min=0, max=100, metavar="PERCENT", help="Exit 1 when more of the rows were"
                        " rejected or late.")
]
Strict = Annotated[bool, typer.Option(help="Stop at the first rejected row.")]
Plot = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw the replay: .png or .html.")
]
Follow = Annotated[
    bool, typer.Option("--follow", help="Wait at the end of FILE for more rows.")
]
IdleExit = Annotated[
    str | None, typer.Option(metavar="30s", help="End after so long without a new row.")
]
Workers = Annotated[
    str,
    typer.Option(
        metavar="N", help="Threads that compute, or auto: one per core. The same rows for any N."
    ),
]


def leaders(texts: list[str]) -> dict[str, str]:
    """`[NAME=]FILE` options as files by name; one without a name is called leader.

    Raises:
        ConfigError: two have the same name.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not (equals and name and path) or os.path.exists(text):
            name, path = "leader", text
        if name in found:
            first, second = shlex.quote(found[name]), shlex.quote(path)
            raise ConfigError(
                f"two leaders are called {name}: give each a name and say whom it leads, as in"
                f" --leader a={first} --leader b={second} --pair a=SYMBOL --pair b=SYMBOL"
            )
        found[name] = path
    return found


def pairs(texts: list[str]) -> dict[str, str]:
    """`LEADER=SYMBOL` options as the leader of each symbol.

    Raises:
        ConfigError: not of this form, or a symbol with two leaders.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, symbol = text.partition("=")
        if not (equals and name and symbol):
            raise ConfigError(f"--pair {text}: write --pair LEADER=SYMBOL")
        if symbol in found:
            raise ConfigError(f"--pair {text}: {symbol} is led by {found[symbol]} already; a"
                              " symbol has one leader")
        found[symbol] = name
    return found


def of_run(given: dict[str, Any]) -> dict[str, Any]:
    """What decides rows and numbers, from the words given, as keywords of `Options`."""
    named, paired = leaders(given["leader"] or []), pairs(given["pair"] or [])
    quotes, books = given.get("quotes") or [], given.get("books") or []
    options.existing([*given["files"], *quotes, *books, *named.values()])
    start, end = given["from_"], given["to"]
    return {
        "files": given["files"],
        "config": options.configuration(
            given["config"], given["set_"], given["kernels"],
            on_late=given["on_late"], dedupe=given["dedupe"],
        ),
        "quotes": quotes,
        "books": books,
        "leaders": named,
        "pairs": paired,
        "from_ns": instant_ns(start) if start else None,
        "to_ns": instant_ns(end) if end else None,
        "limit": given["limit"],
        "symbols": names(given["symbol"]),
        "reorder_ns": duration_ns(f"{given['reorder_ms']:f}ms"),
        "delays": delays_of(given["delay"]) if given["delay"] else {},
        "skip_unreadable": given["skip_unreadable"],
        "source": keywords(given["reading"]),
    }
