"""Replays of trades, quotes and books together, against the engine fed by arrays."""

import csv

import numpy as np
import pyarrow.parquet as pq
import pytest

from tickeng import ConfigError, DataError, Engine, LateTickError, replay

START = 1_700_000_000_000_000_000
TEXT = """chain; mid_spread; depth_imbalance; effective_spread; e = ema(mid, tau=1s)
at_quotes = mean(spread, window=5); m1 = time_bars(period=2s); r = rsi(m1, window=3)
seen = mean(mid, window=1, on=trade)"""
SETTINGS = {"warmup": "expanding", "max_quote_age": "2s", "hold_good": "50ms"}
MARKET = ("bid", "bid_qty", "ask", "ask_qty")


def market(seed, symbols=1, trades=900, quotes=1500, books=400, levels=4):
    """Columns by kind, with ties among kinds, crossed quotes and late rows."""
    rng = np.random.default_rng(seed)

    def stamps(n):
        ts_ns = START + np.sort(rng.integers(0, 30_000, n)) * 1_000_000
        ts_ns[rng.random(n) < 0.01] -= 30_000_000
        return ts_ns

    def named(columns):
        n = len(columns["ts_ns"])
        return columns | {"symbol": rng.choice(["AB", "CD"][:symbols], n)}

    bid = 100 + np.cumsum(rng.integers(-1, 2, quotes)) * 0.01
    mid = 100 + np.cumsum(rng.integers(-1, 2, books)) * 0.01
    away = 0.01 * np.arange(1, levels + 1)
    return {
        "trade": named({"ts_ns": stamps(trades), "qty": rng.integers(1, 9, trades) / 4,
                        "price": 100 + np.cumsum(rng.integers(-1, 2, trades)) * 0.01,
                        "side": rng.choice([-1, 1], trades)}),
        "quote": named({"ts_ns": stamps(quotes), "bid": bid, "bid_qty": bid * 0 + 2.5,
                        "ask": bid + rng.choice([0.01, 0.02, -0.01], quotes, p=[0.6, 0.3, 0.1]),
                        "ask_qty": rng.integers(1, 5, quotes) / 2}),
        "book": named({"ts_ns": stamps(books), "bid": mid[:, None] - away,
                       "bid_qty": rng.integers(1, 9, (books, levels)).astype(float),
                       "ask": mid[:, None] + away,
                       "ask_qty": rng.integers(1, 9, (books, levels)).astype(float)}),
    }


def rounded(given):
    """As text gives the numbers back."""
    return {kind: {name: column.round(4) if column.dtype == float else column
                   for name, column in columns.items()} for kind, columns in given.items()}


def write(folder, given):
    """A CSV of each kind; levels of books in columns of their own."""
    paths = {}
    for kind, columns in given.items():
        flat = {}
        for name, column in columns.items():
            if column.ndim == 1:
                flat[name] = column
            else:
                side, _, size = name.partition("_")
                flat |= {f"{side}_{'qty' if size else 'price'}_{k + 1}": column[:, k]
                         for k in range(column.shape[1])}
        paths[kind] = folder / f"{kind}s.csv"
        with paths[kind].open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(flat)
            out.writerows(zip(*(column.tolist() for column in flat.values()), strict=True))
    return paths


def by_arrays(given, rows):
    """The accepted rows of the engine fed by arrays."""
    engine = Engine(SETTINGS, kernels=TEXT, quotes="native")
    frame = engine.run(trades=given["trade"], quotes=given["quote"], books=given["book"],
                       rows=rows)
    return {name: frame[name][frame["status"] == 0] for name in frame}, engine


def same(table, frame, names):
    for name in names:
        ours, theirs = (np.asarray(x, float) for x in (table[name].to_numpy(), frame[name]))
        assert ours.tobytes() == theirs.tobytes(), name


def outputs():
    return [name for name in Engine(SETTINGS, kernels=TEXT).outputs.names]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", ["trade", "quote", "book", "m1"])
