"""Every remedy that a message names for one file of a replay of several kinds works there, whatever
the files beside it are."""

import re
import shlex
from pathlib import Path

import pytest

TRADES = """ts,symbol,price,qty,side
2024-03-13 14:30:00.1,X,100.5,1,buy
2024-03-13 14:30:01.1,X,100.6,2,sell
2024-03-13 14:30:02.1,X,100.7,3,buy
2024-03-13 14:30:03.1,X,100.4,1,sell
"""
QUOTES = """ts,symbol,bid,bid_qty,ask,ask_qty
2024-03-13 14:30:00,X,100.4,5,100.6,4
2024-03-13 14:30:01,X,100.5,5,100.7,4
2024-03-13 14:30:02,X,100.6,6,100.8,3
2024-03-13 14:30:03,X,100.3,6,100.5,2
"""
BOOKS = """ts,symbol,is_snapshot,side,price,qty
2024-03-13 14:30:00,X,true,bid,100.4,5
2024-03-13 14:30:00,X,true,ask,100.6,4
2024-03-13 14:30:01,X,false,bid,100.5,5
2024-03-13 14:30:02,X,false,ask,100.6,0
2024-03-13 14:30:02,X,false,ask,100.9,2
"""
GOOD = {"t.csv": TRADES, "q.csv": QUOTES, "b.csv": BOOKS}
KERNELS = "cvd; effective_spread; n = book.bid; a = book.ask"


def renamed(text, old, new):
    head, _, rest = text.partition("\n")
    return head.replace(old, new) + "\n" + rest


def celled(text, *pairs):
    """Other words in the cells, the header as it was."""
    head, _, rest = text.partition("\n")
    for old, new in pairs:
        rest = re.sub(rf"(?<=,){re.escape(old)}(?=,|\n)", new, rest)
    return head + "\n" + rest


def more(text, name, *cells):
    """One column more."""
    lines = text.splitlines()
    return "\n".join([f"{lines[0]},{name}", *(
        f"{line},{cells[n % len(cells)]}" for n, line in enumerate(lines[1:]))]) + "\n"


def timed(text, change):
    head, _, rest = text.partition("\n")
    return head + "\n" + re.sub(r"2024-03-13 (\S+?)(?=,)", change, rest)


def parted(text):
    """Day and time of day in two columns whose names say nothing."""
    return renamed(timed(text, r"2024-03-13,\1"), "ts,", "dd,tt,")


def without_header(text):
    return text.partition("\n")[2]


