"""Whatever happens to the newest file, the generation before is taken, and memory is bounded."""

import os
import re
import struct
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from tests.checkpoint.forge import forged, packed
from tickeng import (
    Engine,
    FallbackWarning,
    OutputError,
    StateError,
    TickengError,
    checkpoint,
)
from tickeng.checkpoint.layout import HEADER_BYTES

OLD, NEW = b"old" * 40, b"new" * 40
CONFIG = {"config": {"eps": "absolute"}, "config_hash": "ab" * 32}
MIB = 1 << 20


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    for body in (OLD, NEW):
        checkpoint.write_checkpoint(tmp_path / "k", body, CONFIG)
    return tmp_path / "k"


def taken(path: Path) -> tuple[bytes, bool]:
    """The state that is read, and whether a warning said that it is the one before."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        state, meta = checkpoint.read_checkpoint(path)
    said = [w for w in caught if w.category is FallbackWarning]
    assert bool(said) == ("fallback" in meta)
    return state, bool(said)


def test_every_bit_of_the_newest_file(pair):
    sound = pair.read_bytes()
    assert taken(pair) == (NEW, False)
    for at in range(len(sound)):
        for bit in range(8):
            damaged = bytearray(sound)
            damaged[at] ^= 1 << bit
            pair.write_bytes(damaged)
            assert taken(pair) == (OLD, True), (at, bit)


def test_every_length_of_the_newest_file(pair):
    sound = pair.read_bytes()
    for length in range(len(sound)):
        pair.write_bytes(sound[:length])
        assert taken(pair) == (OLD, True), length
    for junk in (b"\0", b"x", sound, bytes(4096)):
        pair.write_bytes(sound + junk)
        assert taken(pair) == (OLD, True)


def test_forged_sizes_with_a_right_digest(pair):
    sound = pair.read_bytes()
    text = checkpoint.encode(NEW, CONFIG)
    size = struct.unpack_from("<Q", text, 32)[0]
    numbers = [0, 1, size - 1, size + 1, 1 << 20, 1 << 31, 1 << 32, 1 << 62, (1 << 64) - 1]
    for offset in (24, 32):  # of the frame, of the payload
        for number in numbers:
            pair.write_bytes(forged(sound, offset, struct.pack("<Q", number)))
            assert taken(pair) == (OLD, True), (offset, number)
    for number in (0, 9, 16, 112, 143, 145, 1 << 20, (1 << 32) - 1):  # of the header
        pair.write_bytes(forged(sound, 12, struct.pack("<I", number)))
        assert taken(pair) == (OLD, True), number
    for number in numbers:  # of the description
        frame = packed(struct.pack("<Q", number), b"{}", NEW)
        lengths = struct.pack("<QQ", len(frame), 8 + 2 + len(NEW))
        pair.write_bytes(forged(sound, 24, lengths, frame))
        assert taken(pair) == (OLD, True), number


def test_junk_inside_a_forged_length(pair):
    sound = pair.read_bytes()
    for junk in (b"\0", packed(b"more"), sound):
        frame = sound[HEADER_BYTES:] + junk
        pair.write_bytes(forged(sound, 24, struct.pack("<Q", len(frame)), frame))
        assert taken(pair) == (OLD, True)


def test_swapped_generations(pair):
    older = checkpoint.previous(pair)
    newest = pair.read_bytes()
    pair.write_bytes(older.read_bytes())
    older.write_bytes(newest)
    assert taken(pair) == (NEW, True)
    assert not checkpoint.verify(pair)[0]["sound"]
    # The next one written is later than both.
    assert checkpoint.write_checkpoint(pair, b"next", CONFIG) == 3
    assert taken(pair) == (b"next", False)


def test_generations_of_two_runs_are_refused(pair, tmp_path):
    checkpoint.previous(pair).write_bytes(checkpoint.encode(OLD, CONFIG, generation=9))
    with pytest.raises(StateError, match=r"generation 2 and .*k\.1 is generation 9.*move"):
        checkpoint.read_checkpoint(pair)
    checkpoint.previous(pair).rename(tmp_path / "away")
    assert taken(pair) == (NEW, False)


def test_only_damage_falls_back(pair):
    """A newer format, too large a state: the one before would silently be older."""
    sound = pair.read_bytes()
    pair.write_bytes(forged(sound, 8, struct.pack("<I", 2)))
    with pytest.raises(StateError, match="newer than this tickeng reads"):
        checkpoint.read_checkpoint(pair)
    with pytest.raises(OutputError, match="newer"):
        checkpoint.write_checkpoint(pair, b"next", CONFIG)
    assert pair.read_bytes() == forged(sound, 8, struct.pack("<I", 2))
    pair.write_bytes(checkpoint.encode(bytes(20 * MIB), CONFIG, generation=3))
    with pytest.raises(StateError, match="max_memory"):
        checkpoint.read_checkpoint(pair, max_bytes=16 * MIB)


def test_a_file_that_is_no_checkpoint_is_not_replaced(tmp_path):
    trades = tmp_path / "trades.csv"
    trades.write_text("ts,price\n1,2\n")
    for name in ("trades.csv", "trades"):
        (tmp_path / "trades.1").write_text("ours\n")
        with pytest.raises(OutputError, match="is no checkpoint.* another name"):
            checkpoint.write_checkpoint(tmp_path / name, NEW, CONFIG)
    assert trades.read_text() == "ts,price\n1,2\n"
    assert (tmp_path / "trades.1").read_text() == "ours\n"
    for ours in (b"", bytes(300), b"TICKCKP\x01 and what a crash left"):
        trades.write_bytes(ours)
        checkpoint.write_checkpoint(trades, NEW, CONFIG)
        assert taken(trades) == (NEW, False)
        checkpoint.previous(trades).unlink(missing_ok=True)


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # would be waited for
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(StateError, match="is no file"):
            checkpoint.read_checkpoint(tmp_path / name)
        with pytest.raises(OutputError, match="is no file"):
            checkpoint.write_checkpoint(tmp_path / name, NEW, CONFIG)


def test_header_and_description_must_name_one_configuration(pair):
    sound = pair.read_bytes()
    pair.write_bytes(forged(sound, 64, b"\1" * 32))
    assert taken(pair) == (OLD, True)


HOSTILE = {
    "zeros": lambda: _frame(packed(struct.pack("<Q", 2), b"{}", bytes(200 * MIB)), 200 * MIB + 10),
    "lying": lambda: _frame(packed(bytes(200 * MIB)), 4096),
    "text": lambda: _frame(packed(struct.pack("<Q", 150 * MIB), b" " * (200 * MIB)), 200 * MIB + 8),
    "claims": lambda: _frame(packed(b"x"), 1 << 50),
    "sparse": lambda: checkpoint.encode(b"", {})[:HEADER_BYTES] + bytes(200 * MIB),
}
LIMIT = 64 * MIB
READ = f"""
import sys
from tickeng import StateError, checkpoint
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if "VmHWM" in line) << 10
small = checkpoint.encode(b"state", {{}})
checkpoint.decode(small)
before = peak()
size = 0
for call in (lambda: checkpoint.read_checkpoint(sys.argv[1], max_bytes={LIMIT}),
             lambda: checkpoint.describe(sys.argv[1]), lambda: checkpoint.verify(sys.argv[1])):
    try:
        call()
    except StateError:
        pass