@pytest.mark.parametrize("symbols", [1, 2])
@pytest.mark.parametrize("workers", [1, 2])
def test_files_give_what_arrays_give(tmp_path, rows, symbols, workers):
    given = rounded(market(5, symbols))
    paths = write(tmp_path, given)
    report = replay(paths["trade"], tmp_path / "o.parquet", quotes=paths["quote"],
                    books=paths["book"], rows=rows, workers=workers,
                    config={"kernels": TEXT, **SETTINGS})
    frame, engine = by_arrays(given, rows)
    table = pq.read_table(tmp_path / "o.parquet")
    names = [name for name in outputs() if name in table.column_names]
    assert set(names) >= {"mid", "k1", "r", "depth_imbalance_1"}
    same(table, frame, ["ts_ns", *names] if rows == "m1" else names)
    assert report["conserved"]
    assert report["counters_of"]["quote"]["symbols"] == engine.quote_counters
    assert report["counters_of"]["book"]["symbols"] == engine.book_counters
    assert report["counters"]["symbols"] == engine.counters
    assert [entry["role"] for entry in report["inputs"]] != ["trades"]


def replay_in_parts(state, path, out, **words):
    """A replay of some 3,000 rows that is cut and resumed every few hundred."""
    rng, cut = np.random.default_rng(1), 0
    while cut < 2_900:
        cut = min(2_900, cut + int(rng.integers(1, 700)))
        resumed = {"resume": state} if state.exists() else {}
        replay(path, out, limit=cut if cut < 2_900 else None, checkpoint=state, force=True,
               **resumed, **words)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", ["trade", "quote", "m1"])
@pytest.mark.parametrize("reorder", [0, 100])
def test_a_replay_resumed_at_any_row_is_one(tmp_path, rows, reorder):
    paths = write(tmp_path, rounded(market(6, 2)))
    whole, parts = tmp_path / "whole.csv", tmp_path / "parts.csv"
    words = {"quotes": paths["quote"], "books": paths["book"], "rows": rows,
             "config": {"kernels": TEXT, **SETTINGS}, "reorder_ms": reorder}
    replay(paths["trade"], whole, **words)
    replay_in_parts(tmp_path / "k.ckpt", paths["trade"], parts, **words)
    assert parts.read_bytes() == whole.read_bytes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", ["trade", "quote", "book", "m1"])
def test_what_is_warm_does_not_depend_on_a_resume(tmp_path, rows):
    paths = write(tmp_path, rounded(market(8, 2)))
    kernels = TEXT + "\nlate = mean(mid, window=600); never = mean(mid, window=1400, on=trade)"
    words = {"quotes": paths["quote"], "books": paths["book"], "rows": rows,
             "config": {"kernels": kernels, **SETTINGS, "warmup": "strict"}}
    whole = replay(paths["trade"], **words)
    for cut in (3, 700, 2_000):
        replay(paths["trade"], limit=cut, checkpoint=tmp_path / "k", **words)
        resumed = replay(paths["trade"], resume=tmp_path / "k", **words)
        assert resumed["warmup"] == whole["warmup"]
    entries = {entry["output"]: entry for entry in whole["warmup"]}
    counts = [c["processed"] for c in whole["counters"]["symbols"].values()]
    assert entries["never"] == {"output": "never", "clock": "trade", "needs": 1400, "reached": None,
                                "missing": 1400 - max(counts)}
    quotes = whole["counters_of"]["quote"]["symbols"].values()
    moved = max(c["processed"] - c["crossed"] for c in quotes)
    assert moved >= 600 or entries["late"]["missing"] == 600 - moved
    if rows != "m1":
        assert entries["mid"]["reached"]["tick"] < 30
    fed = outputs_at(tmp_path, paths, words)
    for name, entry in entries.items():
        if entry["reached"] and name in fed:
            assert fed[name] == (entry["reached"]["tick"], entry["reached"]["ts_ns"]), name


def outputs_at(folder, paths, words):
    """Output -> (row of its symbol, time) of its first value in the file that is written."""
    replay(paths["trade"], folder / "w.parquet", **words)
    table, found, of_symbol = pq.read_table(folder / "w.parquet").to_pydict(), {}, {}
    for i, symbol in enumerate(table["symbol"]):
        of_symbol[symbol] = of_symbol.get(symbol, 0) + 1
        for name, column in table.items():
            if isinstance(column[i], float) and not np.isnan(column[i]) and name not in found:
                found[name] = (of_symbol[symbol], table["ts_ns"][i])
    return {name: at for name, at in found.items() if name not in ("gate", "alpha", "size")}


@pytest.mark.filterwarnings("ignore")
def test_there_is_a_gate_only_where_a_kernel_is_one(tmp_path):
    paths = write(tmp_path, rounded(market(9, trades=50, quotes=50)))
    assert replay(paths["quote"], rows="quote", config={"kernels": "mid_spread"})["gate"] is None
    assert replay(paths["trade"], config={"kernels": "chain"})["gate"]["open_share"] == 0


