"""A stored output beside a fresh run: every format to the bit, every changed cell found."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tickeng as te
from tests.cli.conftest import START_NS, write_tape
from tickeng.verification import against

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
FORMATS = ["csv", "jsonl", "arrow", "arrows", "csv.zst", "jsonl.zst", "arrows.zst", "parquet"]
SETTINGS = {"warmup": "expanding", "eps": "relative"}
SYMBOLS = ("A", "B,1", "=x", "'q", 'say "so"')


def tape():
    """Trades with late and broken rows; one symbol comes late in the file."""
    write_tape("a.csv", 3_000, symbols=("A", "B"), late=0.05, bad=0.01)
    with open("a.csv", "a") as file:
        for number, symbol in enumerate((*SYMBOLS[1:], "A")):
            quoted = '"' + symbol.replace('"', '""') + '"'
            file.write(f"{START_NS + 10**12 + number},1.5,2,1,{quoted},9{number}\n")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_the_bits_of_a_fresh_run(form):
    tape()
    out = f"o.{form}"
    te.replay("a.csv", out, config=SETTINGS)
    report = te.verify("a.csv", against=out)
    assert report["identical"] and report["differences"] == [], report["differences"]
    assert report["against"]["rows"] == report["rows"] > 2_800
    assert report["against"]["notes"] == []


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("columns", [["alpha"], ["status", "k1", "symbol"]])
def test_columns_that_are_not_stored_are_not_compared(form, columns):
    tape()
    te.replay("a.csv", f"o.{form}", columns=columns)
    assert te.verify("a.csv", against=f"o.{form}")["against"]["columns"] == columns


def test_a_folder_of_parts_is_one_output():
    tape()
    te.replay("a.csv", "o.parquet", limit=1_000, checkpoint="k")
    te.replay("a.csv", "o.parquet", resume="k")
    assert Path("o.parquet").is_dir()
    assert te.verify("a.csv", against="o.parquet")["identical"]


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_bit_is_found(seed):
    tape()
    te.replay("a.csv", "o.parquet", config=SETTINGS)
    random = np.random.default_rng(seed)
    table = pq.read_table("o.parquet")
    name = str(random.choice([n for n in table.column_names if n != "symbol"]))
    row = int(random.integers(table.num_rows))
    column = table[name].to_numpy().copy()
    bit = int(random.integers(8 * column.itemsize))
    column.view(f"u{column.itemsize}")[row] ^= 1 << bit
    at = table.column_names.index(name)
    pq.write_table(table.set_column(at, table.schema.field(name), pa.array(column)), "o.parquet")
    with pytest.raises(te.DifferenceError) as caught:
        te.verify("a.csv", against="o.parquet", config=SETTINGS)
    (found,) = caught.value.report["differences"]
    assert (found["row"], found["column"], found["cells"]) == (row + 1, name, 1)
    bits = int(found["expected_bits"], 16) ^ int(found["found_bits"], 16)
    assert bits == 1 << bit


def test_a_changed_digit_symbol_and_length_are_found(tickeng):
    tape()
    te.replay("a.csv", "o.csv", config=SETTINGS)
    good = Path("o.csv").read_text()
    for old, new, said in (
        (",A,", ",Z,", "column symbol: 'Z' where 'A' is expected"),
        (",100.", ",100.0000000000001", "column price: "),
    ):
        Path("o.csv").write_text(good.replace(old, new, 1))
        run = tickeng("verify", "a.csv", "--against", "o.csv")
        assert run.code == 1 and said in run.err and "o.csv: row " in run.err
    Path("o.csv").write_text(good[:good.rindex("\n", 0, -1) + 1])
    run = tickeng("verify", "a.csv", "--against", "o.csv", "--json")
    assert run.code == 1 and "rows, a fresh run" in run.err
    assert not json.loads(run.out)["identical"]


def test_settings_are_those_of_the_output(tickeng):
    tape()
    te.replay("a.csv", "o.csv", config=SETTINGS, reorder_ms=20)
    run = tickeng("verify", "a.csv", "--against", "o.csv")
    assert run.code == 4 and "reorder_ns: was 20000000, is 0" in run.err
    same = ("verify", "a.csv", "--against", "o.csv", "--reorder-ms", 20)
    assert tickeng(*same).code == 0
    assert tickeng(*same, "--set", "eps=relative", "--set", "warmup=expanding").code == 0
    run = tickeng(*same, "--set", "eps=relative")
    assert run.code == 4 and "warmup: was expanding, is strict" in run.err
    assert tickeng(*same, "--self-test").code == 2
    assert tickeng("verify", "a.csv", "--against", "no.csv").code == 2


def manifest(change):
    path = Path("o.csv.manifest.json")
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_an_output_of_another_version_says_which_columns_may_differ(tickeng):
    tape()
    te.replay("a.csv", "o.csv", config=SETTINGS)

    def older(document):
        document["version"] = "0.0.9"
        document["kernels"]["k3"] -= 1

    manifest(older)
    text = Path("o.csv").read_text()
    head, first, rest = text.split("\n", 2)
    cells = dict(zip(head.split(","), first.split(","), strict=True))
    cells["k3"] = "0.125"
    Path("o.csv").write_text("\n".join((head, ",".join(cells.values()), rest)))
    run = tickeng("verify", "a.csv", "--against", "o.csv")
    assert run.code == 0, run.err
    assert b"made by version 0.0.9" in run.out
    assert b"k3, size, ready, gate, reason, alpha may differ" in run.out
    assert b"column k3: 0.125 where nan is expected, one is no number" in run.out.replace(b"'", b"")
    cells["k1"] = "0.125"
    Path("o.csv").write_text("\n".join((head, ",".join(cells.values()), rest)))
    run = tickeng("verify", "a.csv", "--against", "o.csv")
    assert run.code == 1 and "column k1: " in run.err


def test_a_version_that_does_not_tell_may_differ_everywhere():
    names = te.Engine().outputs.names
    assert set(names) <= set(against.may_differ({"version": "0.0.9"}))
    assert against.may_differ({"version": te.__version__}) == []


def test_another_input_or_reading_is_named(tickeng):
    tape()
    te.replay("a.csv", "o.csv")
    Path("a.csv").write_text(Path("a.csv").read_text().replace(",100.", ",101.", 1))
    run = tickeng("verify", "a.csv", "--against", "o.csv")
    assert run.code == 1 and "a.csv is not the file that it was made from" in run.err
    tape()
    run = tickeng("verify", "a.csv", "--against", "o.csv", "--side-is", "maker")
    assert run.code == 1 and "a.csv was read with" in run.err


def test_an_output_without_its_manifest_is_compared_with_the_settings_given():
    tape()
    te.replay("a.csv", "o.csv", config=SETTINGS)
    Path("o.csv.manifest.json").unlink()
    report = te.verify("a.csv", against="o.csv", config=SETTINGS)
    assert report["against"]["notes"] == [
        "the output has no manifest, so that the settings are those given"]


@pytest.mark.parametrize("change", [
    {"config": None}, {"config": {}}, {"config_hash": 3}, {"order": []}, {"inputs": {"a": 1}},
    {"inputs": [3]}, {"inputs": [{"sha256": "x"}]}, {"kernels": []}, {"version": None}])
def test_a_manifest_that_no_replay_writes_is_refused(change):
    tape()
    te.replay("a.csv", "o.csv")
    path = Path("o.csv.manifest.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(te.DataError, match="move it away"):
        te.verify("a.csv", against="o.csv")
    path.unlink()
    assert te.verify("a.csv", against="o.csv")["identical"]


@pytest.mark.parametrize("damaged", [
    {"quote_o3i.warmup": "strict"}, {"kernels": "chaio"}, {"min_time": "2200-01-01T00:00:00Z"}])
def test_stored_settings_that_no_engine_can_have_are_refused(damaged):
    tape()
    te.replay("a.csv", "o.csv")
    manifest(lambda document: document["config"].update(damaged))
    with pytest.raises(te.StateError, match=r"o\.csv: was written under settings"):
        te.verify("a.csv", against="o.csv")


def test_symbols_that_differ_in_a_guard_alone_are_told_apart():
    cells = ["''=x", "'=x"] * 20  # the symbols '=x and =x, each behind its guard
    rows = [f"{START_NS + i},1.5,2,buy,{cell}" for i, cell in enumerate(cells)]
    Path("b.csv").write_text("\n".join(["ts_ns,price,qty,side,symbol", *rows, ""]))
    te.replay("b.csv", "o.csv")
    report = te.verify("b.csv", against="o.csv")
    assert report["identical"], report["differences"]


SWEEP = """
import sys
from pathlib import Path
import numpy as np
import tickeng
from tickeng.verification.stored import Stored

