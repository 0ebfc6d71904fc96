"""Vendors of crypto data: Tardis, CoinAPI, Kaiko, Coin Metrics, Amberdata.

Beside trades each of them sells quotes, books and tickers in files that look much alike.
"""

from tests.layouts.entry import Layout, text, trades

TARDIS = "docs.tardis.dev downloadable-csv-files"
TRADES = text("""
exchange,symbol,timestamp,local_timestamp,id,side,price,amount
bitmex,XBTUSD,1709287200123456,1709287200130001,a1-01,buy,61800.5,100
bitmex,XBTUSD,1709287200456001,1709287200460002,a1-02,sell,61800,2500
bitmex,ETHUSD,1709287201000000,1709287201010003,a1-03,unknown,3450.25,7
bitmex,XBTUSD,1709287201000000,1709287201010003,a1-04,sell,61799.5,300
""", "- symbol ts recv id side price qty", container="gz")

TARDIS_LAYOUTS = (
    Layout("Tardis trades", TARDIS + "; side is the taker's",
           "bitmex_trades_2024-03-01_XBTUSD.csv.gz",
           TRADES, trades("""
2024-03-01T10:00:00.123456 61800.5 100 + XBTUSD
2024-03-01T10:00:00.456001 61800 2500 - XBTUSD
2024-03-01T10:00:01 3450.25 7 0 ETHUSD
2024-03-01T10:00:01 61799.5 300 - XBTUSD
""")),
    Layout("Tardis trades by the receive clock", TARDIS, "bitmex_trades_2024-03-01_XBTUSD.csv.gz",
           TRADES, trades("""
2024-03-01T10:00:00.130001 61800.5 100 + XBTUSD
2024-03-01T10:00:00.460002 61800 2500 - XBTUSD
2024-03-01T10:00:01.010003 3450.25 7 0 ETHUSD
2024-03-01T10:00:01.010003 61799.5 300 - XBTUSD
"""), given={"clock": "recv"}),
    Layout("Tardis quotes", TARDIS, "binance_quotes_2024-03-01_BTCUSDT.csv", text("""
exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount
binance,BTCUSDT,1709287200123456,1709287200130001,1.3,61800.1,61800,2.1
binance,BTCUSDT,1709287200223456,1709287200230001,1.1,61800.1,61800,2.0
""", ""), refuses=("quote", "book")),
    Layout("Tardis incremental_book_L2: amounts of levels", TARDIS,
           "binance_incremental_book_L2_2024-03-01_BTCUSDT.csv", text("""
exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount
binance,BTCUSDT,1709287200123456,1709287200130001,true,bid,61800,2.1
binance,BTCUSDT,1709287200123456,1709287200130001,true,ask,61800.1,1.3
binance,BTCUSDT,1709287200223456,1709287200230001,false,bid,61800,0
""", ""), refuses=("book",)),
    Layout("Tardis book_snapshot_5", TARDIS, "binance_book_snapshot_5_2024-03-01_BTCUSDT.csv",
           text("""
exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount
binance,BTCUSDT,1709287200123456,1709287200130001,61800.1,1.3,61800,2.1
binance,BTCUSDT,1709287200223456,1709287200230001,61800.1,1.1,61800,2.0
""", ""), refuses=("book", "quote")),
    Layout("Tardis derivative_ticker", TARDIS, "bitmex_derivative_ticker_2024-03-01_XBTUSD.csv",
           text("""
exchange,symbol,timestamp,local_timestamp,funding_timestamp,funding_rate,predicted_funding_rate,\
open_interest,last_price,index_price,mark_price
bitmex,XBTUSD,1709287200123456,1709287200130001,,0.0001,,512000000,61800.5,61801.2,61801
bitmex,XBTUSD,1709287201123456,1709287201130001,,0.0001,,512000100,61800,61800.9,61800.8
""".replace("\\\n", ""), ""), refuses=("qty", "ticker")),
    Layout("Tardis liquidations: the columns of trades", TARDIS,
           "binance-futures_liquidations_2024-03-01_BTCUSDT.csv", text("""
exchange,symbol,timestamp,local_timestamp,id,side,price,amount
binance-futures,BTCUSDT,1709287200123456,1709287200130001,,sell,61500.5,0.1
binance-futures,BTCUSDT,1709287260456001,1709287260460002,,buy,61900,0.2
""", "- symbol ts recv id side price qty"), trades("""
2024-03-01T10:00:00.123456 61500.5 0.1 - BTCUSDT
2024-03-01T10:01:00.456001 61900 0.2 + BTCUSDT
"""), may_refuse=("liquidation",)),
)

