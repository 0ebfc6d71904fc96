"""What names, padding and added kinds say: read rightly, or refused with a remedy that works."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.io_read.conftest import read

MS = 1_704_067_200_123


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_padding_is_no_part_of_a_symbol(tmp_path: Path) -> None:
    names = ["A  ", "A", "\tA", " B", "  ", "B "]
    columns = {"ts": [MS] * 6, "price": [1.5] * 6, "qty": ["1", "1", "1", "1", "1", "x"],
               "side": ["buy"] * 6, "symbol": names, "venue": ["N "] * 6}
    text = written(tmp_path / "t.csv", ",".join(columns), *(
        ",".join(map(str, row)) for row in zip(*columns.values(), strict=True)))
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    for path in (text, tmp_path / "t.parquet"):
        tape = read(path, infer_side="tick")
        assert tape.symbol == ["A", "A", "A", "B"]
        assert [(r.row, r.reason, r.symbol) for r in tape.rejects] == [
            (5, "bad_fields", None), (6, "bad_qty", "B")]
        joined = read(path, map={"symbol": "venue+symbol"})
        assert joined.symbol[:4] == ["A:N", "A:N", "A:N", "B:N"]
