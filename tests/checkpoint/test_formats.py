"""Checkpoints of every format are read for ever; those of a later one are refused.

Nodes are found in a state by name, kernel and state version, never by position.
"""

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from tests.checkpoint.state_bytes import kernels, pieces
from tests.golden import freeze_replay
from tests.golden.lcg import golden_stream
from tickeng import Engine, StateError, checkpoint
from tickeng.checkpoint import container
from tickeng.checkpoint.layout import FORMAT

FROZEN = sorted(freeze_replay.HERE.glob("v*"))
pytestmark = pytest.mark.filterwarnings("ignore:.*such rows were dropped")


def test_every_format_has_its_reader_and_its_files():
    formats = set(range(1, FORMAT + 1))
    assert container._READERS.keys() == formats
    assert {int(folder.name[1:]) for folder in FROZEN} == formats
    for folder in FROZEN:
        for file in folder.rglob("*.ckpt"):
            assert checkpoint.describe(file)["format"] == int(folder.name[1:])


@pytest.fixture(params=FROZEN, ids=lambda folder: folder.name)
def frozen(request, tmp_path) -> Path:
    return Path(shutil.copytree(request.param / freeze_replay.NAME, tmp_path / "replay"))


def test_a_replay_of_every_format_continues_to_the_same_bytes(frozen):
    expected = json.loads((frozen / "expected.json").read_text())
    freeze_replay.run(frozen, "out.csv", "more.csv", resume=frozen / "replay.ckpt")
    assert freeze_replay.digest(frozen / "out.csv") == expected["whole.csv"]


def test_its_description_uses_every_key(frozen):
    meta = checkpoint.describe(frozen / "replay.ckpt")["meta"]
    assert meta["kind"] == "replay" and meta["leaders"] and meta["signs"] and meta["warm"]
    assert meta["held"]["waiting"]["row"] and meta["rejects"]["offset"] and meta["sink"]


@pytest.fixture(scope="module")
def engine() -> Engine:
    s = golden_stream().head(1_500)
    engine = Engine({"k1.window": 64, "regime.step": 100})
    engine.run(s.ts_ns, s.price, s.qty, s.side, symbol=np.where(np.arange(1_500) % 2, "A", "B"))
    return engine


def test_kernels_are_found_by_name(engine):
    state = engine.state()
    places = kernels(state)
    mine = [name for name in places if name.startswith("A/")]
    for turned in (mine[::-1], mine[3:] + mine[:3]):
        block = b"".join(state[places[name]] for name in turned)
        first, last = places[mine[0]].start, places[mine[-1]].stop
        moved = state[:first] + block + state[last:]
        assert moved != state
        assert Engine.from_state(moved).state() == state


@pytest.mark.parametrize("kernel", ["k1", "regime"])
def test_a_kernel_that_is_missing_or_of_another_version_is_named(engine, kernel):
    state = engine.state()
    place = kernels(state)[f"A/{kernel}"]
    renamed = state[: place.start + 8] + b"q" + state[place.start + 9 :]
    with pytest.raises(StateError, match=f"has no node {kernel}"):
        Engine.from_state(renamed)
    at = place.start + 2 * (8 + len(kernel))
    for version in (0, 99):
        other = state[:at] + struct.pack("<I", version) + state[at + 4 :]
        with pytest.raises(StateError, match=f"kernel {kernel} was saved with .* {version}"):
            Engine.from_state(other)


def test_a_state_of_format_4_has_its_quotes_and_no_books():
    frozen = Path(__file__).parents[1] / "golden/checkpoint/state_4.bin"
    engine = Engine.from_state(frozen.read_bytes())
    assert engine.quote_counters["a"]["crossed"] == 1 and engine.book_counters == {}
    start = 1_700_000_000_000_000_000
    assert engine.on_tick(start + 20, 100.0, 1.0, 1, "a").mid == 104.0
    after = engine.on_quote(start + 30, 105.0, 1.0, 107.0, 1.0, "a")
    assert (after.mid, after.mean) == (106.0, 103 + 2 / 3 - 2**-46)
    assert Engine.from_state(engine.state()).state() == engine.state()


def test_a_state_of_format_6_has_books_and_none_from_messages():
    frozen = Path(__file__).parents[1] / "golden/checkpoint/state_6.bin"
    engine = Engine.from_state(frozen.read_bytes())
    assert engine.book("a") is None
    assert engine.book_counters["a"]["processed"] == 3
    start = 1_700_000_000_000_000_000
    after = engine.on_book(start + 6, [(100, 1)], [(102, 1)], "a")
    assert (after.mid, after.m, after.depth_imbalance_1) == (101.0, 100.5, 0.0)
    engine.on_delta(start + 7, [(100, 1)], [(101, 1)], "a", snapshot=True, last=5)
    again = Engine.from_state(engine.state())
    assert again.book("a")[0].tolist() == [[100.0, 1.0]]
    assert again.on_delta(start + 8, [(99, 1)], [], "a", last=7).status == 0
    assert again.book("a") is None


def test_a_state_of_format_7_has_books_of_which_all_levels_are_known():
    start, options = 1_700_000_000_000_000_000, {"kernels": "b = book.bid"}
    engine = Engine(options)
    engine.on_delta(start, [(99, 1)], [(101, 1)], "a", snapshot=True, last=5)
    state, older = engine.state(), engine.state()
    for piece in pieces(state)[::-1]:
        if piece.path.endswith(("/floor of bids", "/floor of asks", "/behind")):
            older = older[:piece.start] + older[piece.end:]
        elif piece.path == "format":
            older = older[:piece.start] + struct.pack("<I", 7) + older[piece.end:]
    assert len(older) == len(state) - 24
    assert Engine.from_state(older).state() == state


def test_a_state_of_a_later_format_is_refused(engine):
    state = engine.state()
    at = 12 + struct.unpack_from("<I", state, 8)[0]
    later = state[:at] + struct.pack("<I", 9) + state[at + 4 :]
    with pytest.raises(StateError, match="has format 9"):
        Engine.from_state(later)


def test_description_and_state_must_be_of_one_configuration(engine, tmp_path):
    other = Engine({"k1.window": 65})
    meta = {"config": other.config.changed(), "config_hash": other.config.hash}
    checkpoint.write_checkpoint(tmp_path / "k", engine.state(), meta)
    with pytest.raises(StateError, match="different configurations"):
        Engine.load(tmp_path / "k")
