"""More public layouts of quotes and books: tapes of stocks, currencies, futures, crypto, contests.

Each is made up after its maker's documents. What is refused has `mended`: the file after what the
refusal says was done.
"""

from __future__ import annotations

import json

from tests.layouts.entry import Bytes, Columns, text
from tests.layouts.table_markets import NONE, MarketLayout, lines, rows

NY = "America/New_York"
AAPL = rows("""
2024-03-01T14:30:00.123456789 179.55x2 179.6x1 AAPL
2024-03-01T14:30:00.223456789 179.56x3 179.6x1 AAPL
""")
BTC = rows("2024-03-01T10:00:00.123 61800x2 61801x1 BTCUSDT")
EURUSD = rows("""
2024-03-01T10:00:00.123 1.08101x0 1.08112x0
2024-03-01T10:00:00.223 1.08101x0 1.08113x0
""")
MS = 1709287200123
TAQ = """
Time|Exchange|Symbol|Bid_Price|Bid_Size|Offer_Price|Offer_Size|Quote_Condition|Sequence_Number
093000123456789|P|AAPL|179.55|2|179.60|1|R|1001
093000223456789|Q|AAPL|179.56|3|179.60|1|R|1002
"""
WRDS = """
DATE,TIME_M,EX,BID,BIDSIZ,ASK,ASKSIZ,QU_COND,SYM_ROOT
2024-03-01,9:30:00.123456789,P,179.55,2,179.60,1,R,AAPL
2024-03-01,9:30:00.223456789,Q,179.56,3,179.60,1,R,AAPL
"""
RIC = "#RIC,Domain,Date-Time,GMT Offset,Type,"
OF_TICK_HISTORY = rows("""
2024-03-01T10:00:00.1 70.1x200 70.2x100 VOD.L
2024-03-01T10:00:00.2 70.1x200 70.3x50 VOD.L
""")
CHANGES = "holds changes of books in lists"

