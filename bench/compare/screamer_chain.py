"""The chain from screamer's operators, one bound process_scalar call each, the rest in Python.

Its standard deviation has ddof 1 and its z-score no eps, so z is composed and rescaled.
"""

import math

from screamer import RollingMean, RollingQuantile, RollingStd, RollingSum


def z_score(window):
    mean, std = RollingMean(window).process_scalar, RollingStd(window).process_scalar
    scale = math.sqrt((window - 1) / window)
    return lambda x: (x - mean(x)) / (std(x) * scale + 1e-8)


class Chain:
    def __init__(self):
        self.flow, self.toxicity = RollingSum(64).process_scalar, RollingMean(1024).process_scalar
        self.impact = RollingMean(256).process_scalar
        self.norm = RollingQuantile(10_000, 0.9).process_scalar
        self.flow_z, self.speed_z, self.lead_z, self.impact_z = (z_score(1024) for _ in range(4))
        self.toxicity_z = z_score(10_000)
        self.before, self.lags = None, (math.nan, math.nan, math.nan)

    def on_tick(self, ts_ms, price, qty, side, lead):
        v, log_price = qty * side, math.log(price)
        speed_z = k3 = r = math.nan
        flow_z, norm = self.flow_z(self.flow(v)), self.norm(qty)
        if self.before:
            ts, log_before, side_before = self.before
            r = abs(log_price - log_before)
            speed_z = self.speed_z(v / (math.sqrt((ts_ms - ts) / 1000.0) + 0.001))
            k3 = self.toxicity_z(self.toxicity(qty * abs(side - side_before)))
        self.before = (ts_ms, log_price, side)
        a, b, c = self.lags
        k2 = self.lead_z(0.4 * lead + 0.3 * a + 0.2 * b + 0.1 * c)
        self.lags = (lead, a, b)
        k4 = -self.impact_z(self.impact(r / (qty + 0.01 * norm)))
        alpha = max(-2.0, min(2.0, 0.75 * flow_z + 0.25 * speed_z + 0.5 * k2))
        size = 0.2 if k3 > 2.0 else 0.5 if k3 > 1.0 else 1.0
        return alpha * size if k4 > -1.0 else 0.0