@pytest.mark.filterwarnings("ignore")
def test_a_quote_at_a_trades_own_time_is_seen_by_later_ones_only(tmp_path):
    given = rounded(market(7))
    given["quote"]["ts_ns"].sort()
    planted = {kind: dict(columns) for kind, columns in given.items()}
    at = int(given["trade"]["ts_ns"][400])
    row = {"ts_ns": at, "bid": 50.0, "bid_qty": 1.0, "ask": 50.5, "ask_qty": 1.0, "symbol": "AB"}
    planted["quote"] = {name: np.append(column, row[name])
                        for name, column in given["quote"].items()}
    order = np.argsort(planted["quote"]["ts_ns"], kind="stable")
    planted["quote"] = {name: column[order] for name, column in planted["quote"].items()}
    tables = []
    for number, each in enumerate((given, planted)):
        (folder := tmp_path / str(number)).mkdir()
        paths = write(folder, each)
        replay(paths["trade"], folder / "o.parquet", quotes=paths["quote"],
               config={"kernels": "seen = mean(mid, window=1, on=trade)"})
        tables.append(pq.read_table(folder / "o.parquet"))
    seen, ts_ns = ([t[name].to_numpy() for t in tables] for name in ("seen", "ts_ns"))
    upto = ts_ns[0] <= at
    assert seen[0][upto].tobytes() == seen[1][upto].tobytes()
    assert (seen[1][~upto] == 50.25).any() and not (seen[0] == 50.25).any()


@pytest.mark.filterwarnings("ignore")
def test_filters_and_limits_count_rows_of_every_kind(tmp_path):
    given = rounded(market(8, 2))
    paths = write(tmp_path, given)
    report = replay(paths["trade"], quotes=paths["quote"], books=paths["book"], symbols=["AB"],
                    config={"kernels": TEXT, **SETTINGS})
    count = {kind: int((columns["symbol"] == "AB").sum()) for kind, columns in given.items()}
    assert report["rows"] == sum(count.values())
    assert report["counters_of"]["quote"]["total"]["in"] == count["quote"]
    assert report["filtered"] == 2_800 - sum(count.values())
    limited = replay(paths["trade"], quotes=paths["quote"], limit=100,
                     config={"kernels": TEXT.replace("depth_imbalance; ", ""), **SETTINGS})
    came = [limited["counters"], limited["counters_of"]["quote"]]
    assert sum(each["total"]["in"] for each in came) == 100


@pytest.mark.filterwarnings("ignore")
def test_what_nothing_feeds_is_refused(tmp_path):
    paths = write(tmp_path, rounded(market(9)))
    with pytest.raises(ConfigError, match=r"moves on quotes.*quotes=FILE"):
        replay(paths["trade"], config={"kernels": "mid_spread"})
    with pytest.raises(ConfigError, match=r"moves on books.*books=FILE"):
        replay(paths["trade"], quotes=paths["quote"], config={"kernels": "depth_imbalance"})
    with pytest.raises(ConfigError, match=r'rows="quote".*quotes=FILE'):
        replay(paths["trade"], rows="quote")
    with pytest.raises(DataError, match=r'no trades.*rows="quote" and kernels of quotes'):
        replay(paths["quote"])
    with pytest.raises(ConfigError, match=r"k1 moves on trades.*the file of the trades"):
        replay(paths["quote"], rows="quote")
    assert replay(paths["quote"], rows="quote", config={"kernels": "mid_spread"})["rows"] > 0
    with pytest.raises(ConfigError, match="no clock"):
        replay(paths["trade"], rows="m5")


@pytest.mark.filterwarnings("ignore")
def test_a_late_quote_is_an_error_where_it_should_be(tmp_path):
    given = rounded(market(10))
    given["quote"]["ts_ns"] = np.sort(given["quote"]["ts_ns"])
    given["trade"]["ts_ns"] = np.sort(given["trade"]["ts_ns"])
    given["quote"]["ts_ns"][700] -= 10**10
    paths = write(tmp_path, given)
    with pytest.raises(LateTickError, match=r"quotes\.csv, row 701"):
        replay(paths["trade"], tmp_path / "o.csv", quotes=paths["quote"], on_late="error",
               config={"kernels": "chain; mid_spread"})
    rows = (tmp_path / "o.csv").read_text().splitlines()
    before = int((given["trade"]["ts_ns"] <= given["quote"]["ts_ns"][699]).sum())
    assert len(rows) - 1 == before


