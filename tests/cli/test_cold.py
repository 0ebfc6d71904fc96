"""A kernel that is added between two days begins without a past, where one says so."""

import json
import re
import shlex
from pathlib import Path

from tickeng import Engine

from .conftest import write_tape


def test_the_refusal_says_what_works_when_typed(tickeng):
    newest_ns = write_tape("monday.csv", 900)
    write_tape("tuesday.csv", 900, seed=2, start_ns=newest_ns + 10**9)
    first = tickeng("replay", "monday.csv", "--kernels", "cvd", "-o", "m.csv", "--checkpoint", "k")
    assert first.code == 0
    words = ("replay", "tuesday.csv", "--kernels", "cvd; speed; fast = ema(cvd, span=3)",
             "-o", "t.csv", "--checkpoint", "k2", "--resume", "k")
    refused = tickeng(*words)
    assert refused.code != 0 and not Path("t.csv").exists()
    said = re.search(r"or give (.*) to let", " ".join(refused.err.split()))[1]
    assert shlex.split(said) == ["--allow-cold", "speed", "--allow-cold", "fast"]
    went = tickeng(*words, *shlex.split(said), "--json")
    assert went.code == 0
    report = json.loads(went.out)
    assert report["cold"] == ["speed", "fast"]
    assert sum("began without a past" in text for text in report["warnings"]) == 2
    assert "speed began without a past" in went.err
    assert report["counters"]["total"]["processed"] == 1_800
    assert Engine.load("k2").cold == ("speed", "fast")
    again = tickeng("replay", "tuesday.csv", "--kernels", "cvd; speed; fast = ema(cvd, span=3)",
                    "-o", "w.csv", "--resume", "k2", "--allow-cold", "speed", "--json")
    report = json.loads(again.out)
    assert again.code == 0 and report["cold"] == ["speed", "fast"]
    assert not any("began without" in text for text in report["warnings"])


def test_names_that_are_none_and_nothing_to_resume(tickeng):
    write_tape("a.csv", 100)
    tickeng("replay", "a.csv", "--kernels", "cvd", "-o", "a.out.csv", "--checkpoint", "k")
    wrong = tickeng("replay", "a.csv", "--kernels", "cvd; speed", "-o", "b.csv", "--resume", "k",
                    "--allow-cold", "sped")
    assert wrong.code != 0 and "there is no node sped; the state lacks speed" in wrong.err
    alone = tickeng("replay", "a.csv", "--allow-cold", "speed", "-o", "c.csv")
    assert alone.code != 0 and "--allow-cold speed lets" in alone.err
