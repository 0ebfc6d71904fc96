"""Every field of a description, with every kind of value: refused, or harmless; never exit 70."""

import copy
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkpoint.forge import described
from tests.cli.conftest import tickeng  # noqa: F401, a fixture
from tests.golden import freeze_replay
from tickeng import StateError, checkpoint
from tickeng.checkpoint.description import KEYS, fields

FROZEN = freeze_replay.HERE / "v1" / freeze_replay.NAME
STATE, META = checkpoint.decode((FROZEN / "replay.ckpt").read_bytes())
META = {key: value for key, value in json.loads(json.dumps(META)).items()
        if key not in ("generation", "engine_version")}
# What began behind the time of that file.
META |= {"cold": ["speed"], "came_in_of": {"quote": {}}, "counters_of": {"quote": {}},
         "written": {"A": 1}}
SOUND = checkpoint.encode(STATE, META)
NULLABLE = {"config_hash", "max_time_ns", "held", "sink", "rejects"}
NULLS = {"infer_side", "size", "stray_ns", "signs"}
HOSTILE = [None, True, -1, 0, 1, 0.5, 1 << 40, 1 << 63, 10**400, -1e308, "", "x", "\x1b[31mred",
           "\ud800", "../../x", "9" * 5000, "A" * (1 << 20), [], {}, [[]], [{}], {"x": 1},
           {"": None}, [1, 2], [None], {"A": [1, 2, 3]}, [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]
SOAK = "TICKENG_SOAK" in os.environ
SHOWN, RESUMED = (1, 1) if SOAK else (3, 31)  # one accepted forgery in so many
WORDS = ("--leader", "leader.csv", "--infer-side", "tick", "--reorder-ms", "20", "--rejects",
         "rejects.csv", *(word for name, value in freeze_replay.CONFIG.items()
                          for word in ("--set", f"{name}={value}")))


def paths(value, at: tuple = ()) -> Iterator[tuple]:
    """Of everything in the description; of a list, and of the settings, one each."""
    if at:
        yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(
        value, list) else ()
    for key, part in inside:
        first = key == 0 if isinstance(value, list) else at != ("config",) or key == "k1.window"
        if first:
            yield from paths(part, (*at, key))


def changed(path: tuple, value) -> bytes:
    meta = copy.deepcopy(META)
    at = meta
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return described(SOUND, json.dumps(meta).encode(), STATE)


def must_refuse(path: tuple, before, value) -> bool:
    """Whether the value is of another type than may stand there."""
    if value is None:
        return path[-1] not in NULLABLE | NULLS
    if isinstance(before, bool) or before is None:
        return False
    same = {int: (int,), float: (int, float), str: (str,), list: (list,), dict: (dict,)}
    if path == ("config", "k1.window"):
        return not isinstance(value, int | float | str)
    return isinstance(value, bool) or not isinstance(value, same[type(before)])


def value_at(path: tuple):
    at = META
    for key in path:
        at = at[key]
    return at


def accepted(path: tuple) -> Iterator[bytes]:
    before = value_at(path)
    for value in HOSTILE:
        data = changed(path, value)
        try:
            checkpoint.decode(data)
        except StateError:
            continue
        assert not must_refuse(path, before, value), (path, str(value)[:40])
        yield data


def test_the_walk_meets_every_documented_field():
    met = {path[0] for path in paths(META)}
    assert met | {"leader", "sinks", "audits"} >= KEYS.keys()  # of several outputs, of messages
    assert len(list(fields(KEYS))) > 50


def test_every_field_with_every_kind_of_value(tickeng, tmp_path):  # noqa: F811
    for file in FROZEN.iterdir():
        shutil.copy(file, tmp_path)
    count = 0
    for path in paths(META):
        for data in accepted(path):
            count += 1
            Path("f.ckpt").write_bytes(data)
            if count % SHOWN == 0:
                shown = tickeng("checkpoint", "show", "f.ckpt", *("--json",) * (count % 2))
                assert shown.code in (0, 4) and b"\x1b" not in shown.out, path
            if count % RESUMED == 0:
                for name in ("out.csv", "rejects.csv"):
                    shutil.copy(FROZEN / name, name)
                run = tickeng("replay", "monday.csv", "tuesday.csv", *WORDS, "-o", "out.csv",
                              "--resume", "f.ckpt")
                assert run.code in (0, 1, 2, 3, 4, 5), (path, run.err)
    assert count > 300


def test_a_missing_key_is_named():
    for key in META:
        meta = {name: value for name, value in META.items() if name != key}
        if key in ("cold", "kind", "leaders", "max_time_ns", "came_in_of", "counters_of",
                   "written"):
            checkpoint.decode(checkpoint.encode(STATE, meta))
            continue
        with pytest.raises(StateError, match=f"has no {key}"):
            checkpoint.decode(checkpoint.encode(STATE, meta))
