"""The chain by hand in numba, as a skilled user would write it: Welford windows and two heaps.

`batch` is one compiled loop over columns with its state in locals; `step` the same for one tick,
its state in arrays, called from Python.
"""

import time

import numpy as np
from numba import njit

SHORT, MID, LONG, SMOOTH = 64, 1024, 10_000, 256
LOW = int(0.9 * (LONG - 1)) + 1  # values in the lower heap: up to the 90th percentile
FRACTION = 0.9 * (LONG - 1) - (LOW - 1)
OUTPUTS = 8


@njit(inline="always")
def roll(total, ring, at, new):
    """The running sum after `new` replaces ring[at]."""
    old = ring[at]
    ring[at] = new
    return total + (new - old)


@njit(inline="always")
def slide(mean, m2, ring, at, new, count, window):
    """Welford's moments after `new`, the count-th value, replaces ring[at]."""
    old = ring[at]
    ring[at] = new
    if count <= window:
        d = new - mean
        mean += d / count
        return mean, m2 + d * (new - mean)
    before = mean
    mean += (new - old) / window
    return mean, m2 + (new - old) * ((new - mean) + (old - before))


@njit(inline="always")
def score(x, mean, m2, window):
    return (x - mean) / (np.sqrt(max(m2, 0.0) / window) + 1e-8)


