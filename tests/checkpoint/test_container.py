"""The checkpoint container: nothing damaged is believed, nothing is lost on the way to the disk."""

import hashlib
import os
import random
import struct
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from tickeng import checkpoint
from tickeng.errors import OutputError, StateError

META = {"config": {"eps": "absolute"}, "config_hash": "ab" * 32, "sources": [{"row": 7}]}
STATE = bytes(range(256)) * 3


@pytest.fixture
def data() -> bytes:
    return checkpoint.encode(STATE, META, generation=5)


def forged(data: bytes, offset: int, value: bytes) -> bytes:
    """Changed bytes with a digest that is right again."""
    body = bytearray(data)
    body[offset : offset + len(value)] = value
    head, frame = bytes(body[:112]), bytes(body[144:])
    return head + hashlib.sha256(head + frame).digest() + frame


def test_round_trip(data):
    state, meta = checkpoint.decode(data)
    assert state == STATE
    assert {key: meta[key] for key in META} == META
    assert meta["generation"] == 5


def test_every_bit_flip_is_noticed(data):
    for place in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            with pytest.raises(StateError):
                checkpoint.decode(bytes(damaged))


def test_every_truncation_and_added_byte_is_noticed(data):
    for length in range(len(data)):
        with pytest.raises(StateError):
            checkpoint.decode(data[:length])
    with pytest.raises(StateError):
        checkpoint.decode(data + b"\0")
    with pytest.raises(StateError):
        checkpoint.decode(data + data)


@pytest.mark.parametrize(
    ("offset", "value", "told"),
    [
        (0, b"NOTOURS!", "not a tickeng checkpoint"),
        (8, struct.pack("<I", 2), "newer"),
        (12, struct.pack("<I", 9), "damaged"),
        (24, struct.pack("<Q", 1 << 60), "damaged"),
        (32, struct.pack("<Q", 1 << 60), "damaged"),
        (32, struct.pack("<Q", 3), "damaged"),
        (144, b"\0\0\0\0", "damaged"),
    ],
)
def test_forged_headers_with_a_right_digest(data, offset, value, told):
    with pytest.raises(StateError, match=told):
        checkpoint.decode(forged(data, offset, value))


def test_a_frame_that_claims_much_takes_little(data):
    """A frame of zeros far beyond what the header says: stopped after the first megabytes."""
    bomb = zstandard.ZstdCompressor().compress(bytes(200 << 20))
    body = data[:24] + struct.pack("<QQ", len(bomb), 1 << 20) + data[40:112] + bytes(32) + bomb
    tracemalloc.start()
    with pytest.raises(StateError):
        checkpoint.decode(forged(body, 0, data[:8]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


def test_generations_and_fallback(tmp_path):
    path = tmp_path / "k"
    for turn in range(3):
        assert checkpoint.write_checkpoint(path, STATE, {"turn": turn}) == turn + 1
    assert checkpoint.read_checkpoint(path)[1]["turn"] == 2
    assert checkpoint.read_checkpoint(f"{path}.1")[1]["turn"] == 1
    assert sorted(os.listdir(tmp_path)) == ["k", "k.1"]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="generation before"):
        assert checkpoint.read_checkpoint(path)[1]["turn"] == 1
    # A damaged newest file does not push out the sound one before it.
    checkpoint.write_checkpoint(path, STATE, {"turn": 9})
    assert checkpoint.read_checkpoint(path)[1]["turn"] == 9
    assert checkpoint.read_checkpoint(f"{path}.1")[1]["turn"] == 1
    path.unlink()
    with pytest.warns(UserWarning, match="missing"):
        assert checkpoint.read_checkpoint(path)[1]["turn"] == 1


def test_both_generations_damaged(tmp_path):
    path = tmp_path / "k"
    path.write_bytes(b"x")
    Path(f"{path}.1").write_bytes(b"y")
    with pytest.raises(StateError, match=r"k: .*k\.1: "):
        checkpoint.read_checkpoint(path)
    with pytest.raises(FileNotFoundError):
        checkpoint.read_checkpoint(tmp_path / "none")


CALLS = ("open", "write", "fsync", "close", "link", "replace")


@pytest.mark.parametrize("name", CALLS)
def test_a_failing_call_leaves_old_or_new(tmp_path, monkeypatch, name):
    """Each system call fails at each of its turns; what is read afterwards is old or new, whole."""
    for turn in range(6):
        path = tmp_path / f"{name}{turn}"
        checkpoint.write_checkpoint(path, b"oldest", {"turn": 0})
        checkpoint.write_checkpoint(path, b"old", {"turn": 1})
        real, calls = getattr(os, name), 0

        def faulty(*words, real=real, turn=turn, **more):
            nonlocal calls
            calls += 1
            if calls - 1 == turn:
                if name == "close":
                    real(*words, **more)
                raise OSError(28, "No space left on device")
            return real(*words, **more)

        monkeypatch.setattr(os, name, faulty)
        failed = False
        try:
            checkpoint.write_checkpoint(path, b"new", {"turn": 2})
        except OutputError as error:
            failed = True
            assert str(path) in str(error)
        finally:
            monkeypatch.setattr(os, name, real)
        state, _ = checkpoint.read_checkpoint(path)
        assert state in ((b"old", b"new") if failed else (b"new",))
        assert not [file for file in os.listdir(tmp_path) if file.endswith(".tmp")]


def test_short_writes_are_completed(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, bytes(data[:7])))
    checkpoint.write_checkpoint(tmp_path / "k", STATE, META)
    monkeypatch.undo()
    assert checkpoint.read_checkpoint(tmp_path / "k")[0] == STATE


def test_compare_and_verify(tmp_path):
    for name, row in (("a", 1), ("b", 2)):
        checkpoint.write_checkpoint(tmp_path / name, STATE, {"sources": [{"row": row}]})
    assert checkpoint.compare(tmp_path / "a", tmp_path / "b") == {"sources.0.row": (1, 2)}
    (tmp_path / "b").write_bytes(random.Random(1).randbytes(400))
    found = checkpoint.verify(tmp_path / "b")
    assert [entry["sound"] for entry in found] == [False]
