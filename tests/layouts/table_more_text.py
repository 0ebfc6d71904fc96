"""More text files of exchanges, vendors and shops: time and sales, wall time, bars by other names.
"""

from tests.layouts.entry import Layout, text, trades

NEW_YORK = trades("""
2024-03-15T13:30:00.123 179.5 100 0
2024-03-15T13:30:00.456 179.52 5 +
2024-03-15T13:30:01 179.5 1 -
""")

TICKS = (
    Layout("GMO Coin trades", "api.coin.z.com data/trades", "20240301_BTC.csv.gz", text("""
symbol,side,size,price,timestamp
BTC,BUY,0.5,9261800,2024-03-01 10:00:00.123
BTC,SELL,0.25,9261700,2024-03-01 10:00:00.456
BTC,SELL,1.25,9261650,2024-03-01 10:00:01.000
""", "symbol side qty price ts", container="gz"), trades("""
2024-03-01T10:00:00.123 9261800 0.5 + BTC
2024-03-01T10:00:00.456 9261700 0.25 - BTC
2024-03-01T10:00:01 9261650 1.25 - BTC
""")),
    Layout("Finam ticks: names in < >, Moscow time", "Finam export (ticks)",
           "SBER_240301_240301.csv", text("""
<TICKER>;<PER>;<DATE>;<TIME>;<LAST>;<VOL>
SBER;0;20240301;100000;292.310000000;5
SBER;0;20240301;100001;292.300000000;12
SBER;0;20240301;100002;292.310000000;1
""", "symbol - date time price qty", delimiter=";"), trades("""
2024-03-01T07:00:00 292.31 5 0 SBER
2024-03-01T07:00:01 292.3 12 - SBER
2024-03-01T07:00:02 292.31 1 + SBER
"""), asks={"tz": "Europe/Moscow", "infer_side": "tick"}),
    Layout("Refinitiv tick history, version 1: Date[G] and Time[G]",
           "TRTH user guide (time and sales)", "trades.csv.gz", text("""
#RIC,Date[G],Time[G],GMT Offset,Type,Price,Volume,Qualifiers
VOD.L,01-MAR-2024,10:00:00.402,+0,Trade,70.25,400,
VOD.L,01-MAR-2024,10:00:00.511,+0,Trade,70.26,10,
VOD.L,01-MAR-2024,10:01:00.001,+0,Trade,70.25,3,
""", "symbol date time - - price qty -", container="gz"), trades("""
2024-03-01T10:00:00.402 70.25 400 0 VOD.L
2024-03-01T10:00:00.511 70.26 10 + VOD.L
2024-03-01T10:01:00.001 70.25 3 - VOD.L
"""), given={"time_columns": ["Date[G]", "Time[G]"]},
           asks={"time_format": "%d-%b-%Y %H:%M:%S.%f", "infer_side": "tick",
                 "header": ["RIC", "Date[G]", "Time[G]", "GMT Offset", "Type", "Price", "Volume",
                            "Qualifiers"]}),
    Layout("IQFeed ticks: no header, a running total beside the size",
           "IQFeed docs (historical ticks)", "MSFT.csv", text("""
2024-03-15 09:30:00.123000,179.5,100,1234500,179.49,179.52,1001,C,19,143D
2024-03-15 09:30:00.456000,179.52,5,1234505,179.49,179.52,1002,C,19,143D
2024-03-15 09:30:01.000000,179.5,1,1234506,179.5,179.52,1003,C,19,143D
""", "ts price qty - - - id - - -", header=False), NEW_YORK, given={"tz": "America/New_York"},
           asks={"header": ["time", "last", "last_size", "total_volume", "bid", "ask", "tick_id",
                            "basis", "market", "conditions"], "infer_side": "tick"}),
    Layout("TickData trades: no header, New York time", "tickdata.com (equity file format)",
           "MSFT_2024_03_15_T.txt", text("""
03/15/2024,09:30:00.123,179.5,100,D,,00,1001
03/15/2024,09:30:00.456,179.52,5,Q,@,00,1002
03/15/2024,09:30:01.000,179.5,1,Q,@,00,1003
""", "date time price qty - - - -", header=False), NEW_YORK, given={"tz": "America/New_York"},
           asks={"header": ["Date", "Time", "Price", "Volume", "Exchange", "Condition",
                            "Correction", "Sequence"], "infer_side": "tick"}),
    Layout("Tushare ticks: lots, Chinese words, no day", "tushare docs (get_tick_data)",
           "600848.csv", text("""
time,price,change,volume,amount,type
09:30:03,10.05,--,12,12060,买盘
09:30:06,10.04,-0.01,3,3012,卖盘
09:30:09,10.04,--,7,7028,中性盘
""", "time price - qty - side"), trades("""
2024-03-01T01:30:03 10.05 12 +
2024-03-01T01:30:06 10.04 3 -
2024-03-01T01:30:09 10.04 7 0
"""), given={"tz": "Asia/Shanghai"}, asks={
            "date": "2024-03-01", "map": {"qty": "volume", "side": "type"},
            "sides": {"buy": ["买盘"], "sell": ["卖盘"], "unknown": ["中性盘"]}}),
    Layout("CME time and sales: no header, many delivery months",
           "CME DataMine docs (time and sales)", "XCME_ES_FUT_20240301.csv", text("""
20240301,083000,101,E,ES,F,2403,3,,5100.25,,,,,
20240301,083000,102,E,ES,F,2406,1,,5162.75,,,,,
20240301,083001,103,E,ES,F,2403,10,,5100.5,,,,,
20240301,083002,104,E,ES,F,2406,2,,5162.50,,,,,
""", "date time id - symbol - - qty - price - - - - -", header=False), trades("""
2024-03-01T14:30:00 5100.25 3 0 ES:2403
2024-03-01T14:30:00 5162.75 1 0 ES:2406
2024-03-01T14:30:01 5100.5 10 + ES:2403
2024-03-01T14:30:02 5162.5 2 - ES:2406
"""), given={"tz": "America/Chicago"}, asks={
            "header": ["Date", "Time", "Sequence", "Session", "Symbol", "Kind", "Contract",
                       "Volume", "Strike", "Price", "Quote", "IND", "MKQ", "CO", "VOE"],
            "infer_side": "tick", "map": {"symbol": "Symbol+Contract"}}),
)

