"""Vendors of exchange feeds in the United States: Databento, Polygon, Alpaca, AlgoSeek, TAQ.

Fixed-point prices, sentinels, trade tapes without a side, wall time of New York, and files in
which trades are one kind of row among several. New York is five hours behind on 2024-03-01.
"""

from tests.layouts.entry import Layout, text, trades

DATABENTO = "databento.com/docs/schemas; databento/dbn"
NAMES = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,"
ROLES = "recv ts - - {} - side - price qty - - - {}"
ES = trades("""
2024-03-01T14:30:00.000111222 5100.25 3 - ESH4
2024-03-01T14:30:00.000222333 5100.5 1 + ESH4
2024-03-01T14:30:01.000000001 5100.5 10 0 ESH4
""")

DATABENTO_LAYOUTS = (
    Layout("Databento trades, raw: prices in 1e-9", DATABENTO, "glbx-mdp3-20240301.trades.csv",
           text(
        NAMES + """ts_in_delta,sequence,symbol
1709303400000211222,1709303400000111222,0,1,17077,T,A,0,5100250000000,3,0,14000,901,ESH4
1709303400000322333,1709303400000222333,0,1,17077,T,B,0,5100500000000,1,0,14000,902,ESH4
1709303401000100001,1709303401000000001,0,1,17077,T,N,0,5100500000000,10,0,14000,903,ESH4
""", ROLES.format("-", "symbol")), ES, asks={
            "price_scale": "1e-9", "sides": {"buy": ["B"], "sell": ["A"], "unknown": ["N"]}},
           known=True),
    Layout("Databento trades, pretty", DATABENTO, "glbx-mdp3-20240301.trades.csv", text(
        NAMES + """ts_in_delta,sequence,symbol
2024-03-01T14:30:00.000211222Z,2024-03-01T14:30:00.000111222Z,0,1,17077,T,A,0,5100.250000000,\
3,0,14000,901,ESH4
2024-03-01T14:30:00.000322333Z,2024-03-01T14:30:00.000222333Z,0,1,17077,T,B,0,5100.500000000,\
1,0,14000,902,ESH4
2024-03-01T14:30:01.000100001Z,2024-03-01T14:30:01.000000001Z,0,1,17077,T,N,0,5100.500000000,\
10,0,14000,903,ESH4
""".replace("\\\n", ""), ROLES.format("-", "symbol")), ES, asks={
            "sides": {"buy": ["B"], "sell": ["A"], "unknown": ["N"]}}, known=True),
    Layout("Databento trades without symbols: the instrument is a number", DATABENTO,
           "xnas-itch-20240301.trades.csv", text(NAMES + """ts_in_delta,sequence
2024-03-01T14:30:00.000211222Z,2024-03-01T14:30:00.000111222Z,0,2,10451,T,A,0,512.25,3,0,1,901
2024-03-01T14:30:00.000322333Z,2024-03-01T14:30:00.000222333Z,0,2,38,T,B,0,179.5,1,0,1,902
2024-03-01T14:30:01.000100001Z,2024-03-01T14:30:01.000000001Z,0,2,38,T,B,0,179.5,10,0,1,903
""", ROLES.format("symbol", "").strip()), trades("""
2024-03-01T14:30:00.000111222 512.25 3 - 10451
2024-03-01T14:30:00.000222333 179.5 1 + 38
2024-03-01T14:30:01.000000001 179.5 10 + 38
"""), asks={"map": {"symbol": "instrument_id"}, "sides": {"buy": ["B"], "sell": ["A"]}},
           known=True),
    Layout("Databento tbbo: quotes beside the trade", DATABENTO, "glbx-mdp3-20240301.tbbo.csv",
           text(
        NAMES + """ts_in_delta,sequence,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_ct_00,\
ask_ct_00,symbol
2024-03-01T14:30:00.000211222Z,2024-03-01T14:30:00.000111222Z,1,1,17077,T,A,0,5100.25,3,0,1,901,\
5100.25,5100.50,12,9,5,4,ESH4
2024-03-01T14:30:00.000322333Z,2024-03-01T14:30:00.000222333Z,1,1,17077,T,B,0,5100.50,1,0,1,902,\
5100.25,5100.50,9,9,5,4,ESH4
2024-03-01T14:30:01.000100001Z,2024-03-01T14:30:01.000000001Z,1,1,17077,T,N,0,5100.50,10,0,1,903,\
5100.25,5100.50,9,8,5,4,ESH4
""".replace("\\\n", ""), ROLES.format("-", "- - - - - - symbol")), ES, asks={
            "sides": {"buy": ["B"], "sell": ["A"], "unknown": ["N"]}}, known=True),
    Layout("Databento mbo: orders and trades in one file", DATABENTO, "xnas-itch-20240301.mbo.csv",
           text("""
ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,price,size,channel_id,order_id,\
flags,ts_in_delta,sequence,symbol
2024-03-01T14:30:00.1Z,2024-03-01T14:30:00.01Z,160,2,10451,A,B,512.25,100,0,7001,0,1,900,MSFT
2024-03-01T14:30:00.2Z,2024-03-01T14:30:00.02Z,160,2,10451,T,A,512.25,3,0,7001,0,1,901,MSFT
2024-03-01T14:30:00.2Z,2024-03-01T14:30:00.02Z,160,2,10451,F,B,512.25,3,0,7001,0,1,901,MSFT
2024-03-01T14:30:00.2Z,2024-03-01T14:30:00.02Z,160,2,10451,C,B,512.25,3,0,7001,0,1,901,MSFT
2024-03-01T14:30:01.1Z,2024-03-01T14:30:01.01Z,160,2,10451,T,B,512.5,1,0,7002,0,1,902,MSFT
""".replace("\\\n", ""), ""), trades("""
2024-03-01T14:30:00.02 512.25 3 - MSFT
2024-03-01T14:30:01.01 512.5 1 + MSFT
"""), asks={"format": "csv", "keep": ["T"], "sides": {"buy": ["B"], "sell": ["A"]}}),
    Layout("Databento ohlcv: bars", DATABENTO, "glbx-mdp3-20240301.ohlcv-1s.csv", text("""
ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol
2024-03-01T14:30:00.000000000Z,32,1,17077,5100.25,5100.5,5100.25,5100.5,14,ESH4
2024-03-01T14:30:01.000000000Z,32,1,17077,5100.5,5100.5,5100.25,5100.25,22,ESH4
""", ""), refuses=("bar", "OHLC", "ohlcv", "candle")),
)