STOCKS = (
    MarketLayout("NYSE Daily TAQ quotes", "nyse.com (Daily TAQ client specification)",
                 "EQY_US_ALL_BBO_20240301.psv", text(TAQ, "", delimiter="|"),
                 given={"time_format": "%H%M%S%f", "tz": NY, "date": "2024-03-01"}, truth=AAPL),
    MarketLayout("WRDS TAQ, milliseconds", "wrds TAQ (CQM)", "cqm.csv", text(WRDS, ""),
                 given={"tz": NY, "time_columns": ["DATE", "TIME_M"],
                        "map": {"bid_qty": "BIDSIZ", "ask_qty": "ASKSIZ", "symbol": "SYM_ROOT"}},
                 truth=AAPL),
    MarketLayout("WRDS TAQ, seconds: OFR and OFRSIZ", "wrds TAQ (CQ)", "cq.csv", text("""
SYMBOL,DATE,TIME,BID,OFR,BIDSIZ,OFRSIZ,MODE,EX
AAPL,2004-03-01,9:30:01,24.5,24.51,2,1,12,P
""", ""), given={"tz": NY, "map": {"bid_qty": "BIDSIZ", "ask_qty": "OFRSIZ"}},
                 truth=rows("2004-03-01T14:30:01 24.5x2 24.51x1 AAPL")),
    MarketLayout("LSEG Tick History quotes, every cell filled", "LSEG Tick History (TAS)",
                 "tas.csv", text(f"""
{RIC}Bid Price,Bid Size,Ask Price,Ask Size
VOD.L,Market Price,2024-03-01T10:00:00.100000000Z,0,Quote,70.1,200,70.2,100
VOD.L,Market Price,2024-03-01T10:00:00.200000000Z,0,Quote,70.1,200,70.3,50
""", ""), truth=OF_TICK_HISTORY),
    MarketLayout("LSEG Tick History quotes: a blank is what was", "LSEG Tick History (TAS)",
                 "tas.csv", text(f"""
{RIC}Bid Price,Bid Size,Ask Price,Ask Size
VOD.L,Market Price,2024-03-01T10:00:00.100000000Z,0,Quote,70.1,200,70.2,100
VOD.L,Market Price,2024-03-01T10:00:00.200000000Z,0,Quote,,,70.3,50
""", ""), refuses=("is as it was: fill each",), mended=text(f"""
{RIC}Bid Price,Bid Size,Ask Price,Ask Size
VOD.L,Market Price,2024-03-01T10:00:00.100000000Z,0,Quote,70.1,200,70.2,100
VOD.L,Market Price,2024-03-01T10:00:00.200000000Z,0,Quote,70.1,200,70.3,50
""", ""), truth=OF_TICK_HISTORY),
    MarketLayout("LSEG normalized depth: L1-BidPrice", "LSEG Tick History (normalized LL2)",
                 "depth.csv", text(f"""
{RIC}L1-BidPrice,L1-BidSize,L1-AskPrice,L1-AskSize,L2-BidPrice,L2-BidSize,L2-AskPrice,L2-AskSize
VOD.L,Market Price,2024-03-01T10:00:00.100Z,0,Normalized LL2,70.1,200,70.2,100,70,300,70.3,50
""", ""), kind="book", truth=rows("2024-03-01T10:00:00.1 70.1x200/70x300 70.2x100/70.3x50 VOD.L")),
    MarketLayout("the best of all venues, named on each side", "consolidated feeds (NBBO)",
                 "nbbo.csv", text("""
Time,Symbol,Best_Bid_Price,Best_Bid_Size,Best_Offer_Price,Best_Offer_Size,Best_Bid_Exchange
2024-03-01T14:30:00.123456789Z,AAPL,179.55,2,179.60,1,P
2024-03-01T14:30:00.223456789Z,AAPL,179.56,3,179.60,1,Q
""", ""), truth=AAPL),
    MarketLayout("Polygon quotes stream", "polygon.io docs (websocket quotes)", "q.jsonl", lines(
        {"ev": "Q", "sym": "AAPL", "bx": 4, "bp": 179.55, "bs": 2, "ax": 7, "ap": 179.6, "as": 1,
         "c": 0, "i": [604], "t": 1709303400123, "q": 50385480, "z": 3}),
                 truth=rows("2024-03-01T14:30:00.123 179.55x2 179.6x1 AAPL")),
    MarketLayout("Alpaca quotes stream: S is the symbol", "docs.alpaca.markets (stream)",
                 "q.jsonl", Bytes("".join(json.dumps([{
                     "T": "q", "S": symbol, "bx": "Q", "bp": bid, "bs": 2, "ax": "V",
                     "ap": bid + 1, "as": 1, "t": f"2024-03-01T14:30:00.{n}Z"}]) + "\n"
                     for n, symbol, bid in ((1, "AAPL", 179.5), (2, "PEP", 180.5),
                                            (3, "AAPL", 179.5))).encode()), truth=rows("""
2024-03-01T14:30:00.1 179.5x2 180.5x1 AAPL
2024-03-01T14:30:00.2 180.5x2 181.5x1 PEP
2024-03-01T14:30:00.3 179.5x2 180.5x1 AAPL
""")),
    MarketLayout("Interactive Brokers bid and ask ticks", "ib_insync (reqHistoricalTicks)",
                 "ticks.csv", text("""
time,tickAttribBidAsk,priceBid,priceAsk,sizeBid,sizeAsk
2024-03-01 14:30:00+00:00,"TickAttribBidAsk(bidPastLow=False, askPastHigh=False)",9,10,2,1
""", ""), truth=rows("2024-03-01T14:30:00 9x2 10x1")),
    MarketLayout("kdb+ quotes written as CSV", "code.kx.com (tick, quote)", "quote.csv", text("""
time,sym,bid,ask,bsize,asize,mode,ex
2024-03-01D14:30:00.123456789,AAPL,179.55,179.6,2,1,R,N
2024-03-01D14:30:00.223456789,AAPL,179.56,179.6,3,1,R,N
""", ""), truth=AAPL),
    MarketLayout("AlgoSeek: a row for each side of a quote", "algoseek.com (TAQ)", "AAPL.csv",
                 text("""
Date,Timestamp,EventType,Ticker,Price,Quantity,Exchange,Conditions
2024-03-01,09:30:00.123456789,QUOTE BID,AAPL,179.55,200,NASDAQ,1
2024-03-01,09:30:00.123456789,QUOTE ASK,AAPL,179.60,100,NASDAQ,1
""", ""), given={"tz": NY, "time_columns": ["Date", "Timestamp"], "kind": "quote"},
                 refuses=("no column for the bids' prices",)),
    MarketLayout("Cboe option quotes: several strikes of one root", "datashop.cboe.com", "q.csv",
                 text("""
underlying_symbol,quote_datetime,root,expiration,strike,option_type,bid_size,bid,ask_size,ask
^SPX,2024-03-01 09:31:00.1,SPXW,2024-03-01,5000.000,C,10,90.1,12,90.5
^SPX,2024-03-01 09:31:00.2,SPXW,2024-03-01,5100.000,C,10,9.1,12,9.5
""", ""), given={"tz": NY, "map": {"ts": "quote_datetime"}}, asks={
        "map": {"symbol": "strike+underlying_symbol"}}, truth=rows("""
2024-03-01T14:31:00.1 90.1x10 90.5x12 5000.000:^SPX
2024-03-01T14:31:00.2 9.1x10 9.5x12 5100.000:^SPX
""")),
)
CURRENCIES_AND_FUTURES = (
    MarketLayout("TrueFX as it comes, no header", "truefx.com (tick data)", "EURUSD-2024-03.csv",
                 text("""
EUR/USD,20240301 10:00:00.123,1.08101,1.08112
EUR/USD,20240301 10:00:00.223,1.08101,1.08113
""", "", header=False), asks={"header": ["symbol", "time", "bid", "ask"], **NONE},
                 given={"time_format": "%Y%m%d %H:%M:%S.%f"}, truth=EURUSD),
    MarketLayout("HistData as it comes, no header", "histdata.com (ASCII ticks)",
                 "DAT_ASCII_EURUSD_T_202403.csv", text("""
20240301 050000123,1.081010,1.081120,0
20240301 050000223,1.081010,1.081130,0
""", "", header=False), given={"time_format": "%Y%m%d %H%M%S%f", "tz": "Etc/GMT+5"},
                 asks={"header": ["time", "bid", "ask", "unused"], **NONE}, truth=EURUSD),
    MarketLayout("dukascopy-node", "github.com/Leo4815162342/dukascopy-node", "eurusd-tick.csv",
                 text("""
timestamp,askPrice,bidPrice,askVolume,bidVolume
1709287200123,1.08112,1.08101,1.12,0.9
""", ""), truth=rows("2024-03-01T10:00:00.123 1.08101x0.9 1.08112x1.12")),
    MarketLayout("FXCM ticks", "github.com/fxcm/MarketData (TickData)", "EURUSD.csv", text("""
DateTime,Bid,Ask
03/01/2024 10:00:00.123,1.08101,1.08112
03/01/2024 10:00:00.223,1.08101,1.08113
""", ""), asks={"time_format": "%m/%d/%Y %H:%M:%S.%f", **NONE}, truth=EURUSD),
    MarketLayout("OANDA prices: liquidity is no quantity by its name", "developer.oanda.com (v20)",
                 "prices.jsonl", lines(
        {"type": "PRICE", "time": "2024-03-01T10:00:00.123456789Z", "instrument": "EUR_USD",
         "bids": [{"price": "1.08101", "liquidity": 1000000}],
         "asks": [{"price": "1.08112", "liquidity": 500000}], "tradeable": True}),
                 refuses=("bad_qty",)),
    MarketLayout("CTP snapshots of a Chinese future", "SimNow (DepthMarketData)", "cu2404.csv",
                 text("""
TradingDay,InstrumentID,LastPrice,Volume,BidPrice1,BidVolume1,AskPrice1,AskVolume1,UpdateTime
20240301,cu2404,69010,100,69000,5,69010,3,18:00:00
""", ""), given={"tz": "Asia/Shanghai", "kind": "quote", "time_format": "%Y%m%d %H:%M:%S",
                 "time_columns": ["TradingDay", "UpdateTime"]},
                 truth=rows("2024-03-01T10:00:00 69000x5 69010x3 cu2404")),
    MarketLayout("TqSdk downloads: names behind the instrument", "doc.shinnytech.com",
                 "ticks.csv", text("""
datetime_nano,SHFE.cu2404.last_price,SHFE.cu2404.bid_price1,SHFE.cu2404.bid_volume1,\
SHFE.cu2404.ask_price1,SHFE.cu2404.ask_volume1
1709287200500000000,69010,69000,5,69010,3
""".replace("\\\n", ""), ""), given={"kind": "quote", "map": {"ts": "datetime_nano"}},
                 truth=rows("2024-03-01T10:00:00.5 69000x5 69010x3")),
    MarketLayout("RiceQuant ticks: a1 and a1_v", "ricequant.com docs (ticks)", "ticks.csv", text("""
datetime,open,last,volume,a1,a2,a1_v,a2_v,b1,b2,b1_v,b2_v
2024-03-01 18:00:00.500,9,9.5,100,10,11,3,4,9,8,1,2
""", ""), kind="book", given={"kind": "book", "tz": "Asia/Shanghai"}, asks={"map": {
        "bid": "b1+b2", "bid_qty": "b1_v+b2_v", "ask": "a1+a2", "ask_qty": "a1_v+a2_v"}},
                 truth=rows("2024-03-01T10:00:00.5 9x1/8x2 10x3/11x4")),
    MarketLayout("NautilusTrader quotes: integers of 1e-9", "nautilustrader.io (QuoteTick)",
                 "quotes.parquet", Columns(
        ("bid_price", "ask_price", "bid_size", "ask_size", "ts_event", "ts_init"),
        ((61800 * 10**9, 61801 * 10**9, 2 * 10**9, 10**9, MS * 10**6, MS * 10**6 + 9),), (),
        ("int64",) * 6), given={"qty_scale": 1e-9}, asks={"price_scale": 1e-9},
                 truth=rows("2024-03-01T10:00:00.123 61800x2 61801x1")),
)
CRYPTO = (
    MarketLayout("Tardis options_chain: implied volatilities beside", "docs.tardis.dev",
                 "deribit_options_chain_2024-03-01_OPTIONS.csv", text("""
exchange,symbol,timestamp,local_timestamp,type,strike_price,expiration,last_price,bid_price,\
bid_amount,bid_iv,ask_price,ask_amount,ask_iv,mark_price,mark_iv,underlying_price
deribit,BTC-1MAR24-60000-P,1709287200123000,1709287200130001,put,60000,1709280000000000,0.0005,\
0.0004,2,50.1,0.0005,1.3,51.2,0.00045,50.5,61800
""".replace("\\\n", ""), ""), truth=rows(
            "2024-03-01T10:00:00.123 0.0004x2 0.0005x1.3 BTC-1MAR24-60000-P")),
    MarketLayout("Crypto Lake level_1", "crypto-lake.com (level_1)", "level_1.csv", text("""
received_time,sequence_number,bid_0_price,bid_0_size,ask_0_price,ask_0_size,symbol,exchange
1709287200123000000,7,61800,2,61801,1,BTCUSDT,BINANCE
""", ""), truth=BTC),
    MarketLayout("CoinAPI limit books, snapshots", "CoinAPI flat files docs (limitbook)", "T.csv",
                 text("""
time_exchange;time_coinapi;asks[0].price;asks[0].size;asks[1].price;asks[1].size;\
bids[0].price;bids[0].size;bids[1].price;bids[1].size
2024-03-01T10:00:00.1230000;2024-03-01T10:00:00.2230000;10;3;11;4;9;1;8;2
""".replace("\\\n", ""), "", delimiter=";"), kind="book",
                 truth=rows("2024-03-01T10:00:00.123 9x1/8x2 10x3/11x4")),
    MarketLayout("CoinAPI limitbook_full: quantities that are added and subtracted",
                 "CoinAPI flat files docs (limitbook_full)", "T-FULL.csv", text("""
time_exchange;time_coinapi;is_buy;update_type;entry_px;entry_sx
2024-03-01T10:00:00.0000000;2024-03-01T10:00:00.0100000;1;SNAPSHOT;61800;2
2024-03-01T10:00:00.1000000;2024-03-01T10:00:00.1100000;1;SUB;61800;2
""", "", delimiter=";"), given={"kind": "book", "map": {"price": "entry_px", "qty": "entry_sx"}},
                 refuses=("its column 'update_type' holds SNAPSHOT, SUB",)),
    MarketLayout("ccxt tickers: quotes beside the bar of the day", "docs.ccxt.com (ticker)",
                 "tickers.jsonl", lines(
        {"symbol": "BTCUSDT", "timestamp": MS, "datetime": "2024-03-01T10:00:00.123Z",
         "high": 62000, "low": 61000, "bid": 61800, "bidVolume": 2, "ask": 61801, "askVolume": 1,
         "open": 61200, "close": 61801, "last": 61801, "baseVolume": 1000}),
                 given={"kind": "quote"}, truth=BTC),
    MarketLayout("HTX best bid and offer", "huobiapi.github.io (market.bbo)", "bbo.jsonl", lines(
        {"ch": "market.btcusdt.bbo", "ts": MS + 5, "tick": {
            "seqId": 1, "ask": 61801, "askSize": 1, "bid": 61800, "bidSize": 2, "quoteTime": MS,
            "symbol": "BTCUSDT"}}), given={"map": {"ts": "tick.quoteTime"}}, truth=BTC),
    MarketLayout("HTX depth of two symbols", "huobiapi.github.io (market.depth)", "depth.jsonl",
                 lines(*({"ch": f"market.{pair}.depth.step0", "ts": MS + n, "tick": {
                     "bids": [[bid, 2]], "asks": [[bid + 1, 1]], "version": n}}
                     for n, pair, bid in ((0, "btcusdt", 61800), (1, "ethusdt", 3000),
                                          (2, "btcusdt", 61800)))), kind="book",
                 asks={"map": {"symbol": "ch"}}, truth=rows("""
2024-03-01T10:00:00.123 61800x2 61801x1 market.btcusdt.depth.step0
2024-03-01T10:00:00.124 3000x2 3001x1 market.ethusdt.depth.step0
2024-03-01T10:00:00.125 61800x2 61801x1 market.btcusdt.depth.step0
""")),
    MarketLayout("HTX mbp: changes that look like books", "huobiapi.github.io (market.mbp)",
                 "mbp.jsonl", lines({"ch": "market.btcusdt.mbp.150", "ts": MS, "tick": {
                     "seqNum": 100, "prevSeqNum": 98, "bids": [[61800, 2]], "asks": []}}),
                 refuses=(CHANGES,), then={"kind": "book"}),
    MarketLayout("OKX files of order books: changes that look like books", "okx.com (history)",
                 "BTC-USDT-L2orderbook-400lv.data", lines(
        {"instId": "BTC-USDT", "action": "snapshot", "ts": str(MS), "asks": [["61801", "1", "1"]],
         "bids": [["61800", "2", "3"]]},
        {"instId": "BTC-USDT", "action": "update", "ts": str(MS + 9), "asks": [],
         "bids": [["61800", "0", "0"]]}), refuses=(CHANGES,), then={"kind": "book"}),
    MarketLayout("MEXC increments", "mexcdevelop.github.io (spot v3 depth)", "mexc.jsonl", lines(
        {"c": "spot@public.increase.depth.v3.api@BTCUSDT", "s": "BTCUSDT", "t": MS,
         "d": {"asks": [{"p": "61801", "v": "1"}], "bids": [{"p": "61800", "v": "2"}]}}),
                 refuses=(CHANGES,)),
    MarketLayout("Crypto.com book.update", "exchange-docs.crypto.com (book.update)", "book.jsonl",
                 lines({"result": {"instrument_name": "BTCUSD-PERP", "channel": "book.update",
                                   "data": [{
                     "update": {"asks": [["61801", "1", "1"]], "bids": [["61800", "2", "0"]]},
                     "t": MS, "u": 101, "pu": 100}]}}), refuses=(CHANGES,)),
    MarketLayout("cryptofeed deltas", "github.com/bmoscon/cryptofeed (backends)", "book.jsonl",
                 lines({"exchange": "COINBASE", "symbol": "BTC-USD", "timestamp": 1709287200.123,
                        "receipt_timestamp": 1709287200.2,
                        "delta": {"bid": [["61800", 2]], "ask": []}}), refuses=(CHANGES,)),
    MarketLayout("Bitvavo book", "docs.bitvavo.com (book)", "book.jsonl", lines(
        {"market": "BTC-EUR", "nonce": 5, "timestamp": MS, "bids": [["61800", "0"]],
         "asks": [["61801", "1"]]}), refuses=(CHANGES,)),
    MarketLayout("Kraken futures book: a snapshot, then rows of a level", "docs.kraken.com",
                 "book.jsonl", lines(
        {"feed": "book_snapshot", "product_id": "PI_XBTUSD", "timestamp": MS, "seq": 7,
         "bids": [{"price": 61800, "qty": 2}], "asks": [{"price": 61801, "qty": 1}]},
        {"feed": "book", "product_id": "PI_XBTUSD", "side": "buy", "seq": 8, "price": 61800,
         "qty": 0, "timestamp": MS + 9}), refuses=(CHANGES,)),
)
CONTESTS = (
    MarketLayout("lists of levels in cells of text", "Kaggle dumps", "books.csv", text(f"""
timestamp,symbol,bids,asks
{MS},BTCUSDT,"[[61800, 2]]","[[61801, 1]]"
""", ""), kind="book", refuses=("lists of levels in cells of text",), mended=lines(
        {"timestamp": MS, "symbol": "BTCUSDT", "bids": [[61800, 2]], "asks": [[61801, 1]]}),
                 truth=BTC),
    MarketLayout("Kaggle: distances from the mid price", "kaggle.com (martinsn, crypto LOB)",
                 "BTC_1sec.csv", text("""
system_time,midpoint,spread,bids_distance_0,bids_notional_0,asks_distance_0,asks_notional_0
2021-04-07 11:32:42.122161+00:00,56035.995,0.01,-8.9e-08,13.38,8.9e-08,92.76
""", ""), given={"kind": "book", "map": {"ts": "system_time"}},
                 refuses=("no column for the bids' prices",)),
    MarketLayout("Optiver: seconds of a bucket", "kaggle.com (realized volatility)", "book.parquet",
                 Columns(("time_id", "seconds_in_bucket", "bid_price1", "ask_price1", "bid_size1",
                          "ask_size1", "bid_price2", "ask_price2", "bid_size2", "ask_size2"),
                         ((5, 0, 1.001, 1.002, 3, 226, 1.0009, 1.0023, 2, 100),), (),
                         ("int16", "int16", *["float32"] * 2, "int32", "int32", *["float32"] * 2,
                          "int32", "int32")), refuses=("no column for ts",)),
    MarketLayout("FI-2010: numbers and nothing else", "etsin.fairdata.fi (FI-2010)",
                 "Train_Dst_NoAuction_DecPre_CF_7.txt", Bytes(
        b"   2.6180000e-01   3.5300000e-03   2.6160000e-01   3.1100000e-03\n" * 3),
                 refuses=("no header and no known format",)),
    MarketLayout("LOBSTER books without their messages", "lobsterdata.com (DataStructure)",
                 "AAPL_2012-06-21_34200000_57600000_orderbook_1.csv", text("""
5859400,200,5853300,18
""", "", header=False), kind="book", refuses=("put that file beside it",)),
    MarketLayout("levels from 0, seconds", "recorders", "book.csv", text("""
timestamp,bids_0_price,bids_0_qty,bids_1_price,bids_1_qty,asks_0_price,asks_0_qty,\
asks_1_price,asks_1_qty
1709287200,9,1,8,2,10,3,11,4
""".replace("\\\n", ""), ""), kind="book", truth=rows("2024-03-01T10:00:00 9x1/8x2 10x3/11x4")),
    MarketLayout("worst level first", "recorders", "book.csv", text("""
timestamp,bid_price_0,bid_size_0,bid_price_1,bid_size_1,ask_price_0,ask_size_0,\
ask_price_1,ask_size_1
1709287200,8,2,9,1,11,4,10,3
""".replace("\\\n", ""), ""), kind="book", refuses=("bad_price",)),
    MarketLayout("cumulated depth under its own name", "recorders", "top.csv", text(f"""
timestamp,bid_price,ask_price,bid_depth,ask_depth
{MS},61800,61801,2,1
""", ""), asks={"map": {"bid_qty": "bid_depth", "ask_qty": "ask_depth"}},
                 truth=rows("2024-03-01T10:00:00.123 61800x2 61801x1")),
)
MORE = STOCKS + CURRENCIES_AND_FUTURES + CRYPTO + CONTESTS
