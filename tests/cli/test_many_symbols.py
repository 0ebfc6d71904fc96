"""More symbols than the settings allow: the cause, and what to type."""

import re
from pathlib import Path


def many(count):
    return "ts_ns,symbol,price,qty,side\n" + "".join(
        f"17{n:08}000000000,S{n},1,1,buy\n" for n in range(count))


def test_the_limit_is_the_only_thing_that_is_told_and_its_remedy_works(tickeng):
    Path("t.csv").write_text(many(60))
    words = ("replay", "t.csv", "-o", "o.csv", "-f", "--set", "max_symbols=40", "--kernels", "cvd")
    run = tickeng(*words)
    said = " ".join(run.err.split())
    assert run.code == 3 and "unaccounted" not in said
    assert "more than max_symbols = 40 symbols" in said
    remedy = re.search(r"give (--set \S+=\d+) if that is meant", said)[1].split()
    run = tickeng(*words[:-4], *remedy, "--kernels", "cvd")
    assert run.code == 0, run.err
    assert len(Path("o.csv").read_text().splitlines()) == 61
