"""The chain against pandas, on whole real tapes, to 1e-9 max(1, |value|).

pandas keeps running moments, which forget less than they should: after a value of size x leaves a
window they are off by about 1e-16 x^2 in the variance. Hence the bound, and engine-mode speed.
"""

import numpy as np
import pandas as pd
import pytest

from tests.reference import Trades
from tickeng import Engine

EPS = 1e-8


def z(x: pd.Series, window: int) -> pd.Series:
    rolling = x.rolling(window)
    return (x - rolling.mean()) / (rolling.std(ddof=0) + EPS)


def base(trades: Trades) -> pd.DataFrame:
    frame = pd.DataFrame({"q": trades.qty, "v": trades.side * trades.qty})
    frame["r"] = np.log(pd.Series(trades.price)).diff()
    frame["dt"] = pd.Series(trades.ts_ns).diff() / 1e9
    return frame


def pandas_chain(trades: Trades) -> dict[str, pd.Series]:
    t = base(trades)
    v_norm = t.q.rolling(10_000).quantile(0.9)
    impact = t.r.abs() / (t.q + 0.01 * v_norm)
    side = pd.Series(trades.side).replace(0, np.nan).ffill()
    toxicity = (t.v.abs() * side.diff().abs()).fillna(0).where(t.index > 0)
    speed = t.v / (np.sqrt(t.dt) + 0.001)
    return {"v_norm": v_norm, "trade_flow": t.v.rolling(64).sum(),
            "k1": 0.75 * z(t.v.rolling(64).sum(), 1024) + 0.25 * z(speed, 1024),
            "k3": z(toxicity.rolling(1024).mean(), 10_000),
            "k4": -z(impact.rolling(256).mean(), 1024)}


@pytest.mark.parametrize("name", ["ltc", "btc_with_leader", "spy"])
def test_chain_in_pandas(name, request):
    t = request.getfixturevalue(name)
    frame = Engine(kernels="v_norm,trade_flow,k1,k3,k4").run(
        t.ts_ns, t.price, t.qty, t.side)
    for column, series in pandas_chain(t).items():
        want, got = series.to_numpy(), frame[column]
        np.testing.assert_array_equal(np.isnan(got), np.isnan(want), column)
        error = np.nanmax(abs(got - want) / np.maximum(1, abs(want)))
        assert error <= 1e-9, f"{column} on {name}: {error:.1e}"