POLYGON = "polygon.io flat files docs"
TAPE = (
    Layout("Polygon stock trades: no side, a clock that is mostly 0", POLYGON,
           "2024-03-01.csv.gz", text("""
ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,\
sip_timestamp,size,tape,trf_id,trf_timestamp
AAPL,"12,37",0,11,1,1709303400123456789,179.5,901,1709303400123456789,100,3,0,0
AAPL,14,0,4,2,1709303400223456789,179.52,902,1709303400223456789,5,3,202,1709303400223000000
MSFT,,0,12,1,1709303400323456789,412.1,903,1709303400323456789,30,3,0,0
AAPL,,0,12,3,1709303400423456789,179.5,904,1709303400423456789,1,3,0,0
""".replace("\\\n", ""), "symbol - - - - ts price - recv qty - - -", container="gz"), trades("""
2024-03-01T14:30:00.123456789 179.5 100 0 AAPL
2024-03-01T14:30:00.223456789 179.52 5 + AAPL
2024-03-01T14:30:00.323456789 412.1 30 0 MSFT
2024-03-01T14:30:00.423456789 179.5 1 - AAPL
"""), asks={"infer_side": "tick", "map": {"ts": "participant_timestamp"}}),
    Layout("Polygon crypto trades: conditions 1 sell, 2 buy", "polygon-io/issues#170",
           "2024-03-01.csv.gz", text("""
ticker,conditions,exchange,id,participant_timestamp,price,size
X:BTC-USD,2,1,601,1709287200123000000,61800.1,0.5
X:BTC-USD,1,1,602,1709287200456000000,61800,0.25
X:ETH-USD,1,1,603,1709287201000000000,3450.1,1.25
""", "symbol - - id ts price qty", container="gz"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 + X:BTC-USD
2024-03-01T10:00:00.456 61800 0.25 - X:BTC-USD
2024-03-01T10:00:01 3450.1 1.25 - X:ETH-USD
"""), given={"map": {"side": "conditions"}},
           asks={"sides": {"buy": [2], "sell": [1]}, "map": {"ts": "participant_timestamp"}}),
    Layout("Polygon quotes", POLYGON, "2024-03-01.csv", text("""
Ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,\
participant_timestamp,sequence_number,sip_timestamp,tape,trf_timestamp
AAPL,11,179.52,3,12,179.5,2,1,,1709303400123456789,901,1709303400123556789,3,0
AAPL,11,179.53,3,12,179.5,2,1,,1709303400223456789,902,1709303400223556789,3,0
""".replace("\\\n", ""), ""), refuses=("quote", "book")),
    Layout("Polygon minute aggregates", POLYGON, "2024-03-01.csv", text("""
ticker,volume,open,close,high,low,window_start,transactions
AAPL,4930,179.5,179.6,179.7,179.4,1709303400000000000,129
AAPL,1820,179.6,179.55,179.6,179.5,1709303460000000000,61
""", ""), refuses=("bar", "OHLC", "candle", "aggregate")),
    Layout("Alpaca trades frame", "alpaca-py docs (stock trades)", "aapl.csv", text("""
symbol,timestamp,exchange,price,size,id,conditions,tape
AAPL,2024-03-01 14:30:00.016213248+00:00,V,179.5,100.0,1,['@'],C
AAPL,2024-03-01 14:30:00.116213249+00:00,V,179.52,5.0,2,"['@', 'I']",C
AAPL,2024-03-01 14:30:01+00:00,Q,179.5,1.0,3,['@'],C
""", "symbol ts - price qty id - -"), trades("""
2024-03-01T14:30:00.016213248 179.5 100 0 AAPL
2024-03-01T14:30:00.116213249 179.52 5 + AAPL
2024-03-01T14:30:01 179.5 1 - AAPL
"""), asks={"infer_side": "tick"}),
    Layout("Interactive Brokers historical ticks frame", "ib_insync docs (HistoricalTickLast)",
           "ib.csv", text("""
time,tickAttribLast,price,size,exchange,specialConditions
2024-03-01 14:30:00+00:00,TickAttribLast(),179.5,100.0,NASDAQ,
2024-03-01 14:30:00+00:00,TickAttribLast(),179.52,5.0,DRCTEDGE, I
2024-03-01 14:30:01+00:00,TickAttribLast(),179.5,1.0,NASDAQ,
""", "ts - price qty - -"), trades("""
2024-03-01T14:30:00 179.5 100 0
2024-03-01T14:30:00 179.52 5 +
2024-03-01T14:30:01 179.5 1 -
"""), asks={"infer_side": "tick", "symbol_name": "AAPL"}),
    Layout("NYSE Daily TAQ: bars, digits of the wall clock, a trailer", "KxSystems/kdb-taq; NYSE",
           "EQY_US_ALL_TRADE_20240301", text("""
Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price|Trade Stop Stock Indicator|\
Trade Correction Indicator|Sequence Number|Trade Id|Source of Trade|Trade Reporting Facility|\
Participant Timestamp|Trade Reporting Facility TRF Timestamp|Trade Through Exempt Indicator
093000417837000|Z|A|@   |300|145.88|N|00|1231|5|C||093000417230000||0
093001004985000|N|A| O  |10017|145.91|N|00|1329|6|C||093001003301000||0
093002099950000|D|A| 4 B|100|145.91|N|00|1655|7|C|N|093002000000000||1
""".replace("\\\n", ""), "", delimiter="|", below="END|20240301|3||||||||||||\n"), trades("""
2024-03-01T14:30:00.417837 145.88 300 0 A
2024-03-01T14:30:01.004985 145.91 10017 + A
2024-03-01T14:30:02.09995 145.91 100 + A
"""), given={"tz": "America/New_York"},
           asks={"date": "2024-03-01", "time_format": "%H%M%S%f", "infer_side": "tick",
                 "map": {"qty": "Trade Volume", "price": "Trade Price"}}, may_refuse=("time",)),
    Layout("TAQ from WRDS: date and time in two columns", "WRDS TAQ documentation", "taq.csv",
           text("""
DATE,TIME_M,EX,SYM_ROOT,SYM_SUFFIX,TR_SCOND,SIZE,PRICE,TR_CORR,TR_SEQNUM
2024-03-01,9:30:00.417837123,Z,AAPL,,@,300,179.5,00,1231
2024-03-01,9:30:01.004985000,N,AAPL,,@ I,17,179.52,00,1329
2024-03-01,10:15:02.099950000,D,AAPL,,@ I,100,179.52,00,1655
""", "date time - symbol - - qty price - -"), trades("""
2024-03-01T14:30:00.417837123 179.5 300 0 AAPL
2024-03-01T14:30:01.004985 179.52 17 + AAPL
2024-03-01T15:15:02.09995 179.52 100 + AAPL
"""), given={"tz": "America/New_York"},
           asks={"time_columns": ["DATE", "TIME_M"], "map": {"symbol": "SYM_ROOT"},
                 "infer_side": "tick"}, may_refuse=("time",)),
    Layout("AlgoSeek trades only: two kinds of trades", "algoseek guide (US equity trades)",
           "AAPL.csv.gz", text("""
Date,Timestamp,EventType,Ticker,Price,Quantity,Exchange,Conditions
20240301,09:30:00.010833553,TRADE,AAPL,179.5,300,EDGX,80002000
20240301,09:30:01.500000000,TRADE NB,AAPL,179.52,17,NASDAQ,20002020
20240301,09:30:02.250000000,TRADE,AAPL,179.5,100,NASDAQ,20002020
""", "date time - symbol price qty - -", container="gz"), trades("""
2024-03-01T14:30:00.010833553 179.5 300 0 AAPL
2024-03-01T14:30:01.5 179.52 17 + AAPL
2024-03-01T14:30:02.25 179.5 100 - AAPL
"""), given={"tz": "America/New_York"},
           asks={"time_columns": ["Date", "Timestamp"], "keep": ["TRADE", "TRADE NB"],
                 "infer_side": "tick", "map": {"symbol": "Ticker"}}, known=True),
    Layout("AlgoSeek trades and quotes", "algoseek guide (US equity TAQ)", "AAPL.csv", text("""
Date,Timestamp,EventType,Ticker,Price,Quantity,Exchange,Conditions
20240301,09:30:00.010833553,TRADE,AAPL,179.5,300,EDGX,80002000
20240301,09:30:00.020000000,QUOTE BID,AAPL,179.4,200,NASDAQ,00000001
20240301,09:30:00.030000000,QUOTE ASK NB,AAPL,179.6,100,NASDAQ,00000001
20240301,09:30:01.500000000,TRADE,AAPL,179.52,17,NASDAQ,20002020
""", ""), trades("""
2024-03-01T14:30:00.010833553 179.5 300 0 AAPL
2024-03-01T14:30:01.5 179.52 17 + AAPL
"""), given={"tz": "America/New_York"},
           asks={"time_columns": ["Date", "Timestamp"], "keep": ["TRADE"],
                 "infer_side": "tick", "map": {"symbol": "Ticker"}}),
)

LAYOUTS = DATABENTO_LAYOUTS + TAPE