@pytest.mark.filterwarnings("ignore")
def test_quotes_of_an_instrument_without_a_name_are_not_those_of_one_with_one(tmp_path):
    given = rounded(market(14))
    del given["quote"]["symbol"]
    paths = write(tmp_path, given)
    words = {"quotes": paths["quote"], "config": {"kernels": "effective_spread"}}
    with pytest.raises(DataError, match=r'quotes\.csv names no symbol.*symbol_name="AB"'):
        replay(paths["trade"], tmp_path / "o.parquet", **words)
    replay(paths["trade"], tmp_path / "o.parquet", symbol_name="AB", **words)
    spread = pq.read_table(tmp_path / "o.parquet")["effective_spread"].to_numpy()
    assert np.isfinite(spread).mean() > 0.5


@pytest.mark.filterwarnings("ignore")
def test_kinds_of_other_symbols_are_warned_of(tmp_path):
    given = rounded(market(15))
    given["quote"]["symbol"] = np.array(["ZZ"] * 1500)
    paths = write(tmp_path, given)
    report = replay(paths["trade"], quotes=paths["quote"], config={"kernels": "effective_spread"})
    assert ("no quote is of a symbol that trades: quotes are of ZZ, trades of AB"
            in report["warnings"])


@pytest.mark.filterwarnings("ignore")
def test_a_stray_stamp_before_the_end_feeds_no_row_twice(tmp_path):
    """Rows behind the first one at `to` are left for the run that continues, and only these."""
    n = 100
    ts_ns = START + np.arange(n) * 10**9
    ts_ns[20] = 4_070_908_800_000_000_000
    ts_ns[70] -= 15 * 10**9  # late, and stamped before the end
    with (tmp_path / "st.csv").open("w") as file:
        file.write("ts_ns,price,qty,side\n")
        file.writelines(f"{t},{100 + i % 7},1,{'buy' if i % 2 else 'sell'}\n"
                        for i, t in enumerate(ts_ns.tolist()))
    for late in ("clamp", "drop"):
        words = {"config": {"kernels": "cvd", "on_late": late}, "force": True}
        whole = replay(tmp_path / "st.csv", tmp_path / "w.csv", **words)
        state = tmp_path / f"{late}.ckpt"
        replay(tmp_path / "st.csv", tmp_path / "p.csv", to=START + 60 * 10**9, checkpoint=state,
               **words)
        last = replay(tmp_path / "st.csv", tmp_path / "p.csv", checkpoint=state, resume=state,
                      **words)
        assert last["counters"]["total"]["processed"] == whole["counters"]["total"]["processed"]
        assert (tmp_path / "p.csv").read_bytes() == (tmp_path / "w.csv").read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_a_resume_sees_no_quotes_of_later_times(tmp_path):
    given = rounded(market(16))
    for columns in given.values():
        columns["ts_ns"].sort()
    parts = []
    for number, part in enumerate((slice(200), slice(200, None))):
        (tmp_path / str(number)).mkdir()
        parts.append(write(tmp_path / str(number), {"trade": {
            name: column[part] for name, column in given["trade"].items()}})["trade"])
    quotes = write(tmp_path, {"quote": given["quote"]})["quote"]
    second = parts[1].rename(tmp_path / "second.csv")
    words = {"quotes": quotes, "checkpoint": tmp_path / "k", "config": {"kernels": "mid_spread"}}
    replay(parts[0], tmp_path / "o.csv", **words)
    with pytest.raises(DataError, match=r"second\.csv: begins at .* to=\""):
        replay(second, tmp_path / "o.csv", resume=tmp_path / "k", force=True, **words)


@pytest.mark.filterwarnings("ignore")
def test_columns_are_named_to_the_files_that_have_them(tmp_path):
    given = rounded(market(17))
    paths = write(tmp_path, given)
    text = paths["quote"].read_text()
    odd = tmp_path / "odd.csv"
    odd.write_text(text.replace("bid,bid_qty,ask,ask_qty", "b1,v1,a1,w1", 1))
    words = {"config": {"kernels": "mid_spread; effective_spread"}}
    replay(paths["trade"], tmp_path / "a.csv", quotes=paths["quote"], **words)
    replay(paths["trade"], tmp_path / "b.csv", quotes=odd, **words, map={
        "bid": "b1", "bid_qty": "v1", "ask": "a1", "ask_qty": "w1", "price": "price"})
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