BARS = (
    Layout("Deutsche Boerse public data set: bars by other names",
           "Deutsche-Boerse/dbg-pds (data dictionary)", "2024-03-01_BINS_XETR10.csv", text("""
ISIN,Mnemonic,SecurityDesc,Currency,Date,Time,StartPrice,MaxPrice,MinPrice,EndPrice,TradedVolume,\
NumberOfTrades
DE0007164600,SAP,SAP SE O.N.,EUR,2024-03-01,10:00,172.5,172.54,172.48,172.5,1200,14
DE0007164600,SAP,SAP SE O.N.,EUR,2024-03-01,10:01,172.5,172.6,172.5,172.58,900,9
""".replace("\\\n", ""), ""), refuses=("bar", "price")),
    Layout("Investing.com history: the close is called Price", "investing.com export", "US500.csv",
           text('''
"Date","Price","Open","High","Low","Vol.","Change %"
"03/01/2024","5137.08","5098.51","5140.33","5094.16","2.10K","0.80%"
"03/04/2024","5130.95","5130.99","5149.67","5127.18","2.40K","-0.12%"
''', "", quotes=True), refuses=("bar", "OHLC")),
    Layout("Bars of a minute whose close is called Price", "exports of charts", "minute.csv",
           text("""
Time,Price,Open,High,Low,Volume
2024-03-01 10:00:00,5137.08,5098.51,5140.33,5094.16,2100
2024-03-01 10:01:00,5130.95,5130.99,5149.67,5127.18,2400
""", ""), asks={"infer_side": "tick"}, refuses=("bar", "OHLC")),
)

LAYOUTS = TICKS + BARS
