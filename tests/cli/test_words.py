"""The options of reading are the same everywhere, and every option that a message names exists."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

import tickeng as te
from tickeng_cli import app, reading, wording
from tickeng_cli.commands import inspect

from .conftest import START_NS, write_tape

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src/engine/tickeng").rglob("*.py"),
                  *(ROOT / "cli/tickeng_cli").rglob("*.py")])
# Told of other programs.
FOREIGN = {"--long", "--ultra", "--format", "--stdout", "--output"}


def flags_of(*verbs: str) -> set[str]:
    command = typer.main.get_command(app.command_line())
    for verb in verbs:
        command = command.commands[verb]
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts)}


def every_flag() -> set[str]:
    root = typer.main.get_command(app.command_line())
    found, waiting = set(), [root]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        found |= {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    return found | {"--help", "-h", "--install-completion"}


@pytest.mark.parametrize("verb", ["replay", "inspect", "convert", "bench"])
def test_every_verb_that_reads_has_every_word_of_reading(verb):
    assert set(reading.FLAGS.values()) <= flags_of(verb)


@pytest.mark.parametrize("verb", [("replay",), ("inspect",), ("convert",), ("bench",),
                                  ("kernels",), ("doctor",), ("config", "show"),
                                  ("checkpoint", "verify")])
def test_every_verb_may_be_quiet_verbose_and_logged(verb):
    assert {"--quiet", "-q", "--verbose", "-v", "--log-file"} <= flags_of(*verb)


def test_help_groups_the_words(tickeng):
    shown = tickeng("replay", "--help").out.decode()
    for panel in (reading.COLUMNS, reading.SIDES, reading.TIMES, reading.TEXT):
        assert f"\n{panel}:\n" in shown


def messages() -> list[tuple[str, str]]:
    """Every text of the package and the command that is no docstring, with what it is made of."""
    found = []
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        docs = {id(node.body[0].value) for node in ast.walk(tree)
                if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body
                and isinstance(node.body[0], ast.Expr)}
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
                  for part in ast.walk(node) if part is not node}
        for node in ast.walk(tree):
            if id(node) in docs or id(node) in inside:
                continue
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X"
                               for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if " " in text:
                found.append((str(path.relative_to(ROOT)), text))
    return found


def test_every_option_that_a_message_names_exists():
    known = every_flag() | FOREIGN
    wrong = [(path, flag) for path, text in messages()
             for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", wording.as_flags(text))
             if flag not in known]
    assert wrong == []


def test_the_package_speaks_of_keywords_and_the_command_of_flags():
    """What reads and writes files serves Python too, so no message of it may say --option."""
    spoken = [(path, text) for path, text in messages()
              if path.startswith("src/")
              and not path.endswith(("config.py", "zstd_blocks.py", "foreign.py"))
              and re.search(r"(?<![\w-])--[a-z]", text)]
    assert spoken == []


@pytest.mark.parametrize(("keywords", "flags"), [
    ('give infer_side="tick" to infer it', "give --infer-side tick to infer it"),
    ('name it with map={"side": "COLUMN"}', "name it with --map side=COLUMN"),
    ('map="side=COLUMN"', "--map side=COLUMN"),
    ('map={"side": "a, b"}', "--map '\"side=a, b\"'"),
    ('sides={"buy": ["A", "x|y"], "sell": [""]}', "--sides 'buy=A|x\\|y,sell=\"\"'"),
    ('header=["time", "price"]', "--header time,price"),
    ("x.csv: time_unit must be one of s", "x.csv: --time-unit must be one of s"),
    ("date must look like 2013-10-08", "--date must look like 2013-10-08"),
    ("reorder_ms=MS holds ticks", "--reorder-ms MS holds ticks"),
    ('raise it with max_memory="4GiB"', "raise it with --max-memory 4GiB"),
    ("max_memory must be a size", "--max-memory must be a size"),
    ("strict=True stops here", "--strict stops here"),
    ("remedy: eps=relative", "remedy: --set eps=relative"),
    ('on_late="error" stops', "--on-late error stops"),
    ('pairs={"SYMBOL": "spot"}, with *', "--pair spot=SYMBOL, with *"),
    ('`tickeng.convert("my file.csv", "t.zst", reverse=True)`',
     "`tickeng convert 'my file.csv' -o t.zst --reverse`"),
    ("price=4 in ts_ns and the map of it", "price=4 in ts_ns and the map of it"),
])
def test_keywords_become_flags(keywords, flags):
    assert wording.as_flags(keywords) == flags


def test_control_characters_of_a_name_are_typed_as_escapes():
    word = "a'\\\x1b[2J 1.csv"
    typed = inspect._typed(word)
    assert typed.isprintable()
    done = subprocess.run(["bash", "-c", f"printf %s {typed}"], check=True, capture_output=True)
    assert done.stdout.decode() == word


def test_what_is_spelled_is_read_back():
    given = {"map": {"price": "last, usd", "ts": "t"}, "header": ["a,b", 'c"d'], "tz": "UTC"}
    words = reading.to_words(given)
    found = dict(zip(words[::2], words[1::2], strict=True))
    assert reading.mapping([found["--map"]]) == given["map"]
    assert reading.parts(found["--header"]) == given["header"]


def test_a_symbol_that_holds_a_comma_can_be_asked_for(tickeng):
    rows = "".join(f'{START_NS + n},"{s}",100.5,1,buy\n' for n, s in
                   enumerate(("BRK,A", "BRK", "A", "BRK,A")))
    Path("t.csv").write_text("timestamp,symbol,price,qty,side\n" + rows)
    asked = tickeng("replay", "t.csv", "--symbol", '"BRK,A"', "-o", "-")
    assert asked.code == 0
    assert asked.out.count(b"BRK,A") == 2
    assert tickeng("replay", "t.csv", "--symbol", "BRK,A", "-o", "-").out.count(b"\n") == 3
    none = tickeng("replay", "t.csv", "--symbol", "MSFT", "-o", "-")
    assert none.code == 3
    assert 'A,BRK,"BRK,A"' in none.err


def test_a_mapped_column_may_hold_a_comma(tickeng):
    Path("t.csv").write_text(f'timestamp,"last, usd",qty,side\n{START_NS},100.5,1,buy\n')
    run = tickeng("convert", "t.csv", "-o", "o.csv", "--map", '"price=last, usd"')
    assert run.code == 0, run.err
    assert "100.5" in Path("o.csv").read_text()


def test_inspect_ends_with_the_line_that_reads_the_file(tickeng):
    write_tape("my tape.csv", 50)
    shown = tickeng("inspect", "my tape.csv", "--map", "price=price").out.decode()
    line = shlex.split(shown.strip().splitlines()[-1].partition("tickeng ")[2])
    assert line[:2] == ["replay", "my tape.csv"]
    assert tickeng(*line, "-o", "o.csv").code == 0


def test_quiet_keeps_warnings_and_verbose_tells_more(tickeng):
    write_tape("a.csv", 50)
    usual = tickeng("replay", "a.csv", "-o", "a1.csv").err
    quiet = tickeng("replay", "a.csv", "-o", "a2.csv", "-q").err
    verbose = tickeng("replay", "a.csv", "-o", "a3.csv", "--verbose").err
    assert "rate" in usual
    assert quiet.startswith("warning: ")
    assert "rate" not in quiet
    assert "seconds" not in usual
    assert "a.csv: csv" in verbose
    assert tickeng("replay", "a.csv", "-o", "a4.csv", "-q", "-v").code == 2


def test_the_log_gets_what_stderr_gets_and_costs_nobody_a_file(tickeng):
    write_tape("a.csv", 50)
    assert tickeng("replay", "a.csv", "-o", "o.csv", "-q", "--log-file", "run.log").code == 0
    assert tickeng("replay", "none.csv", "--log-file", "run.log").code == 2
    lines = Path("run.log").read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", line) for line in lines)
    text = "\n".join(lines)
    for told in ("replay a.csv", "rate", "warning: ", "none.csv: no such file"):
        assert told in text
    before = Path("a.csv").read_bytes()
    for words in (("a.csv", "--log-file", "a.csv"), ("a.csv", "-o", "n.csv", "--log-file", "n.csv"),
                  ("a.csv", "-o", "m.csv", "--log-file", "o.csv")):
        refused = tickeng("replay", *words)
        assert refused.code == 2, refused.err
        assert "--log-file" in refused.err
    assert Path("a.csv").read_bytes() == before


@pytest.mark.parametrize(
    "first", ["import tickeng.replay; ", "from tickeng.replay import Options; ", ""])
def test_replay_is_a_function_whatever_was_imported_first(first, tickeng):
    write_tape("a.csv", 50)
    code = (f"import warnings; warnings.simplefilter('ignore'); import tickeng, sys; {first}"
            "assert tickeng.replay('a.csv')['ticks'] == 50;"
            "from tickeng.replay import Options, replay; assert Options")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_functions_do_what_the_verbs_do(tickeng):
    write_tape("a.csv", 300, symbols=("A", "B"))
    with pytest.warns(UserWarning, match="the gate cannot open"):
        report = te.replay("a.csv", "f.csv", symbols=["A"], config={"eps": "relative"})
    tickeng("replay", "a.csv", "-o", "v.csv", "--symbol", "A", "--set", "eps=relative")
    assert Path("f.csv").read_bytes() == Path("v.csv").read_bytes()
    assert report["feed"]["rows"] == 300
    te.convert("a.csv", "a.zst")
    assert te.inspect("a.zst")["trades"] == 300
    with pytest.raises(te.ConfigError, match="is not before"):
        te.replay("a.csv", from_="2024-01-02", to="2024-01-01")
    with pytest.raises(te.ConfigError):
        te.replay("a.csv", nonsense=1)


def test_the_empty_kind_of_event_can_be_kept(tickeng, tmp_path):
    tape = tmp_path / "t.csv"
    tape.write_text("ts,price,qty,side,action\n1704067200000,1,1,buy,\n"
                    "1704067201000,1,1,sell,delete\n")
    refused = tickeng("inspect", tape)
    assert refused.code == 3 and "--keep '\"\"'" in refused.err
    for kept in ('""', '""""""'):
        report = tickeng("inspect", tape, "--keep", kept)
        assert report.code == 0 and "--keep '\"\"\"\"\"\"'" in report.out.decode()
