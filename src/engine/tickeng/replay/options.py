"""What a replay is asked to do, and the small notations its options are written in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from .._base.notation import duration_ns, iso_ns
from ..config import Config
from ..errors import ConfigError
from ..files.sinks import format_of
from ..files.sources import Source
from ..files.sources.options import BY_QUOTES


class Every(NamedTuple):
    """When a checkpoint is due: after `rows` rows or after `seconds` of running."""

    rows: int | None = None
    seconds: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Every":
        """`1000000` is a number of rows, `30s` a time.

        Raises:
            ConfigError: neither, or zero.
        """
        if text.isdecimal():
            every = cls(rows=int(text))
        else:
            every = cls(seconds=duration_ns(text) / 1e9)
        if not (every.rows or every.seconds):
            raise ConfigError(f"{text!r}: a checkpoint every nothing; write 1000000 or 30s")
        return every


class Table(NamedTuple):
    """A clock whose events write a row, and where they go."""

    rows: str
    out: str


def tables(rows: Sequence[str], outs: Sequence[str]) -> list[Table]:
    """The clocks with their files, in the order in which they are given.

    Raises:
        ConfigError: there are more of one than of the other, or a clock or stdout comes twice.
    """
    if len(rows) != len(outs):
        raise ConfigError(f"there are {len(rows)} clocks of rows and {len(outs)} outputs: give one"
                          ' for each, in one order, as rows=["trade", "quote"] with'
                          ' out=["trades.csv", "quotes.csv"]')
    twice = [clock for clock in rows if rows.count(clock) > 1]
    if twice:
        raise ConfigError(f'rows="{twice[0]}" is given twice: give it once, and copy the file')
    if [*outs].count("-") > 1:
        raise ConfigError('out="-" is given twice: stdout takes the rows of one clock, give the'
                          " others files")
    return list(map(Table, rows, outs))


@dataclass(slots=True, eq=False, repr=False)
class Options:
    """A replay. `-` among the files is stdin, as `out` it is stdout; `out=None` writes nothing.

    `from_ns` is inclusive, `to_ns` exclusive. `reorder_ns` holds rows back that long in event
    time; it lets a file run backwards. `leaders` are files by name, `pairs` say which of them
    leads a symbol; "*" is every symbol without a pair of its own. `allow_cold` are nodes that the
    state of `resume` may lack, which then begin without a past. `max_rejected` is the
    percentage of the rows read that may be rejected or late before the run counts as failed.
    With `follow` the one file is waited for at its end, until it was idle for `idle_exit_ns`
    (None: for ever). With `workers` > 1 as many threads compute, one reads ahead and one writes
    behind; the same rows. `limit` counts the rows taken from the files since their beginning, also
    before a resume. `quotes` and `books` are files of these, `rows` says whose events, or which
    builder's, write a row to `out`; `also` are further ones, each with an output of its own, which
    the report's shares and quantiles leave out. `config_file` is where `config` was read, if it
    was: no output may replace it.
    `delays` are ns by `trades`, `quotes` and `books`: how much later than their times these are
    known.
    `source` holds keyword arguments of `tickeng.files.sources.open_source`; with `beside` some may
    be for files that go beside these. `piped` is stdin where it has been opened.
    """

    files: list[str]
    config: Config
    out: str | None = None
    out_format: str | None = None
    force: bool = False
    columns: list[str] | None = None
    quotes: list[str] = field(default_factory=list)
    books: list[str] = field(default_factory=list)
    rows: str = "trade"
    also: list[Table] = field(default_factory=list)
    leaders: dict[str, str] = field(default_factory=dict)
    pairs: dict[str, str] = field(default_factory=dict)
    checkpoint: Path | None = None
    every: Every | None = None
    resume: Path | None = None
    allow_cold: list[str] = field(default_factory=list)
    warm: list[str] = field(default_factory=list)
    from_ns: int | None = None
    to_ns: int | None = None
    limit: int | None = None
    symbols: list[str] = field(default_factory=list)
    reorder_ns: int = 0
    delays: dict[str, int] = field(default_factory=dict)
    rejects: Path | None = None
    strict: bool = False
    skip_unreadable: bool = False
    max_rejected: float = 50.0
    plot: Path | None = None
    workers: int = 1
    follow: bool = False
    idle_exit_ns: int | None = None
    config_file: Path | None = None
    source: dict[str, Any] = field(default_factory=dict)
    beside: bool = False
    piped: Source | None = None

    @property
    def several(self) -> bool:
        """Whether there are files of several kinds."""
        return bool(self.quotes or self.books or self.beside)

    @property
    def clocks(self) -> tuple[str, ...]:
        """Whose events write a row, the first output's first."""
        return (self.rows, *(table.rows for table in self.also))

    @property
    def outs(self) -> list[str]:
        """Where rows are written, in the order of `clocks`."""
        return [] if self.out is None else [self.out, *(table.out for table in self.also)]


