"""Numbers as every reader reads them against float(), Decimal, csv, json and pyarrow, to the bit.

Texts are those that parsers get wrong: halfway between two doubles and one digit beside it, more
digits than an integer holds, subnormals, random bits. TICKENG_SOAK reads ten million of them.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from tickeng._native import io as _io
from tickeng.files.batch import EventBatch
from tickeng.files.tickfile import TickFileWriter

from .conftest import read

COUNT = 10_000_000 if "TICKENG_SOAK" in os.environ else 500_000
ROWS = 200_000 if "TICKENG_SOAK" in os.environ else 40_000
LARGEST = 0x7FEFFFFFFFFFFFFF  # the bits of the largest double
MS = 1_704_067_200_000


def double(number: int) -> float:
    """The double of these bits."""
    return float(np.array(number, np.uint64).view(np.float64))


def written_out(value: Fraction) -> str:
    """A fraction of a power of two, with every digit it has."""
    with localcontext() as context:
        context.prec = 1_200
        return f"{Decimal(value.numerator) / Decimal(value.denominator):e}"


def halfway(chance: random.Random, largest: int) -> str:
    """Between two neighbours, or a last digit above or below."""
    low = chance.randrange(1, largest)
    text = written_out((Fraction(double(low)) + Fraction(double(low + 1))) / 2)
    digits, e, exponent = text.partition("e")
    point = "" if "." in digits else "."
    beside = ("", "0" * 30 + "1")[chance.randrange(2)]
    if chance.random() < 0.3:  # just below: the last digit of a power of two's fraction is no 0
        digits, beside = digits[:-1] + str(int(digits[-1]) - 1) if digits[-1] > "0" else digits, ""
    return f"{digits}{point}{beside}{e}{exponent}"


def price(chance: random.Random) -> str:
    return f"{chance.randrange(1, 10**9)}.{chance.randrange(10**chance.randrange(1, 9))}"


def long_digits(chance: random.Random) -> str:
    """Nineteen digits and more, the point anywhere."""
    size = chance.randrange(19, 45)
    digits = str(chance.randrange(10 ** (size - 1), 10**size))
    at = chance.randrange(1, size)
    return f"{digits[:at]}.{digits[at:]}" + ("", f"e{chance.randrange(-250, 250)}")[size % 2]


def shortest(chance: random.Random) -> str:
    return repr(double(chance.randrange(1, LARGEST)))


def seventeen(chance: random.Random) -> str:
    return f"{double(chance.randrange(1, LARGEST)):.{chance.randrange(15, 21)}e}"


def subnormal(chance: random.Random) -> str:
    value = double(chance.randrange(1, 1 << chance.randrange(1, 54)))
    return (repr(value), f"{value:.25e}")[chance.randrange(2)]


KINDS: tuple[tuple[Callable[[random.Random], str], int], ...] = (
    (price, 30), (long_digits, 25), (shortest, 20), (seventeen, 15), (subnormal, 8),
    (lambda chance: halfway(chance, LARGEST), 1), (lambda chance: halfway(chance, 1 << 54), 1))


def texts(count: int, seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    kinds, weights = zip(*KINDS, strict=True)
    for make in chance.choices(kinds, weights, k=count):
        yield make(chance)


def disagreement(parse: Callable[[str], float | None], count: int, seed: int = 1) -> str | None:
    """The first text that is not read as float() reads it."""
    for text in texts(count, seed):
        found = parse(text)
        if found is None or found != float(text):
            return text
    return None


def test_every_number_has_the_bits_of_float() -> None:
    def parse(text: str) -> float | None:
        return _io.parse_decimal(text.encode())

    assert disagreement(parse, COUNT) is None


def split(text: str) -> tuple[int, int]:
    """Digits and the power of ten that they are multiplied with."""
    digits, _, exponent = text.partition("e")
    whole, _, part = digits.partition(".")
    return int(whole + part), int(exponent or 0) - len(part)


def multiplied(text: str) -> float:
    digits, power = split(text)
    return float(digits) * 10.0**power if -300 < power < 300 else float(text)


def nineteen_digits(text: str) -> float:
    """Digits that an integer does not hold are cut off."""
    digits, power = split(text)
    cut = max(0, len(str(digits)) - 19)
    return float(f"{digits // 10**cut}e{power + cut}")


def half_up(text: str) -> float:
    """Away from zero where two doubles are as near."""
    value, low = Fraction(text), float(text)
    high = float(np.nextafter(low, np.inf))
    if np.isfinite(high) and 2 * value == Fraction(low) + Fraction(high):
        return high
    return low


@pytest.mark.parametrize("broken", [
    multiplied, nineteen_digits, half_up, lambda text: max(float(text), 2.0**-1022),
    lambda text: float(np.float32(float(text))) if 1e-30 < float(text) < 1e30 else float(text),
], ids=["multiplied", "nineteen digits", "half up", "no subnormals", "narrow"])
def test_a_planted_parser_is_found(broken: Callable[[str], float]) -> None:
    assert disagreement(broken, 10_000) is not None


def sound(count: int, seed: int) -> list[str]:
    """Texts that may be a price: up to 1e300."""
    return [text for text in texts(count, seed) if 0 < float(text) <= 1e300]


def rows(count: int) -> tuple[list[str], list[str]]:
    prices, sizes = sound(count, 2), sound(count, 3)
    count = min(len(prices), len(sizes))
    return prices[:count], sizes[:count]


def as_bits(values: object) -> list[int]:
    return np.asarray(values, np.float64).view(np.int64).tolist()


def test_a_csv_is_what_csv_decimal_and_pyarrow_read(tmp_path: Path) -> None:
    prices, sizes = rows(ROWS)
    lines = [f"{MS + i},{p},{q},buy" for i, (p, q) in enumerate(zip(prices, sizes, strict=True))]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["ts,price,qty,side", *lines]) + "\n")
    tape = read(path)
    assert tape.error is None and len(tape) == len(prices) and not tape.rejected
    with path.open(newline="") as file:
        plain = list(csv.DictReader(file))
    arrow = pyarrow.csv.read_csv(path)
    for name in ("price", "qty"):
        found = as_bits(getattr(tape, name))
        assert found == as_bits([float(Decimal(row[name])) for row in plain])
        assert found == as_bits(arrow[name].to_numpy())
    assert tape.ts_ns.tolist() == [int(row["ts"]) * 10**6 for row in plain]


@pytest.mark.parametrize("form", ["{}", '"{}"'], ids=["numbers", "strings"])
def test_json_lines_are_what_json_reads(tmp_path: Path, form: str) -> None:
    prices, sizes = rows(ROWS // 2)
    path = tmp_path / "t.jsonl"
    path.write_text("".join(
        f'{{"ts":{MS + i},"price":{form.format(p)},"qty":{form.format(q)},"side":"buy"}}\n'
        for i, (p, q) in enumerate(zip(prices, sizes, strict=True))))
    tape = read(path)
    assert tape.error is None and len(tape) == len(prices)
    plain = [json.loads(line) for line in path.read_text().splitlines()]
    for name in ("price", "qty"):
        assert as_bits(getattr(tape, name)) == as_bits([float(row[name]) for row in plain])


def arrow_files(folder: Path, table: pa.Table) -> list[Path]:
    pq.write_table(table, folder / "t.parquet")
    pq.write_table(table, folder / "plain.parquet", use_dictionary=False, data_page_version="2.0",
                   column_encoding={"price": "BYTE_STREAM_SPLIT", "qty": "PLAIN"})
    for name, new in (("t.arrow", pa.ipc.new_file), ("t.arrows", pa.ipc.new_stream)):
        with new(folder / name, table.schema) as writer:
            writer.write_table(table, max_chunksize=1_000)
    return [folder / n for n in ("t.parquet", "plain.parquet", "t.arrow", "t.arrows")]


def test_columns_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Parquet, Arrow and the tick file: every bit of every column."""
    prices, sizes = ([float(text) for text in column] for column in rows(ROWS))
    side = np.where(np.arange(len(prices)) % 3, 1, -1).astype(np.int8)
    ts_ns = MS * 10**6 + np.cumsum(np.arange(len(prices)) % 7)
    table = pa.table({"ts": ts_ns, "price": prices, "qty": sizes, "side": side})
    columns = {"ts_ns": ts_ns, "price": prices, "qty": sizes, "side": side}
    data = io.BytesIO()
    with TickFileWriter(data, block_rows=4_096) as writer:
        writer.write(EventBatch.of("trade", columns, ["A"]))
    (tmp_path / "t.zst").write_bytes(data.getvalue())
    for path in (*arrow_files(tmp_path, table), tmp_path / "t.zst"):
        tape = read(path)
        assert tape.error is None and not tape.rejected, path.name
        assert tape.ts_ns.tolist() == ts_ns.tolist() and tape.side.tolist() == side.tolist()
        assert as_bits(tape.price) == as_bits(prices), path.name
        assert as_bits(tape.qty) == as_bits(sizes), path.name


def test_the_texts_are_what_they_are_called() -> None:
    """Halfway texts are as near to two doubles; subnormals are small."""
    chance, ties = random.Random(5), 0
    for _ in range(300):
        text = halfway(chance, LARGEST)
        value, near = Fraction(text), float(text)
        ties += any(2 * value == Fraction(near) + Fraction(float(np.nextafter(near, to)))
                    for to in (0.0, np.inf) if np.isfinite(np.nextafter(near, to)))
        assert 0 < float(subnormal(chance)) < 2.0**-1020
    assert 50 < ties < 250
