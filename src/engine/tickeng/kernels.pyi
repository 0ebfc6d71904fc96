# Written by `make docs` from the declarations of the kernels; do not edit by hand.
from datetime import timedelta
from typing import Literal

from tickeng.pipeline import Columns, Expression, Formula, Kernel, Node, Preset

_Number = Expression | float

class _Base(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    signed_qty: Node
    log_return: Node
    dt_s: Node
    log_price: Node

base: _Base
"""Base series v, r, dt and x."""

class _TradeFlow(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: int = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    trade_flow: Node

trade_flow: _TradeFlow
"""Signed volume of the last trades."""

class _K1(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        flow_window: int = ...,
        window: int = ...,
        flow_weight: float = ...,
        speed_weight: float = ...,
        mode: Literal['spec', 'engine'] = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        eps: Literal['absolute', 'relative'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    k1: Node

k1: _K1
"""Micro flow impact; the sign is the predicted direction."""

class _TradeImbalance(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: int | str | timedelta = ...,
        max_rows: int = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    trade_imbalance: Node

trade_imbalance: _TradeImbalance
"""Signed over whole volume of the last trades."""

class _BuyRatio(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: int | str | timedelta = ...,
        max_rows: int = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    buy_ratio: Node

buy_ratio: _BuyRatio
"""Share of bought volume among the last trades."""

class _Cvd(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        reset: Literal['day', 'never'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    cvd: Node

cvd: _Cvd
"""Signed volume since the day began."""

class _TradeSide(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        mid: Expression | str | float = ...,
        rule: Literal['tick', 'quote', 'lee_ready'] = ...,
        carry: bool = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    trade_side: Node

trade_side: _TradeSide
"""Side of a trade inferred from quotes and ticks."""

class _TradeImbalanceChange(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: str | timedelta = ...,
        lag: str | timedelta = ...,
        max_rows: int = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    trade_imbalance_change: Node

trade_imbalance_change: _TradeImbalanceChange
"""Change of the trade imbalance over a time."""

class _Speed(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        mode: Literal['spec', 'engine'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    speed: Node

speed: _Speed
"""Signed volume per root second."""

class _PriceMomentum(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        scale_1: int = ...,
        scale_2: int = ...,
        scale_3: int = ...,
        scale_4: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    price_momentum_1: Node
    price_momentum_2: Node
    price_momentum_3: Node
    price_momentum_4: Node

price_momentum: _PriceMomentum
"""Price returns over four numbers of trades."""

class _WindowReturn(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        mid: Expression | str | float = ...,
        window: str | timedelta = ...,
        max_rows: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    window_return: Node

window_return: _WindowReturn
"""Log return of the mid over a time, in bps."""

class _Leader(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        leader: str = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    leader_price: Node
    leader_age_s: Node

leader: _Leader
"""Price of another instrument as of each trade, and its age."""

class _K2(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: int = ...,
        alignment: Literal['asof_diff', 'last_return'] = ...,
        leader_max_age: float | str = ...,
        leader: str = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        eps: Literal['absolute', 'relative'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    k2: Node

k2: _K2
"""Recent returns of a leading instrument."""

class _Toxicity(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        carry: bool = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    toxicity: Node

toxicity: _Toxicity
"""Volume that trades against the previous side."""

class _K3(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        mean_window: int = ...,
        window: int = ...,
        carry: bool = ...,
        mode: Literal['spec', 'engine'] = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        eps: Literal['absolute', 'relative'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    k3: Node

k3: _K3
"""Toxicity against its recent past; high: two-sided large trading."""

class _Vpin(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        bucket: float = ...,
        window: int = ...,
        rank_window: int = ...,
        min_count: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    vpin: Node
    vpin_rank: Node
    vpin_nowcast: Node

vpin: _Vpin
"""Volume-synchronised probability of informed trading."""

class _VNorm(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: int = ...,
        p: float = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    v_norm: Node

v_norm: _VNorm
"""90th percentile of trade size."""

class _Impact(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        norm_window: int = ...,
        mode: Literal['spec', 'engine'] = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    impact: Node

impact: _Impact
"""Price move per unit traded."""

class _K4(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        norm_window: int = ...,
        mean_window: int = ...,
        window: int = ...,
        mode: Literal['spec', 'engine'] = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        eps: Literal['absolute', 'relative'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    k4: Node

k4: _K4
"""Liquidity against its recent past; high: cheap to trade."""

class _Amihud(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: int = ...,
        floor: float = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    amihud: Node

amihud: _Amihud
"""Mean price move per value traded."""

class _KyleLambda(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        interval: int = ...,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    kyle_lambda: Node
    kyle_lambda_t: Node

kyle_lambda: _KyleLambda
"""Price change per signed volume, by regression."""

class _KyleLambdaMid(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        mid: Expression | str | float = ...,
        interval: int = ...,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    kyle_lambda_mid: Node
    kyle_lambda_mid_t: Node

kyle_lambda_mid: _KyleLambdaMid
"""Mid change per signed volume, by regression."""

class _EffectiveSpread(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        mid: Expression | str | float = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    effective_spread: Node
    effective_spread_bps: Node
    effective_spread_signed: Node

effective_spread: _EffectiveSpread
"""Twice the distance of a trade from the mid."""

class _Hurst(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    hurst_continuous: Node

hurst: _Hurst
"""Hurst exponent by variance scaling, at every trade."""

class _Efficiency(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    efficiency_signed: Node
    efficiency_unsigned: Node

efficiency: _Efficiency
"""Net move over path length, at every trade."""

class _Regime(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        step: int = ...,
        update: Literal['sparse', 'continuous'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    hurst: Node
    efficiency: Node

regime: _Regime
"""Regime vector: Hurst exponent and signed efficiency."""

class _Signal(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        k1: Expression | str | float = ...,
        k2: Expression | str | float = ...,
        lead_weight: float = ...,
        clip: float = ...,
        leader_max_age: float | str = ...,
        leader: str = ...,
        mode: Literal['spec', 'engine'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    signal: Node

signal: _Signal
"""Direction and strength before size and gate."""

class _Alpha(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        signal: Expression | str | float = ...,
        size: Expression | str | float = ...,
        gate: Expression | str | float = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    alpha: Node

alpha: _Alpha
"""The decision: signal times size where the gate is open."""

class _Size(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        k3: Expression | str | float = ...,
        half_above: float = ...,
        fifth_above: float = ...,
        smooth: bool = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    size: Node

size: _Size
"""How much of the full size toxicity allows."""

class _Ready(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        k1: Expression | str | float = ...,
        k3: Expression | str | float = ...,
        k4: Expression | str | float = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    ready: Node

ready: _Ready
"""1 when all required kernels are warm."""

class _Gate(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        k4: Expression | str | float = ...,
        ready: Expression | str | float = ...,
        k2: Expression | str | float = ...,
        min_k4: float = ...,
        engine_min_k4: float = ...,
        leader_required: bool = ...,
        leader_max_age: float | str = ...,
        leader: str = ...,
        mode: Literal['spec', 'engine'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    gate: Node
    reason: Node

gate: _Gate
"""Whether trading is allowed, and why not."""

class _MidSpread(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    mid: Node
    spread: Node
    spread_bps: Node

mid_spread: _MidSpread
"""Mid price and bid-ask spread."""

class _TopOfBook(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    best_bid: Node
    best_bid_qty: Node
    best_ask: Node
    best_ask_qty: Node
    quote_time_s: Node
    quote_time_ns: Node

top_of_book: _TopOfBook
"""Best bid and ask, their sizes and their time."""

class _Microprice(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    microprice: Node

microprice: _Microprice
"""Mid weighted by the sizes of the other sides."""

class _MicropriceDisplacement(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    microprice_displacement: Node
    microprice_displacement_spreads: Node

microprice_displacement: _MicropriceDisplacement
"""Microprice against the mid, in bps and in spreads."""

class _QuoteImbalance(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    quote_imbalance: Node

quote_imbalance: _QuoteImbalance
"""Imbalance of the sizes at best bid and ask."""

class _QuoteImbalanceChange(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        time: str | timedelta = ...,
        max_rows: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    quote_imbalance_change: Node

quote_imbalance_change: _QuoteImbalanceChange
"""Change of the quote imbalance over a time."""

class _QuoteOfi(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        window: str | timedelta = ...,
        max_rows: int = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    quote_ofi: Node
    quote_ofi_norm: Node

quote_ofi: _QuoteOfi
"""Order-flow imbalance of best bid and ask."""

class _PrevailingQuote(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        best_bid: Expression | str | float = ...,
        best_bid_qty: Expression | str | float = ...,
        best_ask: Expression | str | float = ...,
        best_ask_qty: Expression | str | float = ...,
        quote_time_s: Expression | str | float = ...,
        quote_time_ns: Expression | str | float = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    prevailing_bid: Node
    prevailing_bid_qty: Node
    prevailing_ask: Node
    prevailing_ask_qty: Node
    quote_age: Node

prevailing_quote: _PrevailingQuote
"""The quote that a trade met, and its age."""

class _DepthImbalance(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        depth_1: int = ...,
        depth_2: int = ...,
        depth_3: int = ...,
        depth_4: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    depth_imbalance_1: Node
    depth_imbalance_2: Node
    depth_imbalance_3: Node
    depth_imbalance_4: Node

depth_imbalance: _DepthImbalance
"""Imbalance of the best levels for four depths."""

class _TimeBars(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        period: float | str = ...,
        first_bar: Literal['drop', 'keep'] = ...,
        zone: str = ...,
        start: float | str = ...,
        end: float | str = ...,
        days: Literal['all', 'weekdays'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    open: Node
    high: Node
    low: Node
    close: Node
    volume: Node
    signed_volume: Node
    vwap: Node
    trades: Node

time_bars: _TimeBars
"""Bars of equal time."""

class _TickBars(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        size: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    open: Node
    high: Node
    low: Node
    close: Node
    volume: Node
    signed_volume: Node
    vwap: Node
    trades: Node

tick_bars: _TickBars
"""Bars of an equal number of trades."""

class _VolumeBars(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        size: float = ...,
        split: bool = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    open: Node
    high: Node
    low: Node
    close: Node
    volume: Node
    signed_volume: Node
    vwap: Node
    trades: Node

volume_bars: _VolumeBars
"""Bars of equal volume."""

class _DollarBars(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        size: float = ...,
        split: bool = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    open: Node
    high: Node
    low: Node
    close: Node
    volume: Node
    signed_volume: Node
    vwap: Node
    trades: Node

dollar_bars: _DollarBars
"""Bars of equal value traded."""

class _RenkoBars(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        brick: float = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    open: Node
    high: Node
    low: Node
    close: Node
    volume: Node
    signed_volume: Node
    vwap: Node
    trades: Node
    bricks: Node

renko_bars: _RenkoBars
"""Bricks of equal height."""

class _Timer(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        period: float | str = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...

timer: _Timer
"""A clock that ticks at multiples of a period."""

class _TradeGrid(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        period: float | str = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    open: Node
    high: Node
    low: Node
    close: Node
    volume: Node
    signed_volume: Node
    vwap: Node
    trades: Node

trade_grid: _TradeGrid
"""A timer with what was traded since its last row."""

class _Session(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        start: float | str = ...,
        utc_offset: float | str = ...,
        days: Literal['all', 'weekdays'] = ...,
        zone: str = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...

session: _Session
"""A clock that ticks where a session begins."""

class _MarketOpen(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        start: float | str = ...,
        end: float | str = ...,
        zone: str = ...,
        days: Literal['all', 'weekdays'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    market_open: Node
    time_to_close_s: Node

market_open: _MarketOpen
"""Whether a daily session is open, and for how long."""

class _Rsi(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        bars: Expression | str | float = ...,
        window: int = ...,
        form: Literal['cutler', 'wilder'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    rsi: Node

rsi: _Rsi
"""Relative strength index."""

class _Adx(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        bars: Expression | str | float = ...,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    adx: Node
    plus_di: Node
    minus_di: Node
    atr: Node

adx: _Adx
"""Average directional index, +DI, -DI and ATR."""

class _RealizedVol(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        bars: Expression | str | float = ...,
        window: int = ...,
        periods_per_year: float = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    realized_vol: Node
    realized_vol_annual: Node

realized_vol: _RealizedVol
"""Standard deviation of the last returns of bars."""

class _EwmaVol(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        bars: Expression | str | float = ...,
        decay: float = ...,
        min_count: int = ...,
        periods_per_year: float = ...,
        floor: float = ...,
        ceiling: float = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    ewma_vol: Node
    ewma_vol_unclipped: Node

ewma_vol: _EwmaVol
"""Volatility from exponentially weighted returns of bars."""

class _Sum(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int | str | timedelta = ...,
        max_rows: int = ...,
        excl: bool = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    sum: Node

sum: _Sum
"""Sum of the last values."""

class _Mean(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int | str | timedelta = ...,
        max_rows: int = ...,
        excl: bool = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    mean: Node

mean: _Mean
"""Mean of the last values."""

class _Std(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int = ...,
        excl: bool = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    std: Node

std: _Std
"""Population standard deviation of the last values."""

class _Z(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int = ...,
        excl: bool = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        eps: Literal['absolute', 'relative'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    z: Node

z: _Z
"""A value against the last values."""

class _Rank(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int = ...,
        min_count: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    rank: Node

rank: _Rank
"""Percentile rank of a value among the last values."""

class _Quantile(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int = ...,
        q: float = ...,
        excl: bool = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    quantile: Node

quantile: _Quantile
"""Quantile of the last values."""

class _Median(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int = ...,
        excl: bool = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    median: Node

median: _Median
"""Median of the last values."""

class _Lowest(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int = ...,
        excl: bool = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    lowest: Node

lowest: _Lowest
"""Least of the last values."""

class _Highest(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int = ...,
        excl: bool = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    highest: Node

highest: _Highest
"""Greatest of the last values."""

class _Ema(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        span: float = ...,
        halflife: float = ...,
        alpha: float = ...,
        tau: str | timedelta = ...,
        weights: Literal['auto', 'rows', 'time'] = ...,
        warmup: Literal['strict', 'expanding'] = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    ema: Node

ema: _Ema
"""Exponentially weighted mean."""

class _Lag(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        rows: int = ...,
        time: str | timedelta = ...,
        max_rows: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    lag: Node

lag: _Lag
"""The value some rows or a time before."""

class _Diff(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        rows: int = ...,
        time: str | timedelta = ...,
        max_rows: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    diff: Node

diff: _Diff
"""Change over some rows or a time."""

class _Sample(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    sample: Node

sample: _Sample
"""An output as of each row of a clock."""

class _Corr(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        y: Expression | str | float = ...,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    corr: Node

corr: _Corr
"""Correlation of two series."""

class _Cov(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        y: Expression | str | float = ...,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    cov: Node

cov: _Cov
"""Covariance of two series."""

class _Beta(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        y: Expression | str | float = ...,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    beta: Node

beta: _Beta
"""Slope of one series on another."""

class _Slope(Kernel):
    def __call__(  # type: ignore[override]
        self, *inputs: Expression | str | float,
        x: Expression | str | float = ...,
        window: int = ...,
        name: str | None = None,
        on: str | None = None,
    ) -> Node: ...
    slope: Node

slope: _Slope
"""Slope of the last values, a row."""

chain: Preset
"""K1..K5, signal, size, gate and alpha: the decision after every trade."""
pump: Preset
"""pump and exhaustion scores of trades and quotes, every 100 ms."""

class _Trade(Columns):
    price: Formula
    qty: Formula
    side: Formula

trade: _Trade

class _Quote(Columns):
    bid: Formula
    bid_qty: Formula
    ask: Formula
    ask_qty: Formula

quote: _Quote

class _Book(Columns):
    bid: Formula
    bid_qty: Formula
    ask: Formula
    ask_qty: Formula
    bid_levels: Formula
    ask_levels: Formula

book: _Book

class _Bar(Columns):
    open: Formula
    high: Formula
    low: Formula
    close: Formula
    volume: Formula
    signed_volume: Formula
    vwap: Formula
    trades: Formula

bar: _Bar

class _Own(Columns):
    price: Formula
    qty: Formula
    side: Formula

own: _Own

def abs(x: _Number, /) -> Formula: ...
def sign(x: _Number, /) -> Formula: ...
def sqrt(x: _Number, /) -> Formula: ...
def log(x: _Number, /) -> Formula: ...
def exp(x: _Number, /) -> Formula: ...
def min(a: _Number, b: _Number, *more: _Number) -> Formula: ...
def max(a: _Number, b: _Number, *more: _Number) -> Formula: ...
def clip(x: _Number, low: _Number, high: _Number, /) -> Formula: ...
def where(condition: _Number, then: _Number, otherwise: _Number, /) -> Formula: ...
def sdiv(a: _Number, b: _Number, d: _Number, /) -> Formula: ...
def isnan(x: _Number, /) -> Formula: ...
def eq(a: _Number, b: _Number, /) -> Formula: ...
def ne(a: _Number, b: _Number, /) -> Formula: ...
