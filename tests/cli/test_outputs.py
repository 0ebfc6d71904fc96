"""What replay leaves: the same numbers in every format, one JSON document, a summary, a plot."""

import json
import os
import pty
import subprocess
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from .conftest import COMMAND, write_tape

WARM = ("--set", "warmup=expanding")
COLUMNS = [
    "ts_ns", "symbol", "price", "qty", "side", "k1", "k2", "k3", "k4", "hurst", "efficiency",
    "signal", "size", "gate", "alpha", "reason",
]


def table(path):
    if path.endswith(".parquet"):
        return pq.read_table(path)
    if path.endswith((".arrow", ".feather")):
        return pa.ipc.open_file(path).read_all()
    if path.endswith(".arrows"):
        return pa.ipc.open_stream(path).read_all()
    if path.endswith(".jsonl"):
        lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
        return pa.table({name: [line[name] for line in lines] for name in lines[0]})
    return pa.csv.read_csv(path)


def numbers(found, name):
    values = [np.nan if value is None else value for value in found[name].to_pylist()]
    return np.array(values, np.float64).tobytes()


def test_every_format_carries_the_same_numbers(tickeng):
    write_tape("a.csv", 3_000, symbols=("A", "B"))
    paths = [f"out.{form}" for form in ("parquet", "csv", "jsonl", "arrow", "feather", "arrows")]
    for path in paths:
        assert tickeng("replay", "a.csv", *WARM, "-o", path).code == 0
    first = table(paths[0])
    assert first.column_names == COLUMNS
    for path in paths[1:]:
        other = table(path)
        assert other.column_names == COLUMNS
        assert other["symbol"].to_pylist() == first["symbol"].to_pylist()
        assert other["ts_ns"].to_pylist() == first["ts_ns"].to_pylist()
        for name in COLUMNS[2:]:
            assert numbers(other, name) == numbers(first, name), (path, name)


def test_stdin_and_pipe_equal_files(tickeng):
    write_tape("a.csv", 2_000)
    tickeng("replay", "a.csv", *WARM, "-o", "out.csv")
    piped = tickeng("replay", "-", *WARM, stdin=Path("a.csv").read_bytes(), own_process=True)
    assert piped.code == 0, piped.err
    rows = Path("out.csv").read_text().replace(",BTCUSDT,", ",").splitlines()
    assert piped.out.decode().replace(",BTCUSDT,", ",").splitlines() == rows


def test_chosen_columns(tickeng):
    write_tape("a.csv", 200)
    assert tickeng("replay", "a.csv", "-o", "o.csv", "--columns", "alpha,ts_ns,status").code == 0
    assert Path("o.csv").read_text().splitlines()[0] == "alpha,ts_ns,status"
    wrong = tickeng("replay", "a.csv", "-o", "p.csv", "--columns", "alfa")
    assert wrong.code == 2
    assert "alpha" in wrong.err


def test_kernels_by_name(tickeng):
    write_tape("a.csv", 200)
    run = tickeng("replay", "a.csv", "-o", "o.csv", "--kernels", "v_norm")
    assert run.code == 0, run.err
    head = Path("o.csv").read_text().splitlines()[0]
    assert head.startswith("ts_ns,symbol,price,qty,side,")
    assert "alpha" not in head


def test_json_is_the_one_document(tickeng):
    write_tape("a.csv", 500, bad=0.05)
    run = tickeng("replay", "a.csv", "--json")
    report = json.loads(run.out)
    assert report["schema"] == "tickeng.replay/1"
    assert report["ticks"] + report["rejected"]["bad_price"] == 500
    assert report["output"] is None
    assert report["inputs"][0]["sha256"]
    assert tickeng("replay", "a.csv", "--json", "-o", "-").code == 2
    failed = tickeng("replay", "missing.csv", "--json")
    assert json.loads(failed.out)["error"]["exit_code"] == failed.code


def test_manifest_beside_the_output(tickeng):
    write_tape("a.csv", 500)
    tickeng("replay", "a.csv", "-o", "out.csv", "--set", "eps=relative")
    manifest = json.loads(Path("out.csv.manifest.json").read_text())
    assert manifest["inputs"][0]["name"] == "a.csv"
    assert len(manifest["inputs"][0]["sha256"]) == 64
    assert "relative" in manifest["config"].values()
    assert manifest["counters"]


def test_overwrites_only_when_told(tickeng):
    write_tape("a.csv", 100)
    assert tickeng("replay", "a.csv", "-o", "out.csv").code == 0
    again = tickeng("replay", "a.csv", "-o", "out.csv")
    assert again.code == 5
    assert "-f" in again.err
    assert tickeng("replay", "a.csv", "-o", "out.csv", "-f").code == 0
    assert tickeng("replay", "a.csv", "-o", "no/folder/out.csv").code == 5
    assert tickeng("replay", "a.csv", "-o", "out.xls").code == 2


def test_summary_tells_gate_warmup_and_health(tickeng):
    write_tape("a.csv", 3_000)
    err = tickeng("replay", "a.csv", "-o", "out.csv").err
    for words in ("3,000 ticks", "gate open", "not_warm", "ticks missing", "out.csv", "k1"):
        assert words in err
    assert "\x1b" not in err


def test_closed_pipe_is_quiet(tickeng):
    write_tape("a.csv", 40_000)
    line = f"{' '.join(COMMAND)} replay a.csv | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], check=False,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"ts_ns,")
    assert b"Traceback" not in done.stderr
    assert b"Broken" not in done.stderr


@pytest.mark.parametrize("plain", [True, False])
def test_on_a_terminal_the_summary_alone(tickeng, plain):
    write_tape("a.csv", 300)
    ours, theirs = pty.openpty()
    heard = []

    def listen():
        try:
            while part := os.read(ours, 4096):
                heard.append(part)
        except OSError:
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    env = {**os.environ, "TERM": "xterm", **({"NO_COLOR": "1"} if plain else {})}
    subprocess.run([*COMMAND, "replay", "a.csv"], stdin=theirs, stdout=theirs, stderr=theirs,
                   env=env, check=True)
    os.close(theirs)
    listener.join(10)
    os.close(ours)
    text = b"".join(heard)
    assert b"300 ticks" in text
    assert b"ts_ns," not in text
    assert (b"\x1b[1m" in text or b"\x1b[2m" in text) is not plain or plain


@pytest.mark.parametrize("form", ["png", "html"])
def test_plot(tickeng, form):
    write_tape("a.csv", 3_000, symbols=("<script>x", "B"))
    run = tickeng("replay", "a.csv", *WARM, "-o", "o.csv", "--plot", f"day.{form}")
    assert run.code == 0, run.err
    drawn = Path(f"day.{form}").read_bytes()
    if form == "png":
        assert drawn.startswith(b"\x89PNG")
    else:
        assert b"<script>x" not in drawn
        assert b"default-src 'none'" in drawn
        assert b"http" not in drawn.replace(b"http-equiv", b"").replace(b"http://www.w3.org/", b"")


def test_plot_refusals(tickeng):
    write_tape("a.csv", 100)
    assert tickeng("replay", "a.csv", "--plot", "day.gif").code == 2
    assert tickeng("replay", "a.csv", "-o", "o.csv", "--plot", "no/day.html").code == 5
