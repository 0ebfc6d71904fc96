"""A parameter that is a text: the same in a pipeline's text, in Python, TOML and settings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickeng import Config, ConfigError, Engine, StateError
from tickeng import kernels as k

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60)


def node(kernels, **more):
    return Config(more.pop("config", None), kernels=kernels, **more).nodes()[0]


@settings(deadline=None)
@given(NAMES)
def test_an_object_prints_as_its_statement(name):
    statement = str(k.k2(leader=name, name="x"))
    assert node(statement)["leader"] == name
    assert Engine(kernels=[k.k2(leader=name, name="x")]).outputs.names == ("x",)


@pytest.mark.parametrize("text", [
    'k2(leader="ETHUSDT")', "k2(leader='ETHUSDT')", 'k2( leader = "\\u0045THUSDT" )'])
def test_spellings_of_one_name(text):
    assert Config(kernels=text).hash == Config(kernels='k2(leader="ETHUSDT")').hash
    assert node(text)["computes"].endswith('leader="ETHUSDT" warmup=0 eps=0')


def test_from_a_file_a_setting_and_an_object(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text('kernels = "k2; n = k2(window=64)"\n[k2]\nleader = "ETH"\n'
                    '[n]\nleader = "B \\"TC\\""\n')
    config = Config.from_toml(file)
    assert config["k2.leader"] == "ETH" and config["n.leader"] == 'B "TC"'
    assert config.leaders() == {"ETH", 'B "TC"'}
    engine = Engine(config)
    assert [*engine.named_leaders] == ["ETH", 'B "TC"']
    again = Engine.from_state(engine.state())
    assert again.config == config and [*again.named_leaders] == [*engine.named_leaders]
    assert Engine(leader="ETH").config["gate.leader"] == "ETH"


@pytest.mark.parametrize(("text", "column", "why"), [
    ("k2(leader=5)", 11, "leader is a text in quotes"),
    ("k2(leader=eth)", 11, "leader is a text in quotes"),
    ("k2(leader=2s)", 11, "leader is a text in quotes"),
    ('k2(leader="a\\n")', 11, "leader has a control character"),
    ('k2(leader="\x7f")', 11, "leader has a control character"),
    (f'k2(leader="{"é" * 128}")', 11, "leader has at most 255 bytes"),
    ('k2("ETH")', 4, "only a kernel needs no name"),
])
def test_refused_with_its_place(text, column, why):
    with pytest.raises(ConfigError) as refused:
        Engine(kernels=text)
    first, shown, caret = str(refused.value).split("\n")
    if why.startswith("leader"):
        assert first == f"line 1, column {column}: {why}"
        assert shown.strip() and caret.index("^") == column + 1


@pytest.mark.parametrize("value", ["a\n", "\x9b", "x" * 256, "\ud800", 5, None, True])
def test_refused_as_a_setting(value):
    with pytest.raises(ConfigError, match="k2.leader = .*: expected a text of at most 255 bytes"):
        Config({"k2.leader": value})


def test_an_object_takes_nothing_but_text():
    with pytest.raises(ConfigError, match="leader is a text, not 5"):
        k.k2(leader=5)


def test_only_a_name_changes_the_hash():
    plain = Config(kernels="k2").hash
    assert Config({"k2.leader": ""}, kernels="k2").hash == plain
    assert len({plain, *(Config({"k2.leader": name}, kernels="k2").hash for name in "ab")}) == 3


def test_a_state_of_another_name_is_refused():
    def engine(name):
        return Engine(kernels=f'k2(leader="{name}", window=16)')

    state = engine("A")
    state.on_tick(1_700_000_000_000_000_000, 1.0, 1.0, 1)
    with pytest.raises(StateError):
        engine("B")._load(super(Engine, state).state(), [])
