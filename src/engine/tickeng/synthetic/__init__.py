"""Made-up tapes in which is planted what kernels are to find, and files of them to try things on.

    from tickeng import Engine, synthetic

    trades = synthetic.impact(100_000, seed=7, impact=0.05)
    Engine(kernels="kyle_lambda").run(trades=trades)["kyle_lambda"]   # about 0.05
    synthetic.generate("market", "day.zst", rows=100_000)    # trades, quotes, depth

The same rows and seed give the same bits on every machine and with every NumPy: draws are the raw
64-bit numbers of PCG64, whose stream NumPy guarantees, their upper 53 bits taken as u in [0, 1),
and what is made of them are sums, products, quotients and roundings, each rounded once. Nothing
passes through a log, an exponential or `Generator.normal`, whose last bits differ. Draws are taken
row by row: a longer tape begins with the shorter one of its seed.
"""

from .market import market
from .tapes import disturbed, impact, lead_lag, walk
from .writing import TAPES, generate

__all__ = ["TAPES", "disturbed", "generate", "impact", "lead_lag", "market", "walk"]
