"""Trades of crypto venues as users save them to CSV from the venues' own interfaces.

Here the traps are words and signs: whose side it is, codes 0 and 1, signed amounts, local clocks.
"""

from tests.layouts.entry import Layout, text, trades

MAKERS = trades("""
2024-03-01T10:00:00.123456 61800.1 0.5 -
2024-03-01T10:00:00.456001 61800.2 0.25 +
2024-03-01T10:00:01.000001 61800 1.25 -
""")

MAKER_SIDE = (
    Layout("Coinbase trades: the maker's side", "coinbase-api Trade: maker order side; ccxt#8426",
           "BTC-USD.csv", text("""
time,trade_id,price,size,side
2024-03-01T10:00:00.123456Z,74,61800.10,0.5,buy
2024-03-01T10:00:00.456001Z,75,61800.20,0.25,sell
2024-03-01T10:00:01.000001Z,76,61800.00,1.25,buy
""", "ts id price qty side"), MAKERS, asks={"side_is": "maker"}, known=True),
    Layout("the same words under maker_side say whose they are", "Bitso docs (maker_side)",
           "btc_mxn.csv", text("""
created_at,tid,price,amount,maker_side
2024-03-01T10:00:00.123456+00:00,74,61800.10,0.5,buy
2024-03-01T10:00:00.456001+00:00,75,61800.20,0.25,sell
2024-03-01T10:00:01.000001+00:00,76,61800.00,1.25,buy
""", "ts id price qty -"), MAKERS, asks={"map": {"side": "maker_side"}, "side_is": "maker"},
           known=True),
    Layout("Coinone: is_seller_maker says what is true", "Coinone API v2 docs; ccxt#5258",
           "krw-btc.csv", text("""
id,timestamp,price,qty,is_seller_maker
165870001,1709287200123,87500000,0.5,true
165870002,1709287200456,87490000,0.25,false
165870003,1709287201000,87500000,1.25,true
""", "id ts price qty -"), trades("""
2024-03-01T10:00:00.123 87500000 0.5 +
2024-03-01T10:00:00.456 87490000 0.25 -
2024-03-01T10:00:01 87500000 1.25 +
"""), asks={"map": {"side": "is_seller_maker"}, "sides": {"buy": ["true"], "sell": ["false"]}},
           known=True),
)

