"""One pass over the events into several outputs, each of the rows of its own clock."""

import json
import signal

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.test_kinds_of_events import SETTINGS, TEXT, market, replay_in_parts, rounded, write
from tickeng import ConfigError, Engine, replay, verify
from tickeng.replay import Stop
from tickeng.replay import keywords as words_
from tickeng.replay.run import replay as run_replay

pytestmark = pytest.mark.filterwarnings("ignore")
TEXTS = TEXT + "\nm2 = time_bars(period=700ms)"
CLOCKS = ["trade", "m1", "quote", "m2", "book"]
CONFIG = {"kernels": TEXTS, **SETTINGS}


def words_for(paths):
    return {"quotes": paths["quote"], "books": paths["book"], "config": CONFIG}


@pytest.mark.parametrize("symbols", [1, 2])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_each_output_is_the_one_of_a_run_of_its_own(tmp_path, symbols, workers, ending):
    paths = write(tmp_path, rounded(market(5, symbols)))
    words = words_for(paths) | {"workers": workers}
    alone = {clock: tmp_path / f"{clock}.{ending}" for clock in CLOCKS}
    reports = {clock: replay(paths["trade"], alone[clock], rows=clock, **words)
               for clock in CLOCKS}
    for order in (CLOCKS, CLOCKS[::-1]):
        outs = [tmp_path / f"{order[0]}-{clock}.{ending}" for clock in order]
        report = replay(paths["trade"], outs, rows=order, **words)
        for clock, out in zip(order, outs, strict=True):
            if ending == "csv":
                assert out.read_bytes() == alone[clock].read_bytes(), clock
            else:
                one, other = pq.read_table(out), pq.read_table(alone[clock])
                assert one.schema.equals(other.schema)
                for name in one.column_names:
                    assert np.array_equal(one[name].to_numpy(), other[name].to_numpy(),
                                          equal_nan=one[name].type == "double"), (clock, name)
        assert [entry["rows"] for entry in report["outputs"]] == [
            reports[clock]["output"]["rows"] for clock in order]
        for name in ("counters", "counters_of", "ticks", "span", "gate", "alpha_open", "conserved"):
            assert report[name] == reports[order[0]][name], name


@pytest.mark.parametrize("trades_only", [True, False])
@pytest.mark.parametrize("workers", [1, 3])
def test_frames_of_one_run_are_those_of_runs_of_their_own(trades_only, workers):
    given = market(9, 3, trades=6_000, quotes=4_000)
    tables = {"trades": given["trade"]} if trades_only else {
        f"{kind}s": columns for kind, columns in given.items()}
    clocks = ["m2", "trade", "m1"] if trades_only else CLOCKS
    kernels = "chain; m1 = time_bars(period=1s); m2 = tick_bars(size=7); r = rsi(m1, window=3)"
    text = kernels if trades_only else TEXTS
    frame = Engine(SETTINGS, kernels=text).run(**tables, rows=clocks, workers=workers)
    for clock in clocks:
        own = Engine(SETTINGS, kernels=text).run(**tables, rows=clock)
        assert list(frame.at(clock)) == list(own)
        for name in own:
            assert np.array_equal(frame.at(clock)[name], own[name],
                                  equal_nan=own[name].dtype == float), (clock, name)
    assert frame.at(clocks[0]) is frame
    assert frame.copy().at(clocks[1]) is frame.at(clocks[1])
    with pytest.raises(ConfigError, match="no rows of 'fill'"):
        frame.at("fill")


@pytest.mark.parametrize("wrong", [[], ["trade", "trade"]])
def test_clocks_are_given_once(wrong):
    with pytest.raises(ConfigError, match="rows"):
        Engine().run(trades=market(1)["trade"], rows=wrong)


@pytest.mark.parametrize("ending", ["csv", "jsonl.zst", "arrow", "parquet"])
@pytest.mark.parametrize("reorder", [0, 100])
def test_a_replay_resumed_at_any_row_has_each_row_once(tmp_path, ending, reorder):
    paths = write(tmp_path, rounded(market(6, 2)))
    words = words_for(paths) | {"rows": CLOCKS, "reorder_ms": reorder}
    whole = [tmp_path / f"whole-{clock}.{ending}" for clock in CLOCKS]
    parts = [tmp_path / f"{clock}.{ending}" for clock in CLOCKS]
    replay(paths["trade"], whole, **words)
    replay_in_parts(tmp_path / "k.ckpt", paths["trade"], parts, **words)
    for clock, one, other in zip(CLOCKS, parts, whole, strict=True):
        if ending == "csv":
            assert one.read_bytes() == other.read_bytes()
        report = verify(paths["trade"], against=one, rows=clock,
                        **{name: words[name] for name in ("quotes", "books")}, reorder_ms=reorder)
        assert report["identical"] and report["against"]["rows"]


