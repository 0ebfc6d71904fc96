"""Outputs over the bundled tapes are those that were frozen, and frozen checkpoints continue."""

import json

import pytest

from tests.bits.tapes import TAPES
from tests.golden import freeze
from tickeng import Config, Engine, StateError
from tickeng.checkpoint import describe

FROZEN = json.loads(freeze.FROZEN.read_text())


@pytest.mark.parametrize("name", TAPES)
def test_outputs_are_the_frozen_ones(name):
    seen = freeze.observe(name)
    assert freeze.differences(FROZEN["tapes"][name], seen) == []
    assert seen["batch"] == seen["stream"]


@pytest.mark.parametrize("name", TAPES)
def test_tapes_are_long_enough_for_every_kernel(name):
    assert FROZEN["tapes"][name]["trades"] > 11_300


def test_every_checkpoint_is_listed_and_the_present_state_has_one():
    files = {path.name for path in freeze.CHECKPOINTS.glob("*.ckpt")}
    assert files == set(FROZEN["checkpoints"])
    assert freeze.checkpoint_name() in files, "python -m tests.golden.freeze --accept"


@pytest.mark.parametrize("name", FROZEN["checkpoints"])
def test_checkpoints_continue_to_the_same_bits(name):
    try:
        engine = Engine.load(freeze.CHECKPOINTS / name)
    except StateError:  # the typed refusal of an older state; the present one must load
        assert name != freeze.checkpoint_name()
        return
    assert freeze.continued(engine) == FROZEN["checkpoints"][name]["rows"]


@pytest.mark.parametrize("name", FROZEN["checkpoints"])
def test_hashes_of_older_checkpoints_keep_their_meaning(name):
    meta = describe(freeze.CHECKPOINTS / name)
    assert Config(meta["meta"]["config"]).hash == meta["config_hash"]


def test_a_resumed_engine_is_an_uninterrupted_one():
    assert freeze.continued(freeze.primed()) == (
        FROZEN["checkpoints"][freeze.checkpoint_name()]["rows"])


def test_freeze_writes_only_when_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(freeze, "FROZEN", tmp_path / "frozen.json")
    monkeypatch.setattr(freeze, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(freeze, "TAPES", {})
    assert freeze.main([]) == 1 and not list(tmp_path.iterdir())
    assert freeze.main(["--accept"]) == 0
    assert freeze.main([]) == 0
    changed = json.loads(freeze.FROZEN.read_text())
    changed["checkpoints"][freeze.checkpoint_name()]["rows"] = "0"
    freeze.FROZEN.write_text(json.dumps(changed))
    capsys.readouterr()
    assert freeze.main([]) == 1
    assert "rows: 0 -> " in capsys.readouterr().out