CODES = (
    Layout("Bitstamp: type 0 is a buy, 1 a sell", "Bitstamp API docs; ccxt#4607", "btcusd.csv",
           text("""
date,tid,price,type,amount
1709287200,325671,61800.1,0,0.5
1709287201,325672,61800.0,1,0.25
1709287202,325673,61800.1,0,1.25
""", "ts id price side qty"), trades("""
2024-03-01T10:00:00 61800.1 0.5 +
2024-03-01T10:00:01 61800 0.25 -
2024-03-01T10:00:02 61800.1 1.25 +
"""), asks={"map": {"side": "type"}, "sides": {"buy": [0], "sell": [1]}}),
    Layout("Bitfinex: a negative amount is a sell", "Bitfinex v2 docs; xchange-stream#166",
           "tBTCUSD.csv", text("""
ID,MTS,AMOUNT,PRICE
401597395,1709287200123,0.5,61800.1
401597396,1709287200456,-0.25,61800
401597397,1709287201000,-1.25,61799.5
""", "id ts signed price"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61799.5 1.25 -
"""), asks={"map": {"ts": "MTS"}, "qty_sign": "side"}),
    Layout("Upbit: ask_bid, ASK is a sell; two clocks of other detail",
           "docs.upbit.com websocket-trade (ASK: sell, BID: buy)", "KRW-BTC.csv", text("""
market,trade_date_utc,trade_time_utc,timestamp,trade_price,trade_volume,prev_closing_price,\
change_price,ask_bid,sequential_id
KRW-BTC,2024-03-01,10:00:00,1709287200123,87500000.0,0.5,87000000.0,500000.0,BID,17092872001230
KRW-BTC,2024-03-01,10:00:00,1709287200456,87490000.0,0.25,87000000.0,490000.0,ASK,17092872004560
KRW-BTC,2024-03-01,10:00:01,1709287201000,87490000.0,1.25,87000000.0,490000.0,ASK,17092872010000
""".replace("\\\n", ""), "symbol - - ts price qty - - side id"), trades("""
2024-03-01T10:00:00.123 87500000 0.5 + KRW-BTC
2024-03-01T10:00:00.456 87490000 0.25 - KRW-BTC
2024-03-01T10:00:01 87490000 1.25 - KRW-BTC
"""), asks={"map": {"side": "ask_bid"}, "sides": {"buy": ["BID"], "sell": ["ASK"]}}, known=True),
    Layout("Bithumb: Seoul time, bid is a buy", "Bithumb public transaction_history docs",
           "BTC_KRW.csv", text("""
transaction_date,type,units_traded,price,total
2024-03-01 19:00:00,bid,0.5,87500000,43750000
2024-03-01 19:00:01,ask,0.25,87490000,21872500
2024-03-01 19:00:02,ask,1.25,87490000,109362500
""", "ts side qty price -"), trades("""
2024-03-01T10:00:00 87500000 0.5 +
2024-03-01T10:00:01 87490000 0.25 -
2024-03-01T10:00:02 87490000 1.25 -
"""), given={"tz": "Asia/Seoul"},
           asks={"map": {"ts": "transaction_date", "qty": "units_traded", "side": "type"},
                 "sides": {"buy": ["bid"], "sell": ["ask"]}}),
    Layout("Hyperliquid: side A or B, of the aggressor",
           "df-hyperliquid-core markets/trades: the aggressor's side", "BTC.csv", text("""
coin,side,px,sz,time,hash,tid
BTC,A,61800.0,0.5,1709287200123,0x33062d,717978735161105
BTC,B,61801.0,0.25,1709287200456,0x33062e,717978735161106
BTC,B,61801.0,1.25,1709287201000,0x33062f,717978735161107
""", "symbol side price qty ts - id"), trades("""
2024-03-01T10:00:00.123 61800 0.5 - BTC
2024-03-01T10:00:00.456 61801 0.25 + BTC
2024-03-01T10:00:01 61801 1.25 + BTC
"""), asks={"map": {"symbol": "coin"}, "sides": {"buy": ["B"], "sell": ["A"]}}, known=True),
    Layout("side as 1 and 2 under a plain name", "BitcoinExchangeFH#103; polygon-io/issues#170",
           "exchange.csv", text("""
timestamp,price,qty,side
1709287200123,61800.1,0.5,1
1709287200456,61800.0,0.25,2
1709287201000,61800.1,1.25,1
""", "ts price qty side"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61800.1 1.25 +
"""), asks={"sides": {"buy": [1], "sell": [2]}}),
    Layout("side as long and short", "exports of derivative venues", "perp.csv", text("""
timestamp,price,qty,side
1709287200123,61800.1,0.5,long
1709287200456,61800.0,0.25,short
1709287201000,61800.1,1.25,long
""", "ts price qty side"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61800.1 1.25 +
"""), asks={"sides": {"buy": ["long"], "sell": ["short"]}}),
    Layout("side as True and False", "df.side == 'buy' saved to CSV; ccxt#4607", "recoded.csv",
           text("""
timestamp,price,qty,side
1709287200123,61800.1,0.5,True
1709287200456,61800.0,0.25,False
1709287201000,61800.1,1.25,True
""", "ts price qty side"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61800.1 1.25 +
"""), asks={"sides": {"buy": ["True"], "sell": ["False"]}}),
)

