"""Power may go at any moment of writing a checkpoint: what is found is the old one or the new one.

Every state that a disk may be in is read; and it is seen that the test would notice a writer
without one of its syncs, one that writes in place, and one that syncs a file again.
"""

import contextlib
import io
import os
import random
import warnings
from pathlib import Path

import pytest

from tests.checkpoint.disk import Disk, recorded, states, torn_forms
from tickeng import FallbackWarning, OutputError, StateError, checkpoint
from tickeng.checkpoint import store
from tickeng.files.disk import durable

BODIES = {name: random.Random(name).randbytes(1_800) for name in ("older", "old", "new")}
STEP = 50  # bytes that the disk takes at once
LEAST = 65_000


@pytest.fixture
def read(monkeypatch):
    """Reads a checkpoint out of a disk's state; each pair of generations once."""
    known: dict[tuple[bytes | None, ...], str] = {}

    def one(state: dict[str, bytes]) -> str:
        key = tuple(state.get(name) for name in ("k", "k.1"))
        if key not in known:
            with monkeypatch.context() as patch:
                patch.setattr(store, "opened", lambda path: _opened(state, path))
                known[key] = _outcome()
        return known[key]
    return one


@contextlib.contextmanager
def _opened(state: dict[str, bytes], path: Path):
    if path.name not in state:
        raise FileNotFoundError(path)
    yield io.BytesIO(state[path.name])


def _outcome() -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FallbackWarning)
        try:
            body, _ = checkpoint.read_checkpoint("k")
        except FileNotFoundError:
            return "none"
        except StateError:
            return "unreadable"
    return next((name for name, known in BODIES.items() if known == body), "wrong")


def written(folder: Path, before: tuple[str, ...], write=checkpoint.write_checkpoint) -> Disk:
    for name in before:
        checkpoint.write_checkpoint(folder / "k", BODIES[name], {"name": name})
    with recorded(folder, most=STEP) as disk:
        write(folder / "k", BODIES["new"], {"name": "new"})
    return disk


def faults(disk: Disk, read, before: tuple[str, ...]) -> tuple[int, int]:
    """States, and those of them in which something is lost."""
    legal = {before[-1] if before else "none", "new"}
    count = bad = 0
    for moment, state in states(disk):
        count += 1
        found = read(state)
        bad += found not in ({"new"} if moment == len(disk.log) else legal)
    return count, bad


@pytest.mark.parametrize("before", [(), ("old",), ("older", "old")], ids=len)
def test_old_or_new_whenever_power_goes(tmp_path, read, before):
    count, bad = faults(written(tmp_path, before), read, before)
    assert bad == 0
    assert count >= (LEAST if len(before) == 2 else 4_000), count


def test_a_torn_file_under_its_name_falls_back(tmp_path, read):
    """A disk that says synced and has not: the generation before is taken."""
    written(tmp_path, ("older", "old"))
    new, old = (tmp_path / "k").read_bytes(), (tmp_path / "k.1").read_bytes()
    for torn in torn_forms(new, random.Random(1)):
        assert torn == new or read({"k": torn, "k.1": old}) == "old"


def without(disk: Disk, kind: str) -> Disk:
    return Disk(disk.files, disk.names, [op for op in disk.log if op[0] != kind])


@pytest.mark.parametrize("kind", ["sync", "sync names"])
def test_a_missing_sync_is_noticed(tmp_path, read, kind):
    disk = without(written(tmp_path, ("older", "old")), kind)
    assert faults(disk, read, ("older", "old"))[1] > 0


def in_place(path, state, meta):
    durable.write_synced(path, checkpoint.encode(state, meta, generation=3))
    durable.sync_folder(path.parent)


def test_writing_in_place_is_noticed(tmp_path, read):
    disk = written(tmp_path, ("old",), in_place)
    assert faults(disk, read, ("old",))[1] > 0


def test_a_missing_checksum_is_noticed(tmp_path, monkeypatch):
    """Without its digest a checkpoint whose generation was damaged would be taken."""
    data = bytearray(checkpoint.encode(BODIES["new"], {}, generation=3))
    data[16] ^= 1
    with pytest.raises(StateError):
        checkpoint.decode(bytes(data))

    class NoDigest:
        def __init__(self, data=b""): ...
        def update(self, data): ...
        def digest(self): return bytes(data[112:144])
    monkeypatch.setattr("tickeng.checkpoint.container.hashlib.sha256", NoDigest)
    assert checkpoint.decode(bytes(data))[1]["generation"] == 2


# The syncs of one write: the draft, the folder.
@pytest.mark.parametrize("number", range(2))
def test_a_sync_that_fails_is_an_error_and_the_next_write_takes_another_file(
        tmp_path, read, number):
    for name in ("older", "old"):
        checkpoint.write_checkpoint(tmp_path / "k", BODIES[name], {})
    with recorded(tmp_path, fail_sync=number) as disk:
        with pytest.raises(OutputError):
            checkpoint.write_checkpoint(tmp_path / "k", BODIES["new"], {})
        failed = len(disk.log)
        checkpoint.write_checkpoint(tmp_path / "k", BODIES["new"], {})
    lost = {op[1] for op in disk.log[:failed] if op[0] == "lost"}
    assert len(lost) == (number == 0)
    assert not [op for op in disk.log[failed:] if op[0] in ("sync", "write") and op[1] in lost]
    assert faults(disk, read, ("older", "old"))[1] == 0
    assert not [name for name in os.listdir(tmp_path) if name not in ("k", "k.1")]


def test_a_second_sync_of_the_same_file_is_noticed(tmp_path, read):
    for name in ("older", "old"):
        checkpoint.write_checkpoint(tmp_path / "k", BODIES[name], {})
    with recorded(tmp_path, fail_sync=0) as disk:
        os.fsync = _twice(os.fsync)  # recorded() puts the true one back
        checkpoint.write_checkpoint(tmp_path / "k", BODIES["new"], {})
    assert faults(disk, read, ("older", "old"))[1] > 0


def _twice(sync):
    def call(handle):
        try:
            sync(handle)
        except OSError:
            sync(handle)
    return call
