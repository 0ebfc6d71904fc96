"""Parquet, Arrow and Feather: types say a part of what text leaves open, and hide another part.

Fixed-point integers with the scale in metadata, codes in small integers, timestamps of any unit.
"""

import datetime as dt

from tests.layouts.entry import Columns, Layout, Trade, ns, trades

THREE = trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61799.5 1.25 -
""")
NAMED = tuple(row._replace(symbol="BTC/USDT") for row in THREE)
MS = (1709287200123, 1709287200456, 1709287201000)
PRICES, QTYS = (61800.1, 61800.0, 61799.5), (0.5, 0.25, 1.25)
WORDS, MAKERS = ("buy", "sell", "sell"), (False, True, True)
UTC = tuple(dt.datetime.fromtimestamp(ms // 1000, dt.UTC).replace(microsecond=ms % 1000 * 1000)
            for ms in MS)


def columns(spec: str, *cells: tuple, form: str = "parquet", metadata: dict | None = None):
    """Columns of `name:type:role` words."""
    words = [word.split("=") for word in spec.split()]
    return Columns(tuple(w[0] for w in words), tuple(zip(*cells, strict=True)),
                   tuple(w[2] for w in words), tuple(arrow_type(w[1]) for w in words), form,
                   metadata or {})


def arrow_type(name: str):
    import pyarrow as pa

    if name.startswith("bin"):
        return pa.binary(int(name[3:]))
    if name.startswith("ts"):
        unit, _, zone = name[2:].partition("@")
        return pa.timestamp(unit, zone or None)
    if name == "dict":
        return pa.dictionary(pa.int32(), pa.string())
    return pa.type_for_alias(name)


def raw(value: float, digits: int, size: int) -> bytes:
    return int(round(value * 10**3) * 10**(digits - 3)).to_bytes(size, "little", signed=True)


def fixed(value: float, digits: int) -> int:
    return round(value * 10**3) * 10**(digits - 3)


FREQTRADE = ("timestamp=int64=ts id=string=id type=string=- side=string=side price=double=price "
             "amount=double=qty cost=double=-")
FREQ_CELLS = (MS, ("9001", "9002", "9003"), (None,) * 3, WORDS, PRICES, QTYS,
              (30900.05, 15450.0, 77249.375))
BINANCE = ("agg_trade_id=int64=id price=double=price quantity=double=qty first_trade_id=int64=- "
           "last_trade_id=int64=- transact_time=int64=ts is_buyer_maker=bool=maker")
NAUTILUS = ("price={0}=- size={0}=- aggressor_side=uint8=- trade_id=string=id ts_event=uint64=- "
            "ts_init=uint64=-")
NAUTILUS_CODES, NAUTILUS_NS = (1, 2, 2), tuple(ms * 10**6 for ms in MS)
SOURCE = "nautech nautilus_serialization arrow/trade"

LAYOUTS = (
    Layout("freqtrade trades, Feather", "freqtrade docs (trades, feather)",
           "BTC_USDT-trades.feather",
           columns(FREQTRADE, *FREQ_CELLS, form="feather"), THREE),
    Layout("freqtrade trades, Parquet", "freqtrade docs (trades, parquet)",
           "BTC_USDT-trades.parquet", columns(FREQTRADE, *FREQ_CELLS), THREE),
    Layout("Binance dump as pandas saves it", "pd.read_csv(...).to_parquet(...)",
           "BTCUSDT-aggTrades.parquet",
           columns(BINANCE, (1, 2, 3), PRICES, QTYS, (5, 6, 7), (5, 6, 9), MS, MAKERS), THREE),
    Layout("Tardis trades as Arrow with dictionaries", "docs.tardis.dev; polars Categorical",
           "trades.arrow", columns(
               "exchange=dict=- symbol=dict=symbol timestamp=tsus@UTC=ts "
               "local_timestamp=tsus@UTC=recv id=string=id side=dict=side price=double=price "
               "amount=double=qty", ("binance",) * 3, ("BTC/USDT",) * 3, UTC, UTC,
               ("1", "2", "3"), WORDS, PRICES, QTYS, form="arrow"), NAMED),
    Layout("a stream of Arrow batches", "Arrow IPC streaming format", "trades.arrows", columns(
        "ts_ns=int64=ts symbol=string=symbol price=double=price qty=double=qty side=int8=side",
        NAUTILUS_NS, ("BTC/USDT",) * 3, PRICES, QTYS, (1, -1, -1), form="arrows"), NAMED),
    Layout("pandas with milliseconds and no zone", "df.to_parquet", "trades.parquet", columns(
        "time=tsms=ts price=double=price size=double=qty side=string=side",
        tuple(when.replace(tzinfo=None) for when in UTC), PRICES, QTYS, WORDS), THREE),
    Layout("pandas with New York time in the type", "df.to_parquet", "trades.parquet", columns(
        "time=tsns@America/New_York=ts price=double=price size=double=qty side=string=side",
        UTC, PRICES, QTYS, WORDS), THREE),
    Layout("decimals as text", "exports that keep every digit", "trades.parquet", columns(
        "timestamp=int64=ts price=string=price qty=string=qty side=string=side", MS,
        ("61800.1", "61800.0", "61799.5"), ("0.5", "0.25", "1.25"), WORDS), THREE),
    Layout("is_buy as a flag", "frames of own recorders", "trades.parquet", columns(
        "timestamp=int64=ts price=double=price qty=double=qty is_buy=bool=-", MS, PRICES, QTYS,
        (True, False, False)), THREE, asks={"map": {"side": "is_buy"}, "sides": {
            "buy": [True], "sell": [False]}}, known=True),
    Layout("side as a flag that does not say what is true", "df.side == 'buy'", "trades.parquet",
           columns("timestamp=int64=ts price=double=price qty=double=qty side=bool=side", MS,
                   PRICES, QTYS, (True, False, False)), THREE,
           asks={"sides": {"buy": [True], "sell": [False]}}),
    Layout("side as 0 and 1", "recoded frames", "trades.parquet", columns(
        "timestamp=int64=ts price=double=price qty=double=qty side=int8=side", MS, PRICES, QTYS,
        (0, 1, 1)), THREE, asks={"sides": {"buy": [0], "sell": [1]}}),
    Layout("side as a float +1 and -1", "frames of researchers", "trades.parquet", columns(
        "timestamp=int64=ts price=double=price qty=double=qty side=double=side", MS, PRICES, QTYS,
        (1.0, -1.0, -1.0)), THREE),
    Layout("signed sizes without a side", "Bitfinex frames", "trades.parquet", columns(
        "timestamp=int64=ts price=double=price amount=double=signed", MS, PRICES,
        (0.5, -0.25, -1.25)), THREE, asks={"qty_sign": "side"}),
    Layout("NautilusTrader, old: integers in 1e-9", SOURCE + " 0.2x; #1791",
           "nautilus.parquet", columns(
               NAUTILUS.format("int64"), tuple(fixed(p, 9) for p in PRICES),
               tuple(fixed(q, 9) for q in QTYS), NAUTILUS_CODES, ("1", "2", "3"), NAUTILUS_NS,
               NAUTILUS_NS, metadata={"instrument_id": "BTCUSDT.BINANCE", "price_precision": "1",
                                      "size_precision": "2"}), THREE,
           asks={"price_scale": "1e-9", "qty_scale": "1e-9",
                 "sides": {"buy": [1], "sell": [2], "unknown": [0]}}, known=True),
    Layout("NautilusTrader: 16 bytes in 1e-16", SOURCE + " (high precision)", "nautilus16.parquet",
           columns(NAUTILUS.format("bin16"), tuple(raw(p, 16, 16) for p in PRICES),
                   tuple(raw(q, 16, 16) for q in QTYS), NAUTILUS_CODES, ("1", "2", "3"),
                   NAUTILUS_NS, NAUTILUS_NS,
                   metadata={"instrument_id": "BTCUSDT.BINANCE", "price_precision": "1",
                             "size_precision": "2"}), THREE,
           asks={"sides": {"buy": [1], "sell": [2], "unknown": [0]}}, known=True,
           may_refuse=("binary", "fixed", "price")),
    Layout("Databento frame to Parquet: index lost, prices in 1e-9", "databento-python to_parquet",
           "trades.parquet", columns(
               "ts_event=uint64=ts rtype=uint8=- publisher_id=uint16=- instrument_id=uint32=- "
               "action=string=- side=string=- depth=uint8=- price=int64=- size=uint32=- "
               "flags=uint8=- ts_in_delta=int32=- sequence=uint32=- symbol=string=-", NAUTILUS_NS,
               (0,) * 3, (1,) * 3, (17077,) * 3, ("T",) * 3, ("B", "A", "N"), (0,) * 3,
               (5100250000000, 5100500000000, 5100250000000), (3, 1, 10), (0,) * 3, (1,) * 3,
               (901, 902, 903), ("ESH4",) * 3), trades("""
