"""Exports of trading platforms, and the text files of retail data shops.

Two-column times, wall time without a word of it, quotes sold as ticks, bars.
"""

from tests.layouts.entry import Layout, text, trades

NY_TICKS = trades("""
2024-03-01T14:30:00 179.5 100 0
2024-03-01T14:30:00 179.52 5 +
2024-03-01T14:30:01 179.5 1 -
""")

TICKS = (
    Layout("MetaTrader 5 ticks of an exchange symbol: broker's wall time",
           "MetaTrader 5 help (ticks)",
           "SBER_202403011000_202403011100.csv", text("""
<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>
2024.03.01\t12:00:00.123\t292.3\t292.31\t292.31\t5\t56
2024.03.01\t12:00:00.456\t292.3\t292.31\t292.3\t12\t88
2024.03.01\t12:00:01.000\t292.29\t292.3\t292.29\t1\t88
""", "date time - - price qty -", delimiter="\t"), trades("""
2024-03-01T10:00:00.123 292.31 5 0
2024-03-01T10:00:00.456 292.3 12 -
2024-03-01T10:00:01 292.29 1 -
"""), given={"map": {"price": "<LAST>", "qty": "<VOLUME>"}}, asks={
            "tz": "Europe/Athens", "infer_side": "tick", "time_columns": ["<DATE>", "<TIME>"]}),
    Layout("MetaTrader 5 ticks of a currency: quotes", "MetaTrader 5 help (ticks)",
           "EURUSD_202403011000_202403011100.csv", text("""
<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>
2024.03.01\t12:00:00.017\t1.08101\t1.08112\t\t\t6
2024.03.01\t12:00:00.228\t1.08102\t1.08112\t\t\t2
2024.03.01\t12:00:00.525\t1.08102\t1.08113\t\t\t4
""", "", delimiter="\t"), given={"tz": "Europe/Athens"},
           refuses=("quote", "bid", "<LAST>")),
    Layout("MetaTrader 5 bars", "MetaTrader 5 help (bars)", "EURUSD_M1.csv", text("""
<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>
2024.03.01\t12:00:00\t1.081\t1.0812\t1.0809\t1.0811\t123\t0\t12
2024.03.01\t12:01:00\t1.0811\t1.0813\t1.081\t1.0812\t99\t0\t12
""", "", delimiter="\t"), refuses=("bar", "OHLC", "candle")),
    Layout("NinjaTrader ticks with quotes", "NinjaTrader 8 help (importing)", "ES 03-24.Last.txt",
           text("""
20240301 083000 1230000;5100.25;5100;5100.25;3
20240301 083000 4560000;5100.5;5100.25;5100.5;1
20240301 083001 0000000;5100.25;5100.25;5100.5;10
""", "ts price - - qty", header=False, delimiter=";"), trades("""
2024-03-01T14:30:00.123 5100.25 3 0
2024-03-01T14:30:00.456 5100.5 1 +
2024-03-01T14:30:01 5100.25 10 -
"""), asks={"header": ["time", "price", "bid", "ask", "volume"], "tz": "America/Chicago",
            "infer_side": "tick", "time_format": "%Y%m%d %H%M%S %f"}, may_refuse=("time",)),
    Layout("NinjaTrader ticks, whole seconds", "NinjaTrader 6 help (import)", "MSFT.txt", text("""
20240301 083000;412.1;1
20240301 083001;412.25;25
20240301 083002;412.25;36
""", "ts price qty", header=False, delimiter=";"), trades("""
2024-03-01T14:30:00 412.1 1 0
2024-03-01T14:30:01 412.25 25 +
2024-03-01T14:30:02 412.25 36 +
"""), asks={"header": ["time", "price", "volume"], "tz": "America/Chicago",
            "infer_side": "tick", "time_format": "%Y%m%d %H%M%S"}, may_refuse=("time",)),
    Layout("MultiCharts ticks: quoted, American dates", "MultiCharts help (export data)",
           "MSFT.csv", text('''
"Date","Time","Price","Volume"
"03/15/2024","09:30:00",179.5,100
"03/15/2024","09:30:00",179.52,5
"03/15/2024","09:30:01",179.5,1
''', "date time price qty", quotes=True), trades("""
2024-03-15T13:30:00 179.5 100 0
2024-03-15T13:30:00 179.52 5 +
2024-03-15T13:30:01 179.5 1 -
"""), given={"tz": "America/New_York"}, asks={"infer_side": "tick",
                                             "time_format": "%m/%d/%Y %H:%M:%S"}, known=True),
    Layout("American or European: 03/01/2024", "user exports; gbeced/pyalgotrade#16", "ticks.csv",
           text("""
Date,Time,Price,Volume
03/01/2024,09:30:00,179.5,100
03/01/2024,09:30:00,179.52,5
03/01/2024,09:30:01,179.5,1
""", "date time price qty"), NY_TICKS, given={"tz": "America/New_York", "infer_side": "tick"},
           asks={"time_format": "%m/%d/%Y %H:%M:%S"}),
    Layout("Kibot ticks: no header, bid and ask beside the price", "kibot.com support (formats)",
           "MSFT.txt", text("""
03/01/2024,09:30:00,179.5,179.49,179.52,100
03/01/2024,09:30:00,179.52,179.49,179.52,5
03/01/2024,09:30:01,179.5,179.5,179.52,1
""", "date time price - - qty", header=False), NY_TICKS, given={"tz": "America/New_York"},
           asks={"header": ["Date", "Time", "Price", "Bid", "Ask", "Size"], "infer_side": "tick",
                 "time_format": "%m/%d/%Y %H:%M:%S"}),
    Layout("FirstRateData ticks: no header, New York time", "firstratedata.com readme", "MSFT.txt",
           text("""
2024-03-01 09:30:00.123,179.5,100
2024-03-01 09:30:00.456,179.52,5
2024-03-01 09:30:01.000,179.5,1
""", "ts price qty", header=False), trades("""
2024-03-01T14:30:00.123 179.5 100 0
2024-03-01T14:30:00.456 179.52 5 +
2024-03-01T14:30:01 179.5 1 -
"""), given={"tz": "America/New_York"},
           asks={"header": ["timestamp", "price", "volume"], "infer_side": "tick"}),
    Layout("New York wall time over the autumn change", "man-group/arctic#635", "ny.csv", text("""
time,price,qty,side
2024-11-03 01:59:59.900,179.5,100,buy
2024-11-03 01:00:00.100,179.52,5,buy
2024-11-03 01:00:01.000,179.5,1,sell
""", "ts price qty side"), trades("""
2024-11-03T05:59:59.9 179.5 100 +
2024-11-03T06:00:00.1 179.52 5 +
2024-11-03T06:00:01 179.5 1 -
"""), asks={"tz": "America/New_York"}),
    Layout("QuantConnect Lean equity ticks: price in 1e-4, New York milliseconds",
           "QuantConnect/Lean Data/equity", "20240301_trade.zip", text("""
34200123,1795000,100,Q,80,0
34200456.5,1795200,5,V,80,0
34201000,1795000,1,Q,80,0
""", "ts price qty - - -", header=False, container="zip:20240301_msft_Trade_Tick.csv"), trades("""
2024-03-01T14:30:00.123 179.5 100 0 MSFT
2024-03-01T14:30:00.4565 179.52 5 + MSFT
2024-03-01T14:30:01 179.5 1 - MSFT
"""), asks={"infer_side": "tick"}),
    Layout("QuantConnect Lean quotes", "QuantConnect/Lean Data/equity", "20240301_quote.zip",
           text("""
34200123,1795000,100,0,0,Q,80,0
34200456,0,0,1795200,5,V,80,0
""", "", header=False, container="zip:20240301_msft_Quote_Tick.csv"), refuses=("quote",)),
    Layout("QuantConnect Lean crypto ticks: prices as they are", "QuantConnect/Lean Data/crypto",
           "20240301_trade.zip", text("""
36000123,61800.1,0.5
36000456,61800.2,0.25
36001000,61800.1,1.25
""", "ts price qty", header=False, container="zip:20240301_btcusd_Trade_Tick.csv"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 0
2024-03-01T10:00:00.456 61800.2 0.25 +
2024-03-01T10:00:01 61800.1 1.25 -
"""), asks={"header": ["time", "price", "qty"], "date": "2024-03-01", "time_unit": "ms",
            "infer_side": "tick"}, may_refuse=("time", "date")),
)

QUOTES_AND_BARS = (
    Layout("Dukascopy ticks: ask and bid", "Dukascopy historical data export", "EURUSD_Ticks.csv",
           text("""
Gmt time,Ask,Bid,AskVolume,BidVolume
01.03.2024 10:00:00.123,1.08112,1.08101,1.5,2.25
01.03.2024 10:00:00.456,1.08113,1.08102,0.75,1.5
""", ""), refuses=("quote", "book", "bid")),
    Layout("TrueFX ticks: no header, bid and ask", "truefx.com downloads", "EURUSD-2024-03.csv",
           text("""
EUR/USD,20240301 10:00:00.123,1.08101,1.08112
EUR/USD,20240301 10:00:00.456,1.08102,1.08112
""", "", header=False), refuses=("header", "quote")),
    Layout("HistData ticks: no header, bid, ask and 0", "histdata.com F.A.Q.",
           "DAT_ASCII_EURUSD_T_202403.csv", text("""
20240301 050000123,1.08101,1.08112,0
20240301 050000456,1.08102,1.08112,0
""", "", header=False), refuses=("header", "quote")),
    Layout("Yahoo daily bars", "Yahoo Finance export", "MSFT.csv", text("""
Date,Open,High,Low,Close,Adj Close,Volume
2024-03-01,411.27,415.87,410.88,415.5,413.2,17800300
2024-03-04,413.44,417.35,412.32,414.92,412.6,17596000
""", ""), refuses=("bar", "OHLC", "candle")),
    Layout("Stooq bars", "stooq.com db (ASCII)", "msft.us.txt", text("""
<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>
MSFT.US,5,20240301,153000,411.27,411.9,411,411.5,178003,0
MSFT.US,5,20240301,153500,411.5,412,411.3,411.9,99000,0
""", ""), refuses=("bar", "OHLC", "candle")),
    Layout("TradeStation bars", "TradeStation help (data window)", "MSFT.txt", text('''
"Date","Time","Open","High","Low","Close","Up","Down"
03/01/2024,09:31,411.27,411.9,411,411.5,9000,8800
03/01/2024,09:32,411.5,412,411.3,411.9,4000,5100
''', ""), refuses=("bar", "OHLC", "candle")),
    Layout("Sierra Chart: bars even where each is one trade", "sierrachart.com docs (text format)",
           "ESH24.txt", text("""
Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume
2024/03/01, 14:30:00.123000, 0, 5100.5, 5100.25, 5100.25, 3, 1, 3, 0
2024/03/01, 14:30:00.456000, 0, 5100.5, 5100.25, 5100.5, 1, 1, 0, 1
""", ""), asks={"infer_side": "tick"}, refuses=("bar", "OHLC", "candle")),
    Layout("Jesse and backtrader bars", "jesse.trade docs (candles)", "candles.csv", text("""
timestamp,open,close,high,low,volume
1709287200000,61800.1,61810,61815,61790,12.5
1709287260000,61810,61805,61812,61800,8.5
""", ""), refuses=("bar", "OHLC", "candle")),
)

LAYOUTS = TICKS + QUOTES_AND_BARS
