"""The golden tables: values computed independently of this engine, to 1e-9."""

import numpy as np
import pytest

from tests.golden.lcg import golden_stream
from tickeng import Engine

NaN = float("nan")
DEFAULT_COLUMNS = ("k1", "k2", "k3", "k4", "hurst", "efficiency", "signal", "size", "gate", "alpha")
DEFAULTS = {  # absolute eps, spec modes, strict warm-up, leader by arrival
    1085: (NaN, -0.5632417718, NaN, NaN, NaN, NaN, NaN, 0, 0, 0),
    1086: (0.3668789131, -0.2980401838, NaN, NaN, NaN, NaN, 0.2178588212, 0, 0, 0),
    1500: (-0.610607518, 1.264465002, NaN, NaN, NaN, NaN, 0.0216249832, 0, 0, 0),
    5000: (0.6051997785, -0.174024944, NaN, NaN, 0.526231895, 0.003918877334, 0.5181873065, 0, 0,
           0),
    11022: (-0.7012136305, 1.468405831, NaN, NaN, 0.5302430337, -0.01778732775, 0.03298928495, 0,
            0, 0),
    11023: (-0.5815974351, 1.337533468, 1.792976072, NaN, 0.5302430337, -0.01778732775,
            0.08716929889, 0.5, 0, 0),
    11276: (0.02719291451, 0.01633976225, 1.134745693, NaN, 0.5302430337, -0.01778732775,
            0.03536279564, 0.5, 0, 0),
    11277: (-0.2680163436, 0.01810052855, 1.101532237, 2.569955841, 0.5302430337, -0.01778732775,
            -0.2589660793, 0.5, 1, -0.1294830396),
    15000: (-1.278674086, 0.5261050615, 0.6045061952, -0.9995763395, 0.5190321053, 0.002964910775,
            -1.015621556, 1, 1, -1.015621556),
    17500: (1.207313087, -0.1927396678, -0.9788961497, 0.9275152662, 0.5190321053, 0.002964910775,
            1.110943253, 1, 1, 1.110943253),
    19999: (0.09077803754, -2.038453938, 0.2151556797, 0.08189508306, 0.5190321053, 0.002964910775,
            -0.9284489316, 1, 1, -0.9284489316),
}
MERGED_COLUMNS = ("k2", "signal", "alpha")
MERGED = {  # the leader as timestamped events: one with the trade's own time is not yet seen
    1028: (1.283696439, NaN, 0),
    1086: (-0.5626760851, 0.08554087056, 0),
    1500: (0.0786045844, -0.5713052258, 0),
    5000: (-0.4402038801, 0.3850978385, 0),
    11277: (0.01624973451, -0.2598914763, -0.1299457382),
    15000: (1.31291648, -0.6222158462, -0.6222158462),
    17500: (-0.1925467679, 1.111039703, 1.111039703),
    19999: (-1.357928183, -0.5881860537, -0.5881860537),
}
RELATIVE_COLUMNS = ("k1", "k2", "k3", "k4")
RELATIVE = {  # eps=relative, spec modes
    1085: (NaN, -0.563391091, NaN, NaN),
    1086: (0.366878913, -0.298119195, NaN, NaN),
    1500: (-0.610607517, 1.2647996, NaN, NaN),
    11022: (-0.701213631, 1.46878263, NaN, NaN),
    11023: (-0.581597436, 1.33787639, 1.79297624, NaN),
    11276: (0.0271929145, 0.0163438973, 1.13474579, NaN),
    11277: (-0.268016343, 0.0181051164, 1.10153234, 2.57101145),
    15000: (-1.27867408, 0.526240976, 0.604506247, -0.99985228),
    19999: (0.0907780376, -2.03900871, 0.2151557, 0.0819319811),
}
ENGINE_COLUMNS = ("k1", "k3", "k4")
ENGINE = {  # eps=relative, engine modes, strict
    1085: (NaN, NaN, 1.16845786),
    1086: (0.359781148, NaN, 0.669562793),
    1500: (-0.538225315, NaN, -0.622384598),
    11022: (-0.723042216, -0.773137989, -0.41528858),
    11023: (0.127980595, 1.85209655, -0.545845131),
    11276: (-0.00482962058, -0.771855417, -0.395624827),
    11277: (-0.384183536, -0.771855417, 0.0805951185),
    15000: (-1.27817272, -0.77379374, -1.25773069),
    19999: (0.390887518, -0.773943634, 1.03289059),
}
SEED_COLUMNS = ("k1", "k3", "k4", "alpha")
SEED = {  # the original engine as written: engine modes, expanding, absolute eps
    1: (-0.9999995229, 0, -0.9998346551, -0.9999995229),
    2: (1.41335953, 1.414213543, 0.5741112751, 0.7066797649),
    500: (-0.5975036671, -0.7670901053, -0.9690142717, -0.5975036671),
    1086: (0.3597355697, -0.6300391942, 0.6692982534, 0.3597355697),
    1500: (-0.5382253158, -0.7589684333, -0.6221379986, -0.5382253158),
    10062: (1.565088435, 1.908755802, 0.2934040362, 0.7825442174),
    11023: (0.1279805955, 1.852096541, -0.5456410338, 0.06399029774),
    11277: (-0.3841835355, -0.7718554154, 0.08056490472, -0.3841835355),
    15000: (-1.278172723, -0.7737937384, -1.257250904, -1.278172723),
    17500: (1.664742175, -0.774287944, 1.094868945, 1.664742175),
    19999: (0.3908875177, -0.7739436319, 1.032481305, 0.3908875177),
}