WORDS = (
    Layout("BitMEX: D between date and time, several instruments",
           "public.bitmex.com; gobihan/StockMatic2", "20240301.csv.gz", text("""
timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional
2024-03-01D10:00:00.250913000,XBTUSD,Buy,100,61800.5,PlusTick,a1-01,161811,0.00161811,100
2024-03-01D10:00:00.250913001,ETHUSD,Sell,7,3450.25,MinusTick,a1-02,24151,0.07,241.5
2024-03-01D10:00:02.000000000,XBTUSD,Sell,2500,61800,MinusTick,a1-03,4045307,0.04045307,2500
""", "ts symbol side qty price - - - - -", container="gz"), trades("""
2024-03-01T10:00:00.250913 61800.5 100 + XBTUSD
2024-03-01T10:00:00.250913001 3450.25 7 - ETHUSD
2024-03-01T10:00:02 61800 2500 - XBTUSD
""")),
    Layout("Deribit: mark and index price beside the price", "Deribit API docs (get_last_trades)",
           "deribit.csv", text("""
trade_seq,trade_id,timestamp,tick_direction,price,mark_price,instrument_name,index_price,\
direction,amount
1966042,ETH-2696068,1709287200123,0,3450.05,3450.4,ETH-PERPETUAL,3450.2,sell,40
1966043,ETH-2696069,1709287200456,1,3450.5,3450.4,ETH-PERPETUAL,3450.2,buy,100
77001,BTC-9901,1709287201000,2,0.0125,0.0124,BTC-29MAR24-62000-C,61800.2,buy,0.5
""".replace("\\\n", ""), "- id ts - price - symbol - side qty"), trades("""
2024-03-01T10:00:00.123 3450.05 40 - ETH-PERPETUAL
2024-03-01T10:00:00.456 3450.5 100 + ETH-PERPETUAL
2024-03-01T10:00:01 0.0125 0.5 + BTC-29MAR24-62000-C
""")),
    Layout("bitFlyer: no zone is UTC, no side in an auction",
           "bitFlyer Lightning docs (executions)",
           "FX_BTC_JPY.csv", text("""
id,side,price,size,exec_date,buy_child_order_acceptance_id,sell_child_order_acceptance_id
39287,,9300000.0,0.5,2024-03-01T10:00:00.123,JRF20240301-1,JRF20240301-2
39288,BUY,9300100.0,0.25,2024-03-01T10:00:00.456,JRF20240301-3,JRF20240301-4
39289,SELL,9300000.0,1.25,2024-03-01T10:00:01,JRF20240301-5,JRF20240301-6
""", "id side price qty ts - -"), trades("""
2024-03-01T10:00:00.123 9300000 0.5 0
2024-03-01T10:00:00.456 9300100 0.25 +
2024-03-01T10:00:01 9300000 1.25 -
"""), asks={"map": {"ts": "exec_date"},
            "sides": {"buy": ["BUY"], "sell": ["SELL"], "unknown": [""]}}, known=True),
    Layout("Poloniex: rate is the price", "Poloniex legacy docs (returnTradeHistory)",
           "USDT_BTC.csv", text("""
globalTradeID,tradeID,date,type,rate,amount,total
394127361,13536350,2024-03-01 10:00:00,buy,61800.1,0.5,30900.05
394127362,13536351,2024-03-01 10:00:01,sell,61800.0,0.25,15450.0
394127363,13536352,2024-03-01 10:00:02,sell,61799.5,1.25,77249.375
""", "- id ts side price qty -"), trades("""
2024-03-01T10:00:00 61800.1 0.5 +
2024-03-01T10:00:01 61800 0.25 -
2024-03-01T10:00:02 61799.5 1.25 -
"""), asks={"map": {"price": "rate", "side": "type"}}, known=True),
    Layout("cryptofeed: float seconds, two clocks", "bmoscon/cryptofeed trade callbacks",
           "trades.csv", text("""
exchange,symbol,side,amount,price,id,type,timestamp,receipt_timestamp
COINBASE,BTC-USD,buy,0.5,61800.1,601,,1709287200.123,1709287200.25
COINBASE,BTC-USD,sell,0.25,61800.0,602,,1709287200.456,1709287200.5
COINBASE,BTC-USD,sell,1.25,61799.5,603,,1709287201.0,1709287201.125
""", "- symbol side qty price id - ts recv"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 + BTC-USD
2024-03-01T10:00:00.456 61800 0.25 - BTC-USD
2024-03-01T10:00:01 61799.5 1.25 - BTC-USD
""")),
    Layout("ccxt trades frame saved to CSV", "ccxt docs (trade structure)", "ccxt.csv", text("""
id,timestamp,datetime,symbol,order,type,side,takerOrMaker,price,amount,cost,fee
7001,1709287200123,2024-03-01T10:00:00.123Z,BTC/USDT,,,buy,,61800.1,0.5,30900.05,
7002,1709287200456,2024-03-01T10:00:00.456Z,BTC/USDT,,,sell,,61800.0,0.25,15450.0,
7003,1709287201000,2024-03-01T10:00:01.000Z,BTC/USDT,,,sell,,61799.5,1.25,77249.375,
""", "id ts - symbol - - side - price qty - -"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 + BTC/USDT
2024-03-01T10:00:00.456 61800 0.25 - BTC/USDT
2024-03-01T10:00:01 61799.5 1.25 - BTC/USDT
""")),
    Layout("freqtrade trades as CSV", "freqtrade docs (data download --dl-trades)",
           "BTC_USDT-trades.csv", text("""
timestamp,id,type,side,price,amount,cost
1709287200123,9001,,buy,61800.1,0.5,30900.05
1709287200456,9002,,sell,61800.0,0.25,15450.0
1709287201000,9003,,sell,61799.5,1.25,77249.375
""", "ts id - side price qty -"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61799.5 1.25 -
""")),
)

LAYOUTS = MAKER_SIDE + CODES + WORDS
