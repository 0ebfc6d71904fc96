"""Single rolling primitives, slow and obvious: every window is cut out and worked on anew."""

import numpy as np


def windows(x, window):
    """For each value the finite values of its window, or None where the value is not finite."""
    seen = []
    for value in x:
        if not np.isfinite(value):
            yield None
            continue
        seen.append(value)
        yield np.array(seen[-window:])


def rolling(x, window, f, min_count=None):
    """f(window's values) for each value; NaN before min_count and where a value is not finite."""
    least = window if min_count is None else min_count
    return np.array([np.nan if part is None or len(part) < least else f(part)
                     for part in windows(x, window)])


def z_score(part, eps=1e-8, relative=False):
    scale = part.std() + (eps * abs(part.mean()) if relative else eps)
    return (part[-1] - part.mean()) / scale if scale else 0.0


def variance(part, ddof):
    return np.nan if len(part) <= ddof else part.var(ddof=ddof)


def ewm(x, alpha, adjust, min_count=1):
    """(means, variances) by the sums of the definition, over all values so far."""
    means, variances = np.full(len(x), np.nan), np.full(len(x), np.nan)
    seen = []
    for i, value in enumerate(x):
        if not np.isfinite(value):
            continue
        seen.append(value)
        part = np.array(seen[::-1])
        weights = (1.0 - alpha) ** np.arange(len(part))
        if not adjust:
            weights[:-1] *= alpha
        weights /= weights.sum()
        if len(part) >= min_count:
            means[i] = (weights * part).sum()
            variances[i] = (weights * (part - means[i]) ** 2).sum()
    return means, variances
