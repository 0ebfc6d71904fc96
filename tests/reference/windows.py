"""Windows summed afresh. NaN inputs are not pushed: the window keeps its last W defined values."""

import numpy as np

from tests.reference import L

CHUNK = 256


def _each(x, window, expanding, value):
    """value(matrix of full windows) or value(one partial window) for every defined input."""
    x = np.asarray(x, L)
    defined = ~np.isnan(x)
    kept = x[defined]
    out = np.full(len(kept), np.nan, L)
    if expanding:
        for i in range(min(window - 1, len(kept))):
            out[i] = value(kept[None, : i + 1])[0]
    if len(kept) >= window:
        views = np.lib.stride_tricks.sliding_window_view(kept, window)
        for a in range(0, len(views), CHUNK):
            out[window - 1 + a: window - 1 + a + CHUNK] = value(views[a: a + CHUNK])
    result = np.full(len(x), np.nan, L)
    result[defined] = out
    return result


def rolling_sum(x, window, expanding=False):
    return _each(x, window, expanding, lambda w: w.sum(axis=1))


def rolling_mean(x, window, expanding=False):
    return _each(x, window, expanding, lambda w: w.sum(axis=1) / L(w.shape[1]))


def rolling_std(x, window, expanding=False):
    def std(w):
        mean = w.sum(axis=1) / L(w.shape[1])
        return np.sqrt(((w - mean[:, None]) ** 2).sum(axis=1) / L(w.shape[1]))

    return _each(x, window, expanding, std)


def rolling_quantile(x, window, p, expanding=False):
    def quantile(w):
        h = p * (w.shape[1] - 1)
        low = int(h)
        high = min(low + 1, w.shape[1] - 1)
        part = np.partition(w.astype(float), (low, high), axis=1)
        return part[:, low] + (part[:, high] - part[:, low]) * (h - low)

    return _each(x, window, expanding, quantile)


def z_score(x, window, eps="absolute", expanding=False):
    """(x - mean) / (sigma + eps) of each value in its own window."""

    def z(w):
        mean = w.sum(axis=1) / L(w.shape[1])
        sigma = np.sqrt(((w - mean[:, None]) ** 2).sum(axis=1) / L(w.shape[1]))
        scale = sigma + (L(1e-8) if eps == "absolute" else L(1e-8) * np.abs(mean))
        return np.where(scale == 0, L(0), (w[:, -1] - mean) / np.where(scale == 0, L(1), scale))

    return _each(x, window, expanding, z)


def float64(**columns):
    return {name: np.asarray(column, L).astype(float) for name, column in columns.items()}
