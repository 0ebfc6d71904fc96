"""The other verbs, help and manners."""

import json
from pathlib import Path

import pytest

import tickeng as te

from .conftest import write_tape

VERBS = (
    ("replay",), ("inspect",), ("convert",), ("kernels",), ("config", "show"),
    ("checkpoint", "show"), ("checkpoint", "diff"), ("checkpoint", "verify"), ("doctor",),
    ("bench",), ("verify",), ("generate",),
)


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_examples(tickeng, verb):
    run = tickeng(*verb, "--help")
    assert run.code == 0
    assert b"Example" in run.out
    assert b"tickeng " + verb[0].encode() in run.out
    assert b"--json" in run.out


def test_version_and_bare(tickeng):
    assert tickeng("--version").out.decode().strip() == f"tickeng {te.__version__}"
    bare = tickeng()
    assert b"replay" in bare.out + bare.err.encode()


def test_completion_is_offered(tickeng):
    assert b"--install-completion" in tickeng("--help").out


def test_unknown_words_are_usage_errors(tickeng):
    assert tickeng("replai").code == 2
    assert tickeng("replay", "--bogus").code == 2
    assert tickeng("replay").code == 2


def test_unknown_setting_names_the_near_one(tickeng):
    write_tape("a.csv", 10)
    run = tickeng("replay", "a.csv", "--set", "epz=relative")
    assert run.code == 2
    assert "eps" in run.err
    assert tickeng("replay", "a.csv", "--checkpoint-every", "5").code == 2


def test_debug_shows_the_traceback(tickeng):
    write_tape("a.csv", 10)
    run = tickeng("replay", "a.csv", "--set", "epz=1", "--debug", own_process=True)
    assert run.code == 2
    assert "Traceback" in run.err


def test_kernels(tickeng):
    listed = json.loads(tickeng("kernels", "--json").out)
    assert [kernel["id"] for kernel in listed["kernels"]] == [k["id"] for k in te.catalogue()]
    for kernel in te.catalogue():
        shown = tickeng("kernels", kernel["id"])
        assert shown.code == 0
        assert kernel["name"].encode() in shown.out
    assert tickeng("kernels", "nonsense").code == 2


def test_config_show(tickeng):
    Path("mine.toml").write_text('eps = "relative"\n')
    run = tickeng("config", "show", "--config", "mine.toml", "--set", "dedupe=id", "--json")
    shown = json.loads(run.out)
    origins = {entry["key"]: entry["origin"] for entry in shown["settings"]}
    assert origins["dedupe"] == "--set"
    assert origins["on_late"] == "default"
    assert any("mine.toml" in origin for origin in origins.values())
    assert shown["hash"] == te.Config({"eps": "relative", "dedupe": "id"}).hash
    assert b"on_late" in tickeng("config", "show").out


def test_checkpoint_verbs(tickeng):
    write_tape("a.csv", 1_000)
    tickeng("replay", "a.csv", "-o", "o.csv", "--checkpoint", "k", "--checkpoint-every", 600)
    assert b"continues after row 1,000" in tickeng("checkpoint", "show", "k").out
    assert tickeng("checkpoint", "diff", "k", "k").code == 0
    changed = tickeng("checkpoint", "diff", "k", "k.1", "--json")
    assert changed.code == 1
    assert json.loads(changed.out)["differences"]["sources.0.row"] == [1_000, 600]
    assert tickeng("checkpoint", "verify", "k").code == 0
    Path("k").write_bytes(Path("k").read_bytes()[:-1])
    assert tickeng("checkpoint", "verify", "k").code == 4
    assert tickeng("checkpoint", "show", "k").code == 4
    assert tickeng("checkpoint", "show", "none").code == 2


def test_an_engine_saved_from_python_can_be_resumed(tickeng):
    write_tape("a.csv", 1_000)
    engine = te.Engine()
    engine.on_tick(10**18, 100.0, 1.0, 1, "BTCUSDT")
    engine.save("k")
    report = json.loads(tickeng("replay", "a.csv", "--resume", "k", "--json").out)
    assert report["conserved"]
    assert report["counters"]["total"]["in"] == 1_001


@pytest.mark.parametrize("form", ["zst", "parquet", "csv", "jsonl", "arrow", "csv.zst"])
def test_convert_and_back(tickeng, form):
    write_tape("a.csv", 3_000, symbols=("A", "B"), late=0.05)
    there = tickeng("convert", "a.csv", "-o", f"t.{form}", "--json")
    assert there.code == 0, there.err
    assert json.loads(there.out)["rows"] == 3_000
    assert tickeng("convert", "a.csv", "-o", f"t.{form}").code == 5
    if form == "jsonl":
        return
    tickeng("replay", "a.csv", "-o", "first.csv", "--set", "warmup=expanding")
    run = tickeng("replay", f"t.{form}", "-o", "second.csv", "--set", "warmup=expanding")
    assert run.code == 0, run.err
    assert Path("first.csv").read_bytes() == Path("second.csv").read_bytes()


