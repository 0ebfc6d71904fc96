"""Checkpoints whose digest is right and whose description is not one that tickeng writes."""

import copy
from pathlib import Path

import numpy as np
import pytest

import tickeng
from tickeng import StateError, checkpoint
from tickeng_cli import app

pytestmark = pytest.mark.filterwarnings("ignore:K4 needs")
TS = 1_723_161_255_000_000_000 + np.arange(50) * 10**6


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, dict]:
    """State and description that a replay wrote."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("ts,price,qty,side\n" + "".join(
        f"{t},100.{i % 9},1,{'buy' if i % 2 else 'sell'}\n" for i, t in enumerate(TS)))
    tickeng.replay("a.csv", out="o.csv", checkpoint="a.ckpt")
    return checkpoint.read_checkpoint("a.ckpt")


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["tickeng", *words])
    with pytest.raises(SystemExit) as stopped:
        app.main()
    return int(stopped.value.code or 0)


def test_what_a_replay_wrote_is_taken_up(saved, monkeypatch):
    state, meta = saved
    Path("a.ckpt").write_bytes(checkpoint.encode(state, meta))
    assert run(monkeypatch, "checkpoint", "show", "a.ckpt") == 0
    assert run(monkeypatch, "replay", "a.csv", "-o", "o.csv", "--resume", "a.ckpt", "-f") in (0, 1)


@pytest.mark.parametrize(("path", "value"), [
    (("config",), []), (("config", "eps"), {"a": 1}), (("order",), "x"),
    (("max_time_ns",), "soon"), (("max_time_ns",), 1 << 70), (("max_time_ns",), 0.5),
    (("sources",), {}), (("sources", 0, "row"), -1), (("sources", 0, "row"), 1 << 80),
    (("sources", 0, "name"), None), (("sources", 0, "stray_ns"), "x"),
    (("leaders",), []), (("leaders",), {"spot": 3}), (("held", "waiting"), [1]),
    (("held", "stray_ns"), 1 << 80), (("names",), [1]), (("labels",), 1), (("signs",), {"A": [1]}),
    (("counters",), {"A": 3}), (("came_in",), {"A": -1}), (("sink",), {"path": 3}),
])
def test_a_forged_value_is_a_state_error(saved, monkeypatch, path, value):
    state, meta = saved
    forged = copy.deepcopy(dict(meta))
    at = forged
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    Path("b.ckpt").write_bytes(checkpoint.encode(state, forged))
    with pytest.raises(StateError, match="description"):
        checkpoint.read_checkpoint("b.ckpt")
    assert run(monkeypatch, "checkpoint", "show", "b.ckpt") == 4
    assert run(monkeypatch, "checkpoint", "diff", "a.ckpt", "b.ckpt") == 4
    assert run(monkeypatch, "replay", "a.csv", "-o", "n.csv", "--resume", "b.ckpt") == 4


@pytest.mark.parametrize("key", ["config", "sources", "held", "names", "config_hash"])
def test_a_missing_key_is_never_an_internal_error(saved, monkeypatch, key):
    state, meta = saved
    forged = {name: value for name, value in meta.items() if name != key}
    Path("b.ckpt").write_bytes(checkpoint.encode(state, forged))
    for words in (("checkpoint", "show", "b.ckpt"),
                  ("replay", "a.csv", "-o", "n.csv", "-f", "--resume", "b.ckpt")):
        assert run(monkeypatch, *words) in (0, 1, 2, 3, 4, 5)


def test_a_state_above_the_limit_names_the_size(saved):
    state, meta = saved
    Path("b.ckpt").write_bytes(checkpoint.encode(state + bytes(20 << 20), meta))
    with pytest.raises(StateError, match='max_memory="1GiB"'):
        tickeng.Engine.load("b.ckpt", max_memory="16MiB")