OTHERS = (
    Layout("CoinAPI flat file trades", "CoinAPI flat files docs (trades)", "T-TRADES.csv.gz",
           text("""
time_exchange;time_coinapi;guid;price;base_amount;taker_side;id_exch_guid;id_exch_int_inc;\
order_id_maker;order_id_taker
2024-03-01T10:00:00.1234567;2024-03-01T10:00:00.2000001;723787cc-1;61800.1;0.5;BUY;;;;
2024-03-01T10:00:00.4560010;2024-03-01T10:00:00.5000002;723787cc-2;61800;0.25;SELL;;;;
2024-03-01T10:00:01.0000000;2024-03-01T10:00:01.1000003;723787cc-3;61800.1;1.25;BUY_ESTIMATED;;;;
2024-03-01T10:00:02.0000000;2024-03-01T10:00:02.1000003;723787cc-4;61800.1;3;UNKNOWN;;;;
""".replace("\\\n", ""), "ts recv id price qty side - - - -", delimiter=";", container="gz"),
           trades("""
2024-03-01T10:00:00.1234567 61800.1 0.5 +
2024-03-01T10:00:00.4560010 61800 0.25 -
2024-03-01T10:00:01 61800.1 1.25 +
2024-03-01T10:00:02 61800.1 3 0
"""), asks={"map": {"ts": "time_exchange", "qty": "base_amount"},
            "sides": {"buy": ["BUY", "BUY_ESTIMATED"], "sell": ["SELL", "SELL_ESTIMATED"],
                      "unknown": ["UNKNOWN"]}}, known=True),
    Layout("CoinAPI limit book", "CoinAPI flat files docs (limitbook_full)", "T-LIMITBOOK.csv",
           text("""
time_exchange;time_coinapi;update_type;is_buy;entry_px;entry_sx;order_id
10:00:00.1234567;10:00:00.2000001;SNAPSHOT;1;61800;2.1;
10:00:00.1234567;10:00:00.2000001;ADD;0;61800.1;1.3;
""", "", delimiter=";"), refuses=("book", "update_type")),
    Layout("Kaiko legacy: sell is true when the seller took", "kaiko; a reader of its dumps",
           "Bitfinex_BTCUSD_trades_2024_03_01.csv.gz", text("""
id,exchange,symbol,date,price,amount,sell
4311670,bf,btcusd,1709287200123,61800.1,0.5,true
4311681,bf,btcusd,1709287200456,61800.2,0.25,false
4311683,bf,btcusd,1709287201000,61800.1,1.25,true
""", "id - symbol ts price qty -", container="gz"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 - btcusd
2024-03-01T10:00:00.456 61800.2 0.25 + btcusd
2024-03-01T10:00:01 61800.1 1.25 - btcusd
"""), asks={"map": {"side": "sell"}, "sides": {"buy": ["false"], "sell": ["true"]}}, known=True),
    Layout("Kaiko: taker_side_sell", "Kaiko reference data docs (trades)", "kaiko_trades.csv",
           text("""
timestamp,trade_id,price,amount,taker_side_sell
1709287200123,4311670,61800.1,0.5,true
1709287200456,4311681,61800.2,0.25,false
1709287201000,4311683,61800.1,1.25,true
""", "ts id price qty -"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 -
2024-03-01T10:00:00.456 61800.2 0.25 +
2024-03-01T10:00:01 61800.1 1.25 -
"""), asks={"map": {"side": "taker_side_sell"},
            "sides": {"buy": ["false"], "sell": ["true"]}}, known=True),
    Layout("Coin Metrics market trades", "Coin Metrics API v4 docs (timeseries/market-trades)",
           "coinbase-btc-usd-spot.csv", text("""
market,time,coin_metrics_id,amount,price,database_time,side
coinbase-btc-usd-spot,2024-03-01T10:00:00.123456000Z,74,0.5,61800.1,2024-03-01T10:00:01.5Z,buy
coinbase-btc-usd-spot,2024-03-01T10:00:00.456001000Z,75,0.25,61800,2024-03-01T10:00:01.5Z,sell
coinbase-eth-usd-spot,2024-03-01T10:00:01.000000000Z,76,1.25,3450.1,2024-03-01T10:00:02.5Z,sell
""", "symbol ts id qty price recv side"), trades("""
2024-03-01T10:00:00.123456 61800.1 0.5 + coinbase-btc-usd-spot
2024-03-01T10:00:00.456001 61800 0.25 - coinbase-btc-usd-spot
2024-03-01T10:00:01 3450.1 1.25 - coinbase-eth-usd-spot
"""), asks={"map": {"symbol": "market"}}, known=True),
    Layout("Amberdata: the nanoseconds are a remainder, not a clock",
           "Amberdata docs (futures and spot trades)", "amberdata.csv", text("""
exchange,instrument,exchangeTimestamp,exchangeTimestampNanoseconds,isBuySide,price,volume,tradeId
gdax,btc_usd,1709287200123,0,true,61800.1,0.5,74
gdax,btc_usd,1709287200456,0,false,61800,0.25,75
gdax,btc_usd,1709287201000,0,false,61799.5,1.25,76
""", "- symbol ts - - price qty id"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 + btc_usd
2024-03-01T10:00:00.456 61800 0.25 - btc_usd
2024-03-01T10:00:01 61799.5 1.25 - btc_usd
"""), asks={"map": {"ts": "exchangeTimestamp", "side": "isBuySide"},
            "sides": {"buy": ["true"], "sell": ["false"]}}, known=True),
)

LAYOUTS = TARDIS_LAYOUTS + OTHERS