def test_an_output_that_fails_leaves_the_others_where_the_checkpoint_is(tmp_path, monkeypatch):
    """A run that dies between two outputs is continued with neither a row lost nor one twice."""
    paths = write(tmp_path, rounded(market(6, 2)))
    words = words_for(paths) | {"rows": ["quote", "m1"], "every": 300}
    whole, parts = ([tmp_path / f"{name}{clock}.csv" for clock in "qm"] for name in ("w", "p"))
    replay(paths["trade"], whole, **words, checkpoint=tmp_path / "w.ckpt")
    state, died = tmp_path / "k.ckpt", 0
    from tickeng.replay.outputs import Output
    real = Output.flush

    def flush(output):
        nonlocal died
        died += 1
        real(output)
        if died == 5:  # the first output of the third checkpoint has its rows, the second not
            raise OSError(5, "the disk is gone")

    monkeypatch.setattr(Output, "flush", flush)
    with pytest.raises(OSError, match="gone"):
        replay(paths["trade"], parts, **words, checkpoint=state)
    monkeypatch.undo()
    replay(paths["trade"], parts, **words, checkpoint=state, resume=state)
    assert [p.read_bytes() for p in parts] == [w.read_bytes() for w in whole]


def test_a_run_that_is_stopped_leaves_all_outputs_and_one_checkpoint(tmp_path):
    paths = write(tmp_path, rounded(market(6, 2)))
    words = words_for(paths) | {"rows": ["trade", "m1"]}
    outs, whole = ([tmp_path / f"{name}{clock}.csv" for clock in "tm"] for name in ("o", "w"))
    replay(paths["trade"], whole, **words)
    given = dict(words) | {"limit": 500}
    clocks = given.pop("rows")
    config = given.pop("config")
    options = words_.options_of(paths["trade"], config, None, given)
    (options.rows, options.out), *options.also = words_.tables(clocks, list(map(str, outs)))
    stop = Stop()
    options.limit = None
    outcome = run_replay(options, stop=stop, progress=lambda *_: stop.request(signal.SIGTERM))
    assert outcome.signal == signal.SIGTERM
    replay(paths["trade"], outs, resume=f"{outs[0]}.ckpt", **words)
    assert [o.read_bytes() for o in outs] == [w.read_bytes() for w in whole]


def test_manifests_say_which_rows_each_output_has(tmp_path):
    paths = write(tmp_path, rounded(market(5)))
    outs = [tmp_path / "t.csv", tmp_path / "m.csv"]
    replay(paths["trade"], outs, rows=["trade", "m1"], **words_for(paths))
    trades, bars = (json.loads((tmp_path / f"{out.name}.manifest.json").read_text())
                    for out in outs)
    assert "rows" not in trades["order"]
    assert bars["order"].pop("rows") == "m1"
    assert bars == trades


@pytest.mark.parametrize(("rows", "outs", "said"), [
    (["trade", "m1"], ["a.csv"], "2 clocks of rows and 1 outputs"),
    (["trade"], ["a.csv", "b.csv"], "1 clocks of rows and 2 outputs"),
    (["m1", "m1"], ["a.csv", "b.csv"], "m1.* twice"),
    (["trade", "m1"], ["a.csv", "a.csv"], "the same file"),
    (["trade", "m1"], ["-", "-"], "stdout takes the rows of one clock"),
    (["trade", "m1"], ["a.csv", "a.csv.manifest.json"], "the same file"),
    (["trade", "own"], ["a.csv", "b.csv"], "own"),
])
def test_what_cannot_be_paired_is_refused_before_anything_is_written(tmp_path, rows, outs, said):
    paths = write(tmp_path, rounded(market(5)))
    with pytest.raises(ConfigError, match=said):
        replay(paths["trade"], [out if out == "-" else tmp_path / out for out in outs], rows=rows,
               **words_for(paths))
    assert not list(tmp_path.glob("[ab].csv*"))


def test_another_list_of_rows_is_no_continuation(tmp_path):
    paths = write(tmp_path, rounded(market(5)))
    outs = [tmp_path / "t.csv", tmp_path / "m.csv"]
    replay(paths["trade"], outs, rows=["trade", "m1"], limit=700, checkpoint=tmp_path / "k",
           **words_for(paths))
    before = [out.read_bytes() for out in outs]
    for rows, out in ((["m1", "trade"], outs[::-1]), (["trade"], outs[:1])):
        with pytest.raises(Exception, match="another order of rows"):
            replay(paths["trade"], out, rows=rows, resume=tmp_path / "k", **words_for(paths))
    assert [out.read_bytes() for out in outs] == before


def test_the_command_pairs_them_in_order(tmp_path, tickeng):
    paths = write(tmp_path, rounded(market(5)))
    line = ["replay", paths["trade"], "--kernels", "chain; m1 = time_bars(period=2s)"]
    done = tickeng(*line, "--rows", "m1", "-o", tmp_path / "m.csv", "--rows", "trade",
               "-o", tmp_path / "t.csv")
    assert done.code == 0, done.err
    assert "rows of m1" in done.err and "rows of trade" in done.err
    assert "price" in (tmp_path / "t.csv").read_text().splitlines()[0]
    assert "price" not in (tmp_path / "m.csv").read_text().splitlines()[0]
    short = tickeng(*line, "--rows", "m1", "--rows", "trade", "-o", tmp_path / "x.csv")
    assert short.code == 2
    assert "--rows trade --rows quote with -o trades.csv -o quotes.csv" in short.err
    piped = tickeng(*line, "--rows", "m1", "-o", "-", "--rows", "trade", "-o", tmp_path / "t2.csv")
    assert piped.out == (tmp_path / "m.csv").read_bytes()
    assert (tmp_path / "t2.csv").read_bytes() == (tmp_path / "t.csv").read_bytes()
    twice = tickeng(*line, "--rows", "m1", "-o", "-", "--rows", "trade", "-o", "-")
    assert twice.code == 2 and not twice.out
