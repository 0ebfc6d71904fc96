"""The chain as a csp graph: five curves ticking together, csp.stats over tick windows."""

import time
import warnings
from datetime import datetime, timedelta

import numpy as np

warnings.filterwarnings("ignore")
import csp  # noqa: E402
import csp.math  # noqa: E402
from csp import stats  # noqa: E402


def z(x, w):
    return (x - stats.mean(x, w, min_window=w)) / (stats.stddev(x, w, min_window=w, ddof=0) + 1e-8)


@csp.graph
def chain(times: object, columns: object):
    ts, price, qty, side, lead = (csp.curve(float, (times, c)) for c in columns)
    v = qty * side
    size = csp.abs(v)

    def change(e):
        return e - csp.baselib.delay(e, 1)

    r = csp.abs(change(csp.ln(price)))
    speed = v / (csp.sqrt(change(ts) * 0.001) + 0.001)
    tox = size * csp.abs(change(side))
    delay = csp.baselib.delay
    lags = 0.4 * lead + 0.3 * delay(lead, 1) + 0.2 * delay(lead, 2) + 0.1 * delay(lead, 3)
    k1 = 0.75 * z(stats.sum(v, 64, min_window=64), 1024) + 0.25 * z(speed, 1024)
    k2 = z(lags, 1024)
    k3 = z(stats.mean(tox, 1024, min_window=1024), 10_000)
    norm = stats.quantile(size, 10_000, 0.9, min_window=10_000, interpolate="linear")
    impact = r / (size + 0.01 * norm)
    k4 = -1.0 * z(stats.mean(csp.sample(norm, impact), 256, min_window=256), 1024)
    alpha = csp.math.max(csp.math.min(k1 + 0.5 * k2, csp.const(2.0)), csp.const(-2.0))
    for name, edge in (("k3", k3), ("k4", k4), ("alpha", alpha)):
        csp.add_graph_output(name, edge)


def run(d):
    n = len(d["price"])
    times = np.datetime64("2024-01-01", "ns") + (np.arange(n) * 1000).astype("timedelta64[ns]")
    columns = [np.ascontiguousarray(d[k], np.float64)
               for k in ("ts_ms", "price", "qty", "side", "lead")]
    start = time.perf_counter()
    csp.run(chain, times, columns, starttime=datetime(2024, 1, 1), endtime=timedelta(seconds=10),
            output_numpy=True)
    return (time.perf_counter() - start) / n