TRADE_CASES = {
    "price": (renamed(TRADES, "price", "zz"), {"COLUMN": "zz"}),
    "qty": (renamed(TRADES, "qty", "zz"), {"COLUMN": "zz"}),
    "ts": (renamed(TRADES, "ts", "zz"), {"COLUMN": "zz"}),
    "sides": (celled(TRADES, ("buy", "0"), ("sell", "1")), {}),
    "letters": (celled(TRADES, ("buy", "A"), ("sell", "B")), {}),
    "keep": (more(TRADES, "type", "trade", "trade", "trade", "trade")
             + "2024-03-13 14:30:04,X,1,1,buy,quote\n", {}),
    "header": (without_header(TRADES), {"time,price,qty,side": "ts,symbol,price,qty,side"}),
    "time_format": (timed(TRADES, r"03/04/2024 \1"), {}),
    "date": (timed(TRADES, r"\1"), {"2024-02-14": "2024-03-13"}),
    "time_columns": (parted(TRADES), {"DATE": "dd", "TIME": "tt"}),
    "quantities": (more(TRADES, "volume", "7", "8"), {}),
    "venues": (more(TRADES, "exchange", "binance", "kraken"), {"exchange+symbol": "symbol"}),
    "infer_side": (re.sub(r",(buy|sell)\n", "\n", renamed(TRADES, ",side", "")), {}),
}
QUOTE_CASES = {
    "bid": (renamed(QUOTES, "symbol,bid,", "symbol,zz,"),
            {"bid=COLUMN": "bid=zz", "ask=COLUMN": "ask=ask", "bid_qty=COLUMN": "bid_qty=bid_qty",
             "ask_qty=COLUMN": "ask_qty=ask_qty"}),
    "no quantities": (re.sub(r"(,[\d.]+),\d+(,[\d.]+),\d+\n", r"\1\2\n",
                             renamed(QUOTES, "bid,bid_qty,ask,ask_qty", "bid,ask")), {}),
    "ts": (renamed(QUOTES, "ts", "zz"), {"COLUMN": "zz"}),
    "keep": (more(QUOTES, "type", "quote") + "2024-03-13 14:30:04,X,1,1,2,1,delete\n", {}),
    "header": (without_header(QUOTES),
               {"time,price,qty,side": "ts,symbol,bid,bid_qty,ask,ask_qty"}),
    "header of as many": (re.sub(r",X,", ",", without_header(QUOTES)),
                          {"time,price,qty,side": "ts,bid,bid_qty,ask,ask_qty"}),
    "time_format": (timed(QUOTES, r"03/04/2024 \1"), {}),
    "date": (timed(QUOTES, r"\1"), {"2024-02-14": "2024-03-13"}),
    "time_columns": (parted(QUOTES), {"DATE": "dd", "TIME": "tt"}),
    "symbol_name": (re.sub(r",X,", ",", renamed(QUOTES, "symbol,", "")), {}),
    "venues": (more(QUOTES, "exchange", "binance", "kraken"), {"exchange+symbol": "symbol"}),
}
BOOK_CASES = {
    "snapshot": (renamed(BOOKS, "is_snapshot", "zz"), {"COLUMN": "zz"}),
    "side": (renamed(BOOKS, "side", "zz"), {"COLUMN": "zz"}),
    "sides": (celled(BOOKS, ("bid", "0"), ("ask", "1")), {}),
    "price": (renamed(BOOKS, "price", "zz"), {"COLUMN": "zz"}),
    "ts": (renamed(BOOKS, "ts", "zz"), {"COLUMN": "zz"}),
    "keep": (more(BOOKS, "type", "update") + "2024-03-13 14:30:04,X,false,bid,1,1,heartbeat\n",
             {}),
    "header": (without_header(BOOKS),
               {"time,price,qty,side": "ts,symbol,is_snapshot,side,price,qty"}),
    "time_format": (timed(BOOKS, r"03/04/2024 \1"), {}),
    "date": (timed(BOOKS, r"\1"), {"2024-02-14": "2024-03-13"}),
    "time_columns": (parted(BOOKS), {"DATE": "dd", "TIME": "tt"}),
}
CASES = [(file, name, *case) for file, cases in (
    ("t.csv", TRADE_CASES), ("q.csv", QUOTE_CASES), ("b.csv", BOOK_CASES))
    for name, case in cases.items()]
# What only other numbers could show: signs that are made up, quotes without quantities, another day
OTHER = {"infer_side", "no quantities", "time_format", "quantities"}
OPTION = r"--[a-z-]+ (?:'[^']*'|\"[^\"]*\"|[^\s;:()]*[^\s;:(),.])"


def remedies(text, fill):
    """The options that a message names, as they would be typed."""
    for option in re.findall(OPTION, text):
        for place, value in fill.items():
            option = option.replace(place, value)
        yield shlex.split(option)


def words(order=("t.csv", "q.csv", "b.csv")):
    trades, quotes, books = order
    return ["replay", trades, "--quotes", quotes, "--books", books, "--kernels", KERNELS,
            "-o", "o.csv", "-f"]


def followed(tickeng, asked, typed, fill, steps=5):
    """The options that lead to a run, where each is one that the message before named."""
    assert asked.code in (2, 3) and steps, (typed, asked.code, asked.err)
    said = re.sub(r"\s+", " ", asked.err)
    found = [option for option in remedies(said, fill) if option[0] != "--skip-unreadable"]
    assert found, (typed, said)
    for option in found:
        run = tickeng(*words(), *typed, *option)
        if run.code == 0:
            return [*typed, *option]
    return followed(tickeng, run, [*typed, *option], fill, steps - 1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("file", "name", "text", "fill"), CASES,
                         ids=[f"{file} {name}" for file, name, *_ in CASES])
def test_what_one_file_needs_is_typed_beside_the_others(tickeng, file, name, text, fill):
    for path, good in GOOD.items():
        Path(path).write_text(good)
    assert tickeng(*words()).code == 0
    want = Path("o.csv").read_bytes()
    Path(file).write_text(text)
    typed = followed(tickeng, tickeng(*words()), [], fill)
    if name not in OTHER:
        assert tickeng(*words(), *typed).code == 0
        assert Path("o.csv").read_bytes() == want


def written(**files):
    for path, text in {**GOOD, **{f"{name}.csv": text for name, text in files.items()}}.items():
        Path(path).write_text(text)


def output(run):
    assert run.code == 0, run.err
    return Path("o.csv").read_text()