good, path = Path(sys.argv[1]).read_bytes(), Path("damaged-" + sys.argv[1])
random = np.random.default_rng(int(sys.argv[2]))
read = refused = 0
for _ in range(400):
    work = bytearray(good)
    work[random.integers(len(good))] ^= int(random.integers(1, 256))
    path.write_bytes(work)
    try:
        stored = Stored(str(path))
        types = dict.fromkeys(stored.names, "float64")
        for piece in stored.pieces({**types, "ts_ns": "int64", "symbol": "str",
                                    "side": "int8", "gate": "uint8", "reason": "uint8"}):
            read += 1
    except tickeng.TickengError:
        refused += 1
print(read, refused)
"""


@pytest.mark.parametrize("form", ["arrow", "arrows", "parquet"])
def test_no_damage_of_an_output_ends_the_process(form):
    tape()
    te.replay("a.csv", f"o.{form}")
    done = subprocess.run([sys.executable, "-c", SWEEP, f"o.{form}", "5"], capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-1500:]
    read, refused = map(int, done.stdout.split())
    assert read and refused


@pytest.mark.parametrize("form", FORMATS)
def test_damaged_outputs_are_errors_or_differences(form):
    tape()
    out = Path(f"o.{form}")
    te.replay("a.csv", out)
    good = out.read_bytes()
    random = np.random.default_rng(1)
    for _ in range(30):
        at = int(random.integers(len(good)))
        changed = good[:at] + struct.pack("B", good[at] ^ 0x55) + good[at + 1:]
        out.write_bytes(changed if random.integers(2) else good[:at])
        try:
            te.verify("a.csv", against=out)
        except (te.DataError, te.DifferenceError, te.StateError):
            continue
        assert out.read_bytes() != good[:at]
    out.write_bytes(b"")
    with pytest.raises((te.DataError, te.DifferenceError)):
        te.verify("a.csv", against=out)