def by_quotes(config: Config) -> bool:
    """Whether sides are inferred by quotes."""
    return config["infer_side"] in BY_QUOTES


def need_quotes(config: Config, come: bool) -> None:
    """Raises ConfigError where sides are inferred by quotes and none come."""
    if by_quotes(config) and not come:
        raise ConfigError(f'infer_side="{config["infer_side"]}" needs quotes, and there are none:'
                          ' give quotes=FILE or books=FILE, or infer_side="tick"')


def with_sides(config: Config, source: Mapping[str, Any]) -> Config:
    """Settings of an engine that infers sides by quotes, where reading the files was told so.

    Raises:
        ConfigError: the settings have another rule.
    """
    rule, told = source.get("infer_side"), config["infer_side"]
    if rule is None or told == rule or (rule not in BY_QUOTES and told == "none"):
        return config
    if told != "none":
        raise ConfigError(f'infer_side="{rule}" is asked for, and the settings say "{told}": give'
                          " one of them")
    return config.merged({"infer_side": rule})


def needed(options: Options) -> tuple[str, ...]:
    """The kinds of events that selected kernels move on, or that write a row, and that no other
    input gives: those that are read of a recording of a venue's feed. Trades if there are none."""
    config = options.config
    clocks = {clock for clock in ("trade", "quote", "book")
              if clock in options.clocks or config.moved_by(clock)}
    clocks |= {"trade", "quote"} if by_quotes(config) else set()
    if "quote" in clocks and config["quotes"] == "book":
        clocks = clocks - {"quote"} | {"book"}
    given = {"quote": options.quotes, "book": options.books}
    kinds = {"trade": "trade", "quote": "quote", "book": "delta"}
    return tuple(kind for clock, kind in kinds.items()
                 if clock in clocks and not given.get(clock)) or ("trade",)


def check(options: Options) -> None:
    """Refuse options that contradict each other.

    Raises:
        ConfigError: names them and says what to give.
    """
    start, end = options.from_ns, options.to_ns
    if start is not None and end is not None and start >= end:
        raise ConfigError(f'from_="{iso_ns(start)}" is not before to="{iso_ns(end)}": nothing lies'
                          " between them")
    if options.resume and options.warm:
        raise ConfigError("resume continues a state and warm makes a new one: give one")
    if options.allow_cold and not options.resume:
        raise ConfigError(f'allow_cold="{options.allow_cold[0]}" lets a node begin without a past'
                          " where others continue, and needs resume=\"FILE\"")
    if options.plot and options.rows != "trade":
        raise ConfigError(f'plot draws trades: leave it out, or rows="{options.rows}"')
    if options.delays and options.source.get("clock") == "recv":
        raise ConfigError('clock="recv" has when events came in, and delay says it for files that'
                          " do not: give one of them")
    _check_follow(options)
    _check_scales(options)
    if not 0 <= options.max_rejected <= 100:
        raise ConfigError(f"max_rejected must be a percentage, not {options.max_rejected:g}")
    leaders, led = options.leaders, options.pairs
    for symbol, name in led.items():
        if name not in leaders:
            raise ConfigError(f"{symbol} is paired with {name}, which is no leader; there are"
                              f" {', '.join(leaders) or 'none'}")
    named = options.config.leaders()
    if missing := sorted(named - leaders.keys()):
        raise ConfigError(f"kernels name the leader {missing[0]}, and there is none: give"
                          f' leaders={{"{missing[0]}": "FILE"}}')
    idle = [name for name in leaders if name not in led.values() and name not in named]
    if idle and (led or len(leaders) > 1):
        raise ConfigError(f"the leader {idle[0]} leads nothing: give"
                          f' pairs={{"SYMBOL": "{idle[0]}"}}, with * for every symbol')


def _check_scales(options: Options) -> None:
    """A scale is of one file, and would make prices of another ones that look right."""
    for name in ("price_scale", "qty_scale"):
        if options.source.get(name) is not None and (
                options.quotes or options.books or options.leaders):
            raise ConfigError(f"{name} would hold for files of every kind: give it to convert, with"
                              " each file that needs one, and replay what comes of that")


def _check_follow(options: Options) -> None:
    if options.idle_exit_ns is not None and not options.follow:
        raise ConfigError("idle_exit ends the wait for a file that grows: give follow=True with it")
    for out in options.outs if options.follow else ():
        form = options.out_format or ("" if out == "-" else format_of(out))
        if form in ("parquet", "arrow"):
            raise ConfigError(f"a followed file has no end, and a .{form} cannot be read without"
                              " one: write .csv, .jsonl or .arrows")
    if options.follow and len(options.files) > 1:
        raise ConfigError("one file can be followed at a time")