def check(columns, table, value, digits=10):
    """Values to 1e-9, or to half a unit of the last printed digit where fewer are printed."""
    for index, expected in table.items():
        for name, want in zip(columns, expected, strict=True):
            got = value(index, name)
            where = f"{name} at {index}"
            assert np.isnan(got) == np.isnan(want), where
            if want and not np.isnan(want):
                printed = 0.51 * 10.0 ** (np.floor(np.log10(abs(want))) - digits + 1)
                assert abs(got - want) <= max(1e-9, printed), where


@pytest.fixture(scope="module")
def by_arrival():
    """Decisions with the leader updated just before each trade, as on_leader obeys call order."""

    def run(**overrides):
        stream, engine = golden_stream(), Engine(**overrides)
        columns = (stream.ts_ns, stream.price, stream.qty, stream.side, stream.leader)
        decisions = []
        for ts_ns, price, qty, side, leader in zip(*(c.tolist() for c in columns), strict=True):
            engine.on_leader(ts_ns, leader)
            decisions.append(engine.on_tick(ts_ns, price, qty, side))
        return lambda index, name: getattr(decisions[index], name)

    return run


def test_defaults_with_leader_by_arrival(by_arrival):
    check(DEFAULT_COLUMNS, DEFAULTS, by_arrival())


def test_relative_eps(by_arrival):
    check(RELATIVE_COLUMNS, RELATIVE, by_arrival(eps="relative"), digits=9)


def test_leader_merged_by_time():
    s = golden_stream()
    frame = Engine().run(s.ts_ns, s.price, s.qty, s.side, leader=(s.ts_ns, s.leader))
    check(MERGED_COLUMNS, MERGED, lambda index, name: frame[name][index])
    unchanged = [c for c in DEFAULT_COLUMNS if c not in MERGED_COLUMNS]
    table = {i: tuple(v for c, v in zip(DEFAULT_COLUMNS, row, strict=True) if c in unchanged)
             for i, row in DEFAULTS.items()}
    check(unchanged, table, lambda index, name: frame[name][index])
    assert np.isnan(frame["k2"][1027])


@pytest.mark.parametrize(
    ("columns", "table", "overrides", "digits"),
    [(ENGINE_COLUMNS, ENGINE, {"mode": "engine", "eps": "relative"}, 9),
     (SEED_COLUMNS, SEED, {"mode": "engine", "warmup": "expanding"}, 10)])
def test_engine_modes(columns, table, overrides, digits):
    s = golden_stream()
    frame = Engine(**overrides).run(s.ts_ns, s.price, s.qty, s.side)
    check(columns, table, lambda index, name: frame[name][index], digits)


def test_volume_norm():
    s = golden_stream()
    frame = Engine(kernels="v_norm").run(s.ts_ns, s.price, s.qty, s.side)
    table = {11022: (1.34898931,), 11277: (1.34947788,), 15000: (1.34843714,),
             19999: (1.34975582,)}
    check(("v_norm",), table, lambda index, name: frame[name][index], digits=9)
    assert np.isnan(frame["v_norm"][9998]) and not np.isnan(frame["v_norm"][9999])


def test_regime_over_the_last_window():
    s = golden_stream()
    frame = Engine(regime_update="continuous").run(s.ts_ns, s.price, s.qty, s.side)
    assert abs(frame["hurst"][19999] - 0.530383051) < 1e-9
    assert abs(frame["efficiency"][19999] - 0.0186370817) < 1e-9
