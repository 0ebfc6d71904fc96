"""Conversions of a part of a feed: the snapshot that its changes follow may lie ahead of it."""

import pytest
from tests.golden.test_recorded_session import RAW

import tickeng
from tickeng._base.notation import instant_ns

SNAPSHOT = "2024-08-08T23:54:16.559"


@pytest.mark.parametrize("kind", [None, "delta"])
def test_changes_without_their_snapshot_are_told_of(tmp_path, kind):
    words = {"kind": kind} if kind else {}
    report = tickeng.convert(RAW, tmp_path / "a.zst", from_=f"{SNAPSHOT[:-1]}8", **words)
    assert report["counters"]["delta"]["BTCUSDT"]["written"] > 100 and not report["warnings"]
    with pytest.warns(UserWarning, match="the book of BTCUSDT has no snapshot"):
        report = tickeng.convert(RAW, tmp_path / "b.zst", from_="2024-08-08T23:54:17", **words)
    assert report["counters"]["delta"]["BTCUSDT"]["written"] > 100
    warning, = report["warnings"]
    assert f'from_="{SNAPSHOT}000000Z" takes it' in warning
    told = warning.partition('from_="')[2].partition('"')[0]
    assert instant_ns(told) == instant_ns(SNAPSHOT)
    report = tickeng.convert(RAW, tmp_path / "c.zst", from_=told, **words)
    assert not report["warnings"]