def test_words_of_trades_turn_no_book_upside_down(tickeng):
    """A and B: who took, of trades, and the other way round the side of a level."""
    written()
    want = output(tickeng(*words()))
    trades = celled(TRADES, ("buy", "A"), ("sell", "B"))
    for books, more_words in ((celled(BOOKS, ("bid", "B"), ("ask", "A")), ""),
                              (celled(BOOKS, ("bid", "0"), ("ask", "1")), ",bid=0,ask=1")):
        written(t=trades, b=books)
        assert output(tickeng(*words(), "--sides", "buy=A,sell=B" + more_words)) == want
    asked = tickeng(*words(), "--sides", "buy=A,sell=B")
    assert asked.code == 3 and "bid=0,ask=1" in asked.err
    written(b=celled(BOOKS, ("bid", "0"), ("ask", "1")))
    assert output(tickeng(*words(), "--sides", "bid=0,ask=1")) == want


def test_one_name_is_never_given_to_several_symbols(tickeng):
    written(t=TRADES + "2024-03-13 14:30:04,Y,1,1,buy\n",
            q=re.sub(r",X,", ",", renamed(QUOTES, "symbol,", "")))
    found = output(tickeng(*words(), "--symbol-name", "X"))
    assert [line.split(",")[1] for line in found.splitlines()[1:]] == [*"XXXXY"]
    late = "".join(f"2024-03-13 14:30:{n // 1000 + 4}.{n % 1000:03},X,1,1,buy\n"
                   for n in range(11_000))
    written(t=TRADES + late + "2024-03-13 14:30:50,Y,1,1,buy\n", q=Path("q.csv").read_text())
    run = tickeng(*words(), "--symbol-name", "X")
    assert run.code == 3 and "several symbols (X, Y)" in run.err, run.err


@pytest.mark.parametrize(("option", "said"), [
    ("--map price=zz", "no column 'zz'"), ("--map first=zz", "no column 'zz'"),
    ("--keep zz", "leave keep out"), ("--header a,b,c,d,e,f,g,h", "--header"),
    ("--sides bid=bid,ask=ask", ""), ("--sides bid=0,ask=1", "'bid'"),
    ("--map quotes.ts=zz", "no column 'zz'"), ("--map quotes.price=bid", "no price of its own"),
    ("--format parquet", "is not in the format parquet"), ("--time-columns a,b", "no column 'a'"),
    ("--time-format %Y/%m/%d_%H:%M", "not written as"), ("--side-is maker", ""),
    ("--map qq=bid", "'qq'"), ("--map snapshots.x=bid", "'snapshots.x'")])
def test_what_means_nothing_to_any_file_is_refused(tickeng, option, said):
    written()
    run = tickeng(*words(), *option.split())
    assert run.code in (2, 3) if said else run.code == 0, run.err
    assert said in run.err


def test_files_of_one_kind_are_read_alike(tickeng):
    """A column that only one of two files of trades has may not be named for that one alone."""
    written()
    Path("u.csv").write_text(renamed(TRADES, "price", "zz").replace("14:30", "15:30"))
    run = tickeng("replay", "u.csv", *words()[1:], "--map", "price=zz")
    assert run.code == 3 and "t.csv: has no column 'zz' to map to price" in run.err, run.err


def test_a_column_of_one_kind_alone(tickeng):
    written()
    want = output(tickeng(*words()))
    written(q=more(QUOTES, "late", "2030-01-01"), t=renamed(TRADES, "ts,", "late,"))
    assert "15:30" not in want
    assert output(tickeng(*words(), "--map", "trades.ts=late")) == want
    assert tickeng(*words(), "--map", "ts=late").code == 3
    written(q=more(QUOTES, "received", "2024-03-13 15:00:00"))
    assert output(tickeng(*words(), "--map", "quotes.ts=received")) != want
    report = tickeng(*words(), "--map", "quotes.ts=received", "--keep", "trade")
    assert report.code == 3


def test_the_report_tells_what_is_not_for_a_file(tickeng):
    written(t=more(TRADES, "type", "trade"))
    run = tickeng(*words(), "--keep", "trade", "--json")
    assert run.code == 0, run.err
    assert '--keep trade is not for this file' in run.out.decode()


def test_history_is_read_as_the_trades_are(tickeng):
    written(q=QUOTE_CASES["bid"][0])
    roles = "bid=zz,bid_qty=bid_qty,ask=ask,ask_qty=ask_qty"
    Path("h.csv").write_text(TRADES.replace("14:30", "13:30"))
    assert tickeng(*words(), "--map", roles, "--warm", "h.csv").code in (0, 2)
    run = tickeng(*words()[:-4], "--kernels", "cvd; n = book.bid", "--map", roles, "--warm",
                  "h.csv")
    assert "has no column" not in run.err