def test_convert_refuses_itself(tickeng):
    write_tape("a.csv", 30)
    assert tickeng("convert", "a.csv", "-o", "a.csv", "-f").code == 2


def test_inspect(tickeng):
    write_tape("a.csv", 3_000, symbols=("A", "B"), late=0.05)
    shown = json.loads(tickeng("inspect", "a.csv", "--json").out)
    assert shown["schema"] == "tickeng.inspect/1"
    assert shown["rows"] == 3_000
    assert b"3000" in tickeng("inspect", "a.csv").out.replace(b",", b"")


def test_doctor(tickeng):
    shown = json.loads(tickeng("doctor", "--json").out)
    assert shown["tickeng"]["version"] == te.__version__
    assert shown["packages"]["numpy"] != "not installed"
    assert shown["machine"]["pinning"]
    assert b"cpuset" in tickeng("doctor").out


def test_bench_times_every_path(tickeng):
    write_tape("a.csv", 300)
    run = tickeng("bench", "a.csv", "--rounds", "2", "--json")
    report = json.loads(run.out)
    assert report["schema"] == "tickeng.bench/1"
    assert report["input"]["rows"] == 300
    assert set(report["paths"]) == {"read", "batch", "on_tick", "replay"}
    assert all(row["ns_per_trade"] > 0 for row in report["paths"].values())
    assert report["on_tick_latency_ns"]["p50"] <= report["on_tick_latency_ns"]["worst"]
    shown = tickeng("bench", "--rows", "20000", "--rounds", "1")
    assert b"Engine.run on arrays" in shown.out
    assert "round 1 of 1" in shown.err
    assert tickeng("bench", "missing.csv").code == 2


def test_a_pipeline_is_shown_and_taken_from_a_file(tickeng, tmp_path):
    text = tmp_path / "pipeline.txt"
    text.write_text("# mine\nk1\nfast = signal(k1=k1(window=64))\n")
    shown = json.loads(tickeng("kernels", "--graph", f"@{text}", "--json").out)
    assert [node["columns"] for node in shown["nodes"] if node["written"]] == [["k1"], ["fast"]]
    drawn = tickeng("kernels", "--graph", "k1; fast = signal(k1=k1(window=64))").out.decode()
    assert "k1(window=64).k1, k2.k2" in drawn and "not written" in drawn
    out = tmp_path / "out.csv"
    write_tape("t.csv", 200)
    run = tickeng("replay", "t.csv", "--kernels", f"@{text}", "--kernels", "v_norm", "-o", out)
    assert run.code == 0, run.err
    assert out.read_text().splitlines()[0].endswith(",k1,fast,v_norm")
    missing = tickeng("kernels", "--graph", "@nowhere.txt")
    assert missing.code == 2 and "--kernels @nowhere.txt: " in missing.err


def test_kernels_are_chosen(tickeng):
    def names(*words):
        return [kernel["name"] for kernel in
                json.loads(tickeng("kernels", *words, "--json").out)["kernels"]]
    assert names("--room", "regime", "--search", "hurst") == ["hurst", "regime"]
    quotes = names("--clock", "quote")
    assert "mid_spread" in quotes and "quote_ofi" in quotes and "k1" not in quotes
    nothing = tickeng("kernels", "--room", "nowhere")
    assert nothing.code == 2 and "the rooms are flow, momentum" in nothing.err
    assert "# chain: " in tickeng("kernels", "--presets").out.decode()


def test_a_preset_is_shown_as_a_pipeline(tickeng, tmp_path):
    text = tmp_path / "my_pump.txt"
    text.write_bytes(tickeng("kernels", "pump").out)
    assert te.Config(kernels=text.read_text()).hash == te.Config(kernels="pump").hash
    assert json.loads(tickeng("kernels", "pump", "--json").out)["presets"][0]["name"] == "pump"
    assert tickeng("kernels", "--graph", f"@{text}").code == 0


def test_config_shows_what_is_selected(tickeng):
    shown = json.loads(tickeng("config", "show", "--kernels", "k1", "--json").out)["settings"]
    keys = {entry["key"] for entry in shown}
    assert "k1.window" in keys and "k3.window" not in keys and "kernels" in keys
    every = json.loads(tickeng("config", "show", "--all", "--json").out)["settings"]
    assert {entry["key"] for entry in every} > keys