print(peak() - before)
"""


def _frame(frame: bytes, size: int) -> bytes:
    data = checkpoint.encode(b"", {})
    return forged(data, 24, struct.pack("<QQ", len(frame), size), frame)


@pytest.mark.parametrize("kind", HOSTILE)
def test_memory_is_bounded(tmp_path, kind):
    (tmp_path / "k").write_bytes(HOSTILE[kind]())
    done = subprocess.run([sys.executable, "-c", READ, str(tmp_path / "k")], capture_output=True,
                          text=True, check=True)
    assert int(done.stdout) < 64 * MIB


def test_a_state_is_held_once(tmp_path):
    (tmp_path / "k").write_bytes(_frame(packed(struct.pack("<Q", 2), b"{}", bytes(200 * MIB)),
                                        200 * MIB + 10))
    code = READ.replace(f"max_bytes={LIMIT}", "max_bytes=None")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "k")], capture_output=True,
                          text=True, check=True)
    assert 200 * MIB < int(done.stdout) < 264 * MIB


def test_a_name_that_is_no_text_is_told_in_escapes():
    engine = Engine(kernels="k1")
    engine.on_tick(1_700_000_000_000_000_000, 1.0, 1.0, 1)
    state = engine.state()
    places = [found.start() for found in re.finditer(b"k1", state)]
    assert len(places) > 2
    for at in places:
        with pytest.raises(TickengError, match=r"damaged|no node k1|saved as a \\xff1"):
            Engine.from_state(state[:at] + b"\xff1" + state[at + 2:])
