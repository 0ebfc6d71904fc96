"""tickeng.rolling: one order of operations in every way of calling, what NaN does, what is refused.

How exact the answers are is in test_rolling_exact.py.
"""

import copy
import os
import pickle
import subprocess
import sys
import threading
import zlib

import numpy as np
import pytest
import tickeng_probe as probe
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import primitives as reference

from tickeng import rolling
from tickeng._native import core, cpu
from tickeng.errors import ConfigError, DataError, TickengError

WINDOWS = (1, 2, 3, 64, 1000, 1024, 10_000)
WINDOWED = {
    "Sum": rolling.Sum, "Mean": rolling.Mean, "Var": rolling.Var, "Std": rolling.Std,
    "ZScore": rolling.ZScore, "Median": rolling.Median, "Min": rolling.Min, "Max": rolling.Max,
    "Quantile": lambda w, **k: rolling.Quantile(w, 0.9, **k),
    "ZScore relative": lambda w, **k: rolling.ZScore(w, eps=1e-3, relative=True, **k),
}
FADING = {"Ewm": rolling.Ewm, "EwmVar": rolling.EwmVar, "EwmStd": rolling.EwmStd}


def make(name, window, **options):
    """Exponential weights get a span that stands for the window; both starts are covered."""
    if name in FADING:
        return FADING[name](span=window, adjust=window % 2 == 0, **options)
    return WINDOWED[name](window, **options)


NAMES = [*WINDOWED, *FADING]
RNG = np.random.default_rng(11)
TAPE = np.exp(1.5 * RNG.standard_normal(45_000))
TAPE[20_000:20_050] = 1e9
HOLES = TAPE[:9_000].copy()
HOLES[RNG.integers(0, 9_000, 300)] = np.nan
HOLES[RNG.integers(0, 9_000, 30)] = np.inf


def stream(made, x):
    return np.array([made.update(v) for v in x.tolist()])


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", NAMES)
def test_stream_batch_chunks_and_pickle_are_one(name, window):
    x = TAPE if window > 64 else TAPE[:9_000]
    one, whole, parts = make(name, window), make(name, window), make(name, window)
    want = stream(one, x)
    assert whole.run(x).tobytes() == want.tobytes()
    got = []
    for part in np.split(x, [0, 1, 700, 701, 4_000, len(x) - 3]):
        got.append(parts.run(part))
        parts = pickle.loads(pickle.dumps(parts))
    assert np.concatenate(got).tobytes() == want.tobytes()
    assert one.state() == whole.state() == parts.state()
    assert np.isnan(want).sum() == one.min_count - 1


@pytest.mark.parametrize("min_count", (1, 2, None))
@pytest.mark.parametrize("window", (2, 7, 64))
@pytest.mark.parametrize("name", NAMES)
def test_holes_and_warm_up(name, window, min_count):
    x = HOLES[:3_000]
    one, whole = make(name, window, min_count=min_count), make(name, window, min_count=min_count)
    want = stream(one, x)
    assert whole.run(x).tobytes() == want.tobytes()
    assert one.state() == whole.state()
    assert one.skipped == np.count_nonzero(~np.isfinite(x))
    assert one.accepted == len(x) - one.skipped
    kept = np.isfinite(x)
    dense = make(name, window, min_count=min_count).run(x[kept])
    assert want[kept].tobytes() == dense.tobytes() and np.isnan(want[~kept]).all()
    assert np.isnan(dense).sum() == one.min_count - 1
    canonical = np.frombuffer(want.tobytes(), dtype=np.uint64)[np.isnan(want)]
    assert set(canonical.tolist()) == {0x7FF8000000000000}


