"""A saved state goes on under its own settings, and says so where others are asked for."""

import copy
import json
import struct

import numpy as np
import pytest

from tickeng import ConfigError, DataError, Engine, ParallelEngine, StateError
from tickeng._engine.described_state import opened
from tickeng.checkpoint import config_of, write_checkpoint

SETTINGS = {"k1.window": 64, "eps": "relative", "on_late": "clamp", "max_symbols": 7}


@pytest.fixture
def engine():
    engine = Engine(SETTINGS)
    n = 300
    rows = np.arange(n)
    engine.run(10**18 + rows, 100 + rows % 7, np.ones(n), np.where(rows % 3, 1, -1))
    return engine


def ways(engine, tmp_path):
    """Every way back from a state, as functions of a configuration and keywords."""
    engine.save(tmp_path / "e.ckpt")
    state = engine.state()

    def closed(make):
        def call(*args, **kwargs):
            with make(*args, workers=1, **kwargs) as many:
                return many
        return call
    return [lambda **k: Engine.load(tmp_path / "e.ckpt", **k),
            lambda **k: Engine.from_state(state, **k),
            closed(lambda **k: ParallelEngine.load(tmp_path / "e.ckpt", **k)),
            closed(lambda **k: ParallelEngine.from_state(state, **k))]


def test_it_goes_on_under_the_settings_it_was_saved_under(engine, tmp_path):
    for way in ways(engine, tmp_path):
        assert way().config == engine.config
        other = way(max_symbols=9, max_symbol_bytes=20)
        assert (other.config["max_symbols"], other.config["k1.window"]) == (9, 64)
        assert way(**{"k1.window": 64}).config == engine.config  # the same, said again
    assert copy.copy(engine).state() == engine.state()
    assert Engine.from_state(engine.state()).state() == engine.state()


@pytest.mark.parametrize(("key", "value", "old"), [
    ("k1.window", 65, "64"), ("on_late", "drop", "'clamp'"),
    ("mode", "engine", "'spec'"), ("clip", 5.0, "2"), ("kernels", "k1", "'alpha")])
def test_another_setting_that_changes_numbers_is_refused(engine, tmp_path, key, value, old):
    for way in ways(engine, tmp_path):
        with pytest.raises(StateError, match=f"was {old}.* is .*changes numbers"):
            way(**{key: value})
        with pytest.raises(ConfigError):
            way(nonsense=1)
    with pytest.raises(StateError, match="64"):
        Engine.from_state(engine.state(), {"eps": "relative", "on_late": "clamp"})


def test_a_state_without_settings_takes_those_of_its_checkpoint(engine, tmp_path):
    body = opened(engine.state())[1]
    assert opened(body) == (None, body)
    write_checkpoint(tmp_path / "old.ckpt", body, {"config": engine.config.changed()})
    old = Engine.load(tmp_path / "old.ckpt")
    assert old.config == engine.config and old.state() == engine.state()
    with pytest.raises(StateError, match=r"k1\.window was 64"):
        Engine.load(tmp_path / "old.ckpt", **{"k1.window": 65})
    assert Engine.from_state(body, engine.config).state() == engine.state()


def test_damaged_settings_are_an_error(engine):
    state = engine.state()
    for damaged in (state[:14], state[:12] + b"{{" + state[14:], state[:12] + b"[]" + state[14:],
                    state[:8] + b"\xff\xff\xff\xff" + state[12:]):
        with pytest.raises((DataError, StateError)):
            Engine.from_state(damaged)


@pytest.mark.parametrize("damaged", [
    {"quote_o3i.warmup": "strict"}, {"kernels": "chaio"}, {"k1.window": -3},
    {"min_time": "2100-01-01T00:00:00Z", "max_time": "2000-01-01T00:00:00Z"}])
def test_settings_that_no_engine_can_have_are_an_error(engine, tmp_path, damaged):
    body = opened(engine.state())[1]
    settings = json.dumps({**engine.config.to_dict(), **damaged}).encode()
    with pytest.raises(StateError, match="settings of another version"):
        Engine.from_state(engine.state()[:8] + struct.pack("<I", len(settings)) + settings + body)
    write_checkpoint(tmp_path / "odd.ckpt", body, {"config": json.loads(settings)})
    with pytest.raises(StateError, match="settings of another version"):
        Engine.load(tmp_path / "odd.ckpt")
    with pytest.raises(StateError, match=r"odd\.ckpt: its configuration does not fit"):
        config_of({"config": json.loads(settings)}, tmp_path / "odd.ckpt")
