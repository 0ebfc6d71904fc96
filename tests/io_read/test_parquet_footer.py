"""A damaged Parquet footer is refused or read; it never ends the process."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tickeng.files.sources.parquet_footer import row_groups

SWEEP = """
import sys
from pathlib import Path
import tickeng

sound = Path(sys.argv[1]).read_bytes()
footer = len(sound) - 8 - int.from_bytes(sound[-8:-4], "little")
damaged = Path(sys.argv[2])
refused = 0
for at in range(footer, len(sound) - 8):
    for mask in (0x01, 0x10, 0xFF):
        work = bytearray(sound)
        work[at] ^= mask
        damaged.write_bytes(work)
        try:
            tickeng.read(damaged)
        except tickeng.TickengError as error:
            assert error.exit_code != 70, (at, mask, error)
            refused += 1
print(refused)
"""


@pytest.fixture
def trades() -> pa.Table:
    return pa.table({
        "ts": pa.array([1_700_000_000_000_000_000 + i for i in range(20)], pa.int64()),
        "price": [100.0] * 20, "qty": [1.0] * 20, "side": ["buy", "sell"] * 10})


def test_row_groups_are_what_pyarrow_says(tmp_path, trades):
    path = tmp_path / "t.parquet"
    pq.write_table(trades, path, row_group_size=8)
    metadata = pq.read_metadata(path)
    with open(path, "rb") as file:
        groups = row_groups(file)
    assert [group.rows for group in groups] == [8, 8, 4]
    for i, group in enumerate(groups):
        for j, chunk in enumerate(group.chunks):
            expected = metadata.row_group(i).column(j)
            start = expected.data_page_offset
            if expected.has_dictionary_page:
                start = min(start, expected.dictionary_page_offset)
            assert chunk.path == expected.path_in_schema
            assert chunk.text == (expected.physical_type == "BYTE_ARRAY")
            assert (chunk.start, chunk.end) == (start, start + expected.total_compressed_size)
            assert chunk.values == expected.num_values
            assert chunk.has_dictionary == any("DICTIONARY" in e for e in expected.encodings)


def test_no_byte_of_the_footer_ends_the_process(tmp_path, trades):
    path = tmp_path / "t.parquet"
    pq.write_table(trades, path)
    done = subprocess.run([sys.executable, "-c", SWEEP, path, tmp_path / "damaged.parquet"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-1500:]
    assert int(done.stdout) > 500


PAGES = """
import resource, sys
from pathlib import Path
import tickeng

sound = Path(sys.argv[1]).read_bytes()
footer = len(sound) - 8 - int.from_bytes(sound[-8:-4], "little")
damaged = Path(sys.argv[2])
LARGEST = bytes.fromhex("feffffff0f")  # 2^31 - 1, as a page header has a size
tickeng.read(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for at in range(4, footer):
    for planted in (bytes([sound[at] ^ 0x10]), bytes([sound[at] ^ 0xFF]), LARGEST):
        damaged.write_bytes(sound[:at] + planted + sound[at + len(planted):])
        try:
            tickeng.read(damaged)
        except tickeng.TickengError as error:
            assert error.exit_code != 70, (at, planted, error)
        took = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert took < 128 << 10, f"byte {at} as {planted.hex()} took {took} KiB"
"""


def test_no_byte_of_a_page_takes_memory(tmp_path, trades):
    path = tmp_path / "t.parquet"
    pq.write_table(trades.slice(0, 4), path, compression="zstd")
    done = subprocess.run([sys.executable, "-c", PAGES, path, tmp_path / "damaged.parquet"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