@njit
def settle(heap, place, value, size, at, sign):
    """Moves the slot at `at` to where it belongs; sign 1: least on top, -1: greatest."""
    slot = heap[at]
    x = sign * value[slot]
    while at > 0 and sign * value[heap[(at - 1) // 2]] > x:
        heap[at] = heap[(at - 1) // 2]
        place[heap[at]] = at
        at = (at - 1) // 2
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and sign * value[heap[child + 1]] < sign * value[heap[child]]:
            child += 1
        if sign * value[heap[child]] >= x:
            break
        heap[at] = heap[child]
        place[heap[at]] = at
        at = child
    heap[at] = slot
    place[slot] = at


@njit
def percentile(value, low, high, place, is_low, n, x):
    """Puts x, the n-th quantity, into the window; P90 once the window is full, else NaN."""
    slot = n % LONG
    value[slot] = x
    if n < LONG - 1:
        return np.nan
    if n == LONG - 1:
        order = np.argsort(value)
        for i in range(LONG):
            is_low[order[i]] = i < LOW
            if i < LOW:
                low[LOW - 1 - i] = order[i]
                place[order[i]] = LOW - 1 - i
            else:
                high[i - LOW] = order[i]
                place[order[i]] = i - LOW
    elif is_low[slot]:
        settle(low, place, value, LOW, place[slot], -1.0)
    else:
        settle(high, place, value, LONG - LOW, place[slot], 1.0)
    a, b = low[0], high[0]
    if value[a] > value[b]:
        low[0], high[0] = b, a
        place[a] = place[b] = 0
        is_low[a], is_low[b] = False, True
        settle(low, place, value, LOW, 0, -1.0)
        settle(high, place, value, LONG - LOW, 0, 1.0)
    return value[low[0]] + (value[high[0]] - value[low[0]]) * FRACTION


@njit(inline="always")
def decide(k1, k2, k3, k4):
    alpha = min(2.0, max(-2.0, k1 + 0.5 * k2))
    size = 0.2 if k3 > 2.0 else (0.5 if k3 > 1.0 else 1.0)
    gate = 1.0 if k4 > -1.0 else 0.0
    return alpha, size, gate


@njit
def batch(ts_ms, price, qty, side, lead, out):
    flows, tox, impacts = np.zeros(SHORT), np.zeros(MID), np.zeros(SMOOTH)
    of, os, og, ol = np.zeros(MID), np.zeros(MID), np.zeros(MID), np.zeros(MID)
    om, value = np.zeros(LONG), np.zeros(LONG)
    low, high = np.zeros(LOW, np.int32), np.zeros(LONG - LOW, np.int32)
    place, is_low = np.zeros(LONG, np.int32), np.zeros(LONG, np.bool_)
    flow = tox_sum = impact_sum = 0.0
    fm = f2 = sm = s2 = gm = g2 = tm = t2 = lm = l2 = before = 0.0
    for i in range(len(price)):
        v, log_price = qty[i] * side[i], np.log(price[i])
        k1 = k2 = k3 = k4 = flow_z = speed_z = np.nan
        m = i % MID
        flow = roll(flow, flows, i % SHORT, v)
        if i >= SHORT - 1:
            fm, f2 = slide(fm, f2, of, m, flow, i - SHORT + 2, MID)
            if i >= SHORT + MID - 2:
                flow_z = score(flow, fm, f2, MID)
        if i >= 1:
            speed = v / (np.sqrt((ts_ms[i] - ts_ms[i - 1]) / 1000.0) + 0.001)
            sm, s2 = slide(sm, s2, os, m, speed, i, MID)
            if i >= MID:
                speed_z = score(speed, sm, s2, MID)
            x = abs(v) * abs(float(side[i]) - float(side[i - 1]))
            tox_sum = roll(tox_sum, tox, m, x)
            if i >= MID:
                x = tox_sum / MID
                tm, t2 = slide(tm, t2, om, i % LONG, x, i - MID + 1, LONG)
                if i >= MID + LONG - 1:
                    k3 = score(x, tm, t2, LONG)
        k1 = 0.75 * flow_z + 0.25 * speed_z
        if i >= 3:
            x = 0.4 * lead[i] + 0.3 * lead[i - 1] + 0.2 * lead[i - 2] + 0.1 * lead[i - 3]
            gm, g2 = slide(gm, g2, og, m, x, i - 2, MID)
            if i >= MID + 2:
                k2 = score(x, gm, g2, MID)
        norm = percentile(value, low, high, place, is_low, i, qty[i])
        if i >= LONG - 1:
            x = abs(log_price - before) / (qty[i] + 0.01 * norm)
            impact_sum = roll(impact_sum, impacts, i % SMOOTH, x)
            if i >= LONG + SMOOTH - 2:
                x = impact_sum / SMOOTH
                count = i - (LONG + SMOOTH - 2) + 1
                lm, l2 = slide(lm, l2, ol, m, x, count, MID)
                if count >= MID:
                    k4 = -score(x, lm, l2, MID)
        before = log_price
        alpha, size, gate = decide(k1, k2, k3, k4)
        out[0, i], out[1, i], out[2, i], out[3, i] = k1, k2, k3, k4
        out[4, i], out[5, i], out[6, i], out[7, i] = alpha, size, gate, alpha * size * gate


# Where `step` keeps its windows in one array, and its scalars in another.
FLOWS, TOX, IMPACTS, OF, OS, OG, OL, OM, VALUE, END = np.cumsum(
    [0, SHORT, MID, SMOOTH, MID, MID, MID, MID, LONG, LONG]).tolist()


@njit
def step(f, r, low, high, place, is_low, out, ts_ms, price, qty, side, lead):
    i = int(f[0])
    f[0] += 1.0
    v, log_price = qty * side, np.log(price)
    k1 = k2 = k3 = k4 = flow_z = speed_z = np.nan
    m = i % MID
    at = FLOWS + i % SHORT
    f[1] = roll(f[1], r, at, v)
    if i >= SHORT - 1:
        f[4], f[5] = slide(f[4], f[5], r, OF + m, f[1], i - SHORT + 2, MID)
        if i >= SHORT + MID - 2:
            flow_z = score(f[1], f[4], f[5], MID)
    if i >= 1:
        speed = v / (np.sqrt((ts_ms - f[14]) / 1000.0) + 0.001)
        f[6], f[7] = slide(f[6], f[7], r, OS + m, speed, i, MID)
        if i >= MID:
            speed_z = score(speed, f[6], f[7], MID)
        x = abs(v) * abs(side - f[16])
        f[2] = roll(f[2], r, TOX + m, x)
        if i >= MID:
            x = f[2] / MID
            at = OM + i % LONG
            f[10], f[11] = slide(f[10], f[11], r, at, x, i - MID + 1, LONG)
            if i >= MID + LONG - 1:
                k3 = score(x, f[10], f[11], LONG)
    k1 = 0.75 * flow_z + 0.25 * speed_z
    if i >= 3:
        x = 0.4 * lead + 0.3 * f[17] + 0.2 * f[18] + 0.1 * f[19]
        f[8], f[9] = slide(f[8], f[9], r, OG + m, x, i - 2, MID)
        if i >= MID + 2:
            k2 = score(x, f[8], f[9], MID)
    f[19], f[18], f[17] = f[18], f[17], lead
    norm = percentile(r[VALUE:END], low, high, place, is_low, i, qty)
    if i >= LONG - 1:
        x = abs(log_price - f[15]) / (qty + 0.01 * norm)
        at = IMPACTS + i % SMOOTH
        f[3] = roll(f[3], r, at, x)
        if i >= LONG + SMOOTH - 2:
            x = f[3] / SMOOTH
            count = i - (LONG + SMOOTH - 2) + 1
            f[12], f[13] = slide(f[12], f[13], r, OL + m, x, count, MID)
            if count >= MID:
                k4 = -score(x, f[12], f[13], MID)
    f[14], f[15], f[16] = ts_ms, log_price, side
    alpha, size, gate = decide(k1, k2, k3, k4)
    out[0], out[1], out[2], out[3], out[4], out[5], out[6] = k1, k2, k3, k4, alpha, size, gate
    out[7] = alpha * size * gate
    return out[7]


def run_batch(d, best):
    out = np.empty((OUTPUTS, len(d["price"])))
    columns = [d[k] for k in ("ts_ms", "price", "qty", "side", "lead")]
    return best(3, len(d["price"]), lambda: batch(*columns, out))


def run_stream(rows, warm):
    state = (np.zeros(20), np.zeros(END), np.zeros(LOW, np.int32),
             np.zeros(LONG - LOW, np.int32), np.zeros(LONG, np.int32), np.zeros(LONG, np.bool_),
             np.zeros(OUTPUTS))
    rows = [tuple(map(float, row)) for row in rows]
    for row in rows[:warm]:
        step(*state, *row)
    start = time.perf_counter()
    for row in rows[warm:]:
        step(*state, *row)
    return (time.perf_counter() - start) / (len(rows) - warm)