@pytest.mark.parametrize("min_count", (1, None))
@pytest.mark.parametrize("window", (1, 3, 20, 100))
def test_answers_are_those_of_numpy(window, min_count):
    x = HOLES[:700]
    cases = {
        "Sum": np.sum, "Mean": np.mean, "Var": np.var, "Std": np.std, "Min": np.min,
        "Max": np.max, "Median": np.median, "ZScore": reference.z_score,
        "Quantile": lambda part: np.quantile(part, 0.9),
        "ZScore relative": lambda part: reference.z_score(part, 1e-3, True)}
    for name, f in cases.items():
        want = reference.rolling(x, window, f, min_count)
        got = make(name, window, min_count=min_count).run(x)
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11, err_msg=name)
    for ddof in range(min(window, 3)):
        want = reference.rolling(x, window, lambda p, d=ddof: reference.variance(p, d), min_count)
        got = rolling.Var(window, ddof=ddof, min_count=min_count).run(x)
        np.testing.assert_allclose(got, want, rtol=1e-11)
        got = rolling.Std(window, ddof=ddof, min_count=min_count).run(x)
        np.testing.assert_allclose(got, np.sqrt(want), rtol=1e-11)


@pytest.mark.parametrize("adjust", (True, False))
@pytest.mark.parametrize("alpha", (1.0, 0.9, 0.6, 0.5, 0.3, 0.1, 0.01, 1e-4))
def test_exponential_weights_are_those_of_the_definition(alpha, adjust):
    x = HOLES[:600]
    mean, variance = reference.ewm(x, alpha, adjust)
    made = {"alpha": alpha, "adjust": adjust, "min_count": 1}
    np.testing.assert_allclose(rolling.Ewm(**made).run(x), mean, rtol=1e-12)
    np.testing.assert_allclose(rolling.EwmVar(**made).run(x), variance, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(rolling.EwmStd(**made).run(x), np.sqrt(variance), rtol=1e-11,
                               atol=1e-6)


def test_ways_to_give_alpha():
    for way, alpha in (({"span": 9}, 0.2), ({"halflife": 1.0}, 0.5), ({"decay": 0.94}, 0.06),
                       ({"wilder": 4}, 0.25), ({"alpha": 1.0}, 1.0)):
        assert rolling.Ewm(**way)._recipe["alpha"] == pytest.approx(alpha, rel=1e-15)
    assert rolling.Ewm(wilder=4).min_count == 4


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_any_split_any_way(data):
    name = data.draw(st.sampled_from(NAMES))
    window = data.draw(st.integers(1, 90))
    n = data.draw(st.integers(1, 2_500))
    seed = data.draw(st.integers(0, 2**32 - 1))
    x = np.random.default_rng(seed).standard_normal(n) * 10.0 ** data.draw(st.integers(-6, 6))
    x[data.draw(st.lists(st.integers(0, n - 1), max_size=5))] = np.nan
    cuts = sorted(data.draw(st.sets(st.integers(0, n), max_size=6)))
    least = data.draw(st.integers(1, window))
    whole, made, got = make(name, window, min_count=least), make(name, window, min_count=least), []
    want = whole.run(x)
    for part in np.split(x, cuts):
        way = data.draw(st.sampled_from(("update", "run", "restore", "copy")))
        if way == "restore":
            made = rolling.restore(made.state())
        elif way == "copy":
            made = copy.copy(made)
        got.append(stream(made, part) if way == "update" else made.run(part))
    assert np.concatenate(got).tobytes() == want.tobytes()
    assert made.state() == whole.state()


HASH = """
import hashlib, sys
import numpy as np
from tests.property.test_rolling import HOLES, NAMES, TAPE, WINDOWS, make
from tickeng._native import core
assert core.level == sys.argv[1]
digest = hashlib.sha256()
for name in NAMES:
    for window in WINDOWS:
        made = make(name, window, min_count=1)
        digest.update(made.run(TAPE).tobytes() + made.run(HOLES).tobytes() + made.state())
print(digest.hexdigest())
"""


def test_every_level_gives_the_same_bits():
    levels = [level for level in core.LEVELS if int(level[1:]) <= cpu.level()]
    hashes = {subprocess.run(
        [sys.executable, "-c", HASH, level], capture_output=True, text=True, check=True,
        env=os.environ | {"TICKENG_LEVEL": level, "PYTHONPATH": os.pathsep.join(sys.path)}).stdout
        for level in levels}
    assert len(hashes) == 1


@pytest.mark.parametrize("window", (1, 64, 1024))
@pytest.mark.parametrize("kind", range(11))
def test_an_update_allocates_nothing(kind, window):
    assert probe.rolling_allocations(kind, window, TAPE[:6_000], 3_000) == 0


@pytest.mark.parametrize("name", NAMES)
def test_reset_copy_and_counts(name):
    made = make(name, 50)
    assert (made.count, made.accepted, made.skipped, made.warm) == (0, 0, 0, False)
    first = made.run(HOLES[:500])
    twin = copy.deepcopy(made)
    assert made.warm and made.count == min(made.accepted, 50 if name in WINDOWED else 10**9)
    assert twin.state() == made.state() and repr(twin) == repr(made)
    twin.run(TAPE[:70])
    assert twin.state() != made.state()
    made.reset()
    assert (made.count, made.skipped, made.warm) == (0, 0, False)
    assert made.state() == make(name, 50).state()
    assert made.run(HOLES[:500]).tobytes() == first.tobytes()


def test_out_may_be_the_input():
    want = rolling.Mean(20).run(TAPE)
    out = np.empty(len(TAPE))
    assert rolling.Mean(20).run(TAPE, out=out) is out and out.tobytes() == want.tobytes()
    same = TAPE.copy()
    assert rolling.Mean(20).run(same, out=same).tobytes() == want.tobytes()
    shifted = np.concatenate([TAPE, [0.0]])
    assert rolling.Mean(20).run(shifted[:-1], out=shifted[1:]).tobytes() == want.tobytes()
    assert rolling.Sum(2).run([1, 2, 3]).tolist()[1:] == [3.0, 5.0]
    assert rolling.Sum(2).run([]).tolist() == []
    assert rolling.Sum(1).run(TAPE[::2]).tobytes() == (TAPE[::2] + 0.0).tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_doubles(name):
    """Differences overflow too: every way of calling still gives the same bits."""
    x = RNG.choice([-1.7e308, 1.7e308, 1.0, -1.0, 0.0, -0.0, 5e-324], 30_000)
    for window in (1, 3, 101, 2_001):
        want = stream(make(name, window), x)
        assert make(name, window).run(x).tobytes() == want.tobytes()
        canonical = np.frombuffer(want.tobytes(), dtype=np.uint64)[np.isnan(want)]
        assert set(canonical.tolist()) <= {0x7FF8000000000000}


@pytest.mark.parametrize("name", NAMES)
def test_holes_anywhere_in_a_long_batch(name):
    for place in (slice(0, 5), slice(20_000, 20_001), slice(-1, None), slice(0, None, 3_000)):
        x = TAPE.copy()
        x[place] = np.nan
        for window in (3, 1_000):
            want = stream(make(name, window), x)
            assert make(name, window).run(x).tobytes() == want.tobytes()


def test_values_beyond_squares():
    """Squares overflow: answers may be infinite or NaN, and recover once the value has left."""
    x = np.ones(9_000)
    x[4_000] = 1e300
    for name in WINDOWED:
        made = make(name, 64)
        got = made.run(x)
        assert got.tobytes() == stream(make(name, 64), x).tobytes()
        plain = make(name, 64).run(np.ones(9_000))
        assert got[4_200:].tobytes() == plain[4_200:].tobytes()


@pytest.mark.parametrize("bad", [
    lambda: rolling.Sum(0), lambda: rolling.Sum(-1), lambda: rolling.Sum(2.5),
    lambda: rolling.Sum(True), lambda: rolling.Sum("3"), lambda: rolling.Sum(2**40),
    lambda: rolling.Mean(5, min_count=6), lambda: rolling.Mean(5, min_count=0),
    lambda: rolling.Var(3, ddof=3), lambda: rolling.Std(3, ddof=-1),
    lambda: rolling.Quantile(5, 1.1), lambda: rolling.Quantile(5, float("nan")),
    lambda: rolling.Quantile(5, "x"), lambda: rolling.ZScore(5, eps=-1.0),
    lambda: rolling.ZScore(5, eps=float("inf")), lambda: rolling.Ewm(),
    lambda: rolling.Ewm(alpha=0.1, span=3), lambda: rolling.Ewm(alpha=0.0),
    lambda: rolling.Ewm(alpha=1.5), lambda: rolling.Ewm(span=0.5), lambda: rolling.Ewm(decay=1.0),
    lambda: rolling.Ewm(halflife=0.0), lambda: rolling.Ewm(halflife=float("nan")),
])
def test_bad_parameters_are_refused(bad):
    with pytest.raises(ConfigError):
        bad()


@pytest.mark.parametrize("bad", [
    lambda m: m.run(TAPE.reshape(2, -1)), lambda m: m.run(3.0), lambda m: m.run(["a"]),
    lambda m: m.run([1 + 2j]), lambda m: m.run([None]), lambda m: m.run(TAPE, out=np.empty(3)),
    lambda m: m.run(TAPE, out=np.empty(len(TAPE), dtype=np.float32)),
    lambda m: m.run(TAPE, out=np.empty(2 * len(TAPE))[::2]),
])
def test_bad_arrays_are_refused_and_change_nothing(bad):
    made = rolling.Mean(5)
    before = made.state()
    with pytest.raises(DataError):
        bad(made)
    assert made.state() == before


def test_update_wants_a_number():
    with pytest.raises(TypeError):
        rolling.Mean(5).update("1.0")
    with pytest.raises(TypeError):
        rolling.Mean(5).update(None)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_states_are_refused(name):
    made = make(name, 20)
    made.run(TAPE[:100])
    state = made.state()
    for cut in (0, 3, 10, len(state) // 2, len(state) - 1):
        with pytest.raises(DataError):
            rolling.restore(state[:cut])
    for at in range(0, len(state), 7):
        with pytest.raises(DataError):
            rolling.restore(state[:at] + bytes([state[at] ^ 0x40]) + state[at + 1:])


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_hostile_states_are_refused_or_harmless(data):
    """With the checksum made right again: an error, or an object that runs."""
    name = data.draw(st.sampled_from(NAMES))
    made = make(name, data.draw(st.integers(1, 40)))
    made.run(TAPE[: data.draw(st.integers(0, 200))])
    body = bytearray(made.state()[:-4])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))
    try:
        other = rolling.restore(bytes(body) + zlib.crc32(body).to_bytes(4, "little"))
    except DataError:
        return
    other.run(TAPE[:300])
    other.update(1.0)


@pytest.mark.parametrize("name", ["Min", "Max"])
def test_a_count_that_would_wrap_is_refused(name):
    made = make(name, 20)
    made.run(TAPE[:100])
    body = made.state()[:-12] + b"\xff" * 8
    with pytest.raises(DataError, match="next"):
        rolling.restore(body + zlib.crc32(body).to_bytes(4, "little"))


def test_what_is_not_constructed_is_refused():
    empty = rolling.Mean.__new__(rolling.Mean)
    for call in (lambda: empty.update(1.0), lambda: empty.run([1.0]), empty.state, empty.reset,
                 empty.copy, lambda: empty.count, lambda: repr(empty)):
        with pytest.raises(TickengError):
            call()


def test_one_thread_at_a_time():
    made = rolling.EwmStd(span=10)
    x = np.tile(TAPE, 100)
    worker = threading.Thread(target=made.run, args=(x,))
    refused = 0
    worker.start()
    while worker.is_alive():
        try:
            made.update(1.0)
        except TickengError:
            refused += 1
    assert refused
    assert made.accepted >= len(x)