2024-03-01T10:00:00.123 5100.25 3 + ESH4
2024-03-01T10:00:00.456 5100.5 1 - ESH4
2024-03-01T10:00:01 5100.25 10 0 ESH4
"""), asks={"price_scale": "1e-9",
            "sides": {"buy": ["B"], "sell": ["A"], "unknown": ["N"]}}, known=True),
    Layout("bars in Parquet", "yfinance frames", "bars.parquet", columns(
        "Date=tsns=- Open=double=- High=double=- Low=double=- Close=double=- Volume=int64=-",
        tuple(when.replace(tzinfo=None) for when in UTC), PRICES, PRICES, PRICES, PRICES,
        (1, 2, 3)), refuses=("bar", "OHLC", "candle")),
    Layout("quotes in Parquet", "nautilus_serialization arrow/quote", "quotes.parquet", columns(
        "bid_price=int64=- ask_price=int64=- bid_size=uint64=- ask_size=uint64=- ts_event=uint64=- "
        "ts_init=uint64=-", (1, 2, 3), (1, 2, 3), (1, 2, 3), (1, 2, 3), NAUTILUS_NS, NAUTILUS_NS),
        refuses=("quote", "book")),
)

assert isinstance(THREE[0], Trade) and THREE[0].ts_ns == ns("2024-03-01T10:00:00.123")
