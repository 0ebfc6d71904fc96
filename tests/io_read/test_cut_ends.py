"""A file whose last line has no line end is read whole, and may be half of one: which is said."""

import gzip

import pytest
import zstandard

from tests.cli.conftest import tickeng
from tickeng import convert, inspect, read, replay

__all__ = ["tickeng"]
ROWS = ("ts_ns,price,side,qty\n1700000000000000000,100.5,buy,1\n"
        "1700000001000000000,100.5,sell,0.505\n")
CUT = ROWS[:-3]
PACKED = {"csv": bytes, "csv.gz": gzip.compress, "csv.zst": zstandard.ZstdCompressor().compress,
          "two.csv.gz": lambda text: gzip.compress(text[:50]) + gzip.compress(text[50:])}
SAID = "has no line end: the file may be cut"


def said(warnings):
    return [text for text in warnings if "line end" in text]


@pytest.mark.parametrize("form", PACKED)
def test_a_cut_within_the_last_number_is_told(tmp_path, form):
    path = tmp_path / f"t.{form}"
    path.write_bytes(PACKED[form](ROWS.encode()))
    assert not said(inspect(path)["warnings"]) and not read(path).reading.warnings
    assert not said(replay(path, config={"kernels": "cvd"})["warnings"])
    path.write_bytes(PACKED[form](CUT.encode()))
    assert read(path)["qty"].tolist() == [1, 0.5]
    assert said(inspect(path)["warnings"]) == [f"the last line of t.{form} {SAID}"]
    assert said(read(path).reading.warnings) == said(inspect(path)["warnings"])
    with pytest.warns(UserWarning, match=SAID):
        report = replay(path, config={"kernels": "cvd"})
    assert len(said(report["warnings"])) == 1 and report["rows"] == 2
    with pytest.warns(UserWarning, match=SAID):
        convert(path, tmp_path / "o.zst")


def test_where_a_cut_shows_or_harms_nothing_it_is_no_warning(tmp_path):
    path = tmp_path / "t.csv"
    lines = ROWS.strip().split("\n")
    path.write_text("\n".join([lines[0] + ",note", *(f"{line},abc" for line in lines[1:])]))
    assert not said(inspect(path)["warnings"])  # the last column is not read
    row = '{"ts_ns": 1700000000000000000, "price": 1, "qty": 0.05, "side": "buy"}'
    (tmp_path / "t.jsonl").write_text(f"{row}\n{row}")
    assert not said(inspect(tmp_path / "t.jsonl")["warnings"])  # a brace ends the row
    path.write_text(ROWS.replace("\n", "\r\n"), newline="")
    assert not said(inspect(path)["warnings"])


@pytest.mark.filterwarnings("ignore")
def test_several_files_are_told_of_in_one_sentence(tmp_path):
    for number in range(6):
        rows = ROWS.rstrip().replace("17000000", f"17000{number}00")
        (tmp_path / f"{number}.csv").write_text(rows)
    found = said(replay(tmp_path, config={"kernels": "cvd"})["warnings"])
    assert found == ["the last lines of 6 files have no line end (0.csv, 1.csv, 2.csv, 3.csv and 2"
                     " more): they may be cut"]


def test_the_command_tells_and_ends_with_0(tickeng, tmp_path):
    (tmp_path / "t.csv").write_text(ROWS.rstrip())
    for words in (("inspect", "t.csv"), ("replay", "t.csv", "-o", "o.csv"),
                  ("convert", "t.csv", "-o", "o.zst")):
        run = tickeng(*words)
        assert run.code == 0 and " ".join(
            (run.out.decode() + run.err).split()).count(SAID) == 1, run.err
