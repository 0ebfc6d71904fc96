"""Tapes of exchanges outside the United States, and of vendors who resell them.

Local wall time, decimal commas, headers that begin with #, other encodings, order events and
trades in one file, cumulative volumes, quantities counted twice.
"""

from tests.layouts.entry import Layout, text, trades

LSEG = "LSEG-API-Samples: tick history time and sales"
LSEG_LAYOUTS = (
    Layout("LSEG tick history: the header begins with #", LSEG, "output.csv.gz", text("""
#RIC,Domain,Date-Time,GMT Offset,Type,Price,Volume,Exch Time
VOD.L,Market Price,2024-03-01T10:00:00.402881806Z,+0,Trade,70.25,400,10:00:00.378000000
VOD.L,Market Price,2024-03-01T10:00:00.402916326Z,+0,Trade,70.26,10,10:00:00.378000000
BARC.L,Market Price,2024-03-01T10:00:45.134713133Z,+0,Trade,163.9,55,10:00:45.107000000
VOD.L,Market Price,2024-03-01T10:01:00.000000001Z,+0,Trade,70.25,3,10:01:00.000000000
""", "symbol - ts - - price qty -", container="gz"), trades("""
2024-03-01T10:00:00.402881806 70.25 400 0 VOD.L
2024-03-01T10:00:00.402916326 70.26 10 + VOD.L
2024-03-01T10:00:45.134713133 163.9 55 0 BARC.L
2024-03-01T10:01:00.000000001 70.25 3 - VOD.L
"""), asks={"header": ["RIC", "Domain", "Date-Time", "GMT Offset", "Type", "Price", "Volume",
                       "Exch Time"],
            "map": {"ts": "Date-Time"}, "infer_side": "tick"}, known=True, may_refuse=("RIC",)),
    Layout("LSEG tick history: quotes between trades", LSEG, "output.csv", text("""
RIC,Date-Time,Type,Price,Volume,Bid Price,Bid Size,Ask Price,Ask Size
VOD.L,2024-03-01T10:00:00.402881806Z,Trade,70.25,400,,,,
VOD.L,2024-03-01T10:00:00.402916326Z,Quote,,,70.24,1000,70.26,900
VOD.L,2024-03-01T10:01:00.000000001Z,Trade,70.26,3,,,,
""", ""), trades("""
2024-03-01T10:00:00.402881806 70.25 400 0 VOD.L
2024-03-01T10:01:00.000000001 70.26 3 + VOD.L
"""), asks={"map": {"symbol": "RIC", "ts": "Date-Time"}, "keep": ["Trade"],
            "infer_side": "tick"}),
    Layout("Bloomberg tick export: TRADE, BID and ASK rows", "Bloomberg intraday tick request",
           "ticks.csv", text("""
time,type,value,size,conditionCodes
2024-03-01T10:00:00.000Z,BID,70.24,1000,
2024-03-01T10:00:00.000Z,TRADE,70.25,400,XT
2024-03-01T10:00:01.000Z,ASK,70.26,900,
2024-03-01T10:00:02.000Z,TRADE,70.26,3,XT
""", ""), trades("""
2024-03-01T10:00:00 70.25 400 0
2024-03-01T10:00:02 70.26 3 +
"""), asks={"map": {"price": "value"}, "keep": ["TRADE"], "infer_side": "tick"}),
)

EUROPE_AND_BRAZIL = (
    Layout("MOEX ISS trades: a line above, Moscow time, BUYSELL", "MOEX ISS docs (trades)",
           "trades.csv", text("""
TRADENO;TRADETIME;BOARDID;SECID;PRICE;QUANTITY;VALUE;PERIOD;SYSTIME;BUYSELL
9912001;10:00:00;TQBR;SBER;292.31;5;1461.55;N;2024-03-01 10:00:00;B
9912002;10:00:01;TQBR;SBER;292.3;12;3507.6;N;2024-03-01 10:00:01;S
9912003;10:00:02;TQBR;SBER;292.31;1;292.31;N;2024-03-01 10:00:02;B
""", "id - - symbol price qty - - ts side", delimiter=";", above="trades\n\n"), trades("""
2024-03-01T07:00:00 292.31 5 + SBER
2024-03-01T07:00:01 292.3 12 - SBER
2024-03-01T07:00:02 292.31 1 + SBER
"""), given={"tz": "Europe/Moscow", "map": {"ts": "SYSTIME"}},
           asks={"map": {"symbol": "SECID", "side": "BUYSELL", "id": "TRADENO"}}),
    Layout("MOEX FORTS deals: #SYMBOL, seventeen digits of wall time", "moex.com/a1681; ftp.ux.ua",
           "20240301_fut_deal.csv", text("""
#SYMBOL,SYSTEM,MOMENT,ID_DEAL,PRICE_DEAL,VOLUME,OPEN_POS,DIRECTION
SiH4,F,20240301100000123,88001,91250.0,3,1200000,B
RIH4,F,20240301100000456,88002,112340.0,1,300000,S
SiH4,F,20240301100001000,88003,91249.0,10,1200010,S
""", "symbol - ts id price qty - side"), trades("""
2024-03-01T07:00:00.123 91250 3 + SiH4
2024-03-01T07:00:00.456 112340 1 - RIH4
2024-03-01T07:00:01 91249 10 - SiH4
"""), given={"tz": "Europe/Moscow"},
           asks={"header": ["SYMBOL", "SYSTEM", "MOMENT", "ID_DEAL", "PRICE_DEAL", "VOLUME",
                            "OPEN_POS", "DIRECTION"],
                 "map": {"ts": "MOMENT", "price": "PRICE_DEAL", "id": "ID_DEAL"},
                 "time_format": "%Y%m%d%H%M%S%f"}, may_refuse=("time", "header")),
    Layout("B3 trades: semicolons, decimal commas, digits of wall time",
           "drp.b3.com.br tickercsv; readers of it", "01-03-2024_NEGOCIOSAVISTA.txt", text("""
DataReferencia;CodigoInstrumento;AcaoAtualizacao;PrecoNegocio;QuantidadeNegociada;HoraFechamento;\
CodigoIdentificadorNegocio;TipoSessaoPregao;DataNegocio;CodigoParticipanteComprador;\
CodigoParticipanteVendedor
2024-03-01;PETR4;0;40,500;100;100000123;10;1;2024-03-01;120;114
2024-03-01;VALE3;0;67,125;200;100000456;20;1;2024-03-01;8;120
2024-03-01;PETR4;0;40,510;300;100001000;30;1;2024-03-01;3;3
""".replace("\\\n", ""), "- symbol - price qty time - - date - -", delimiter=";"), trades("""
2024-03-01T13:00:00.123 40.5 100 0 PETR4
2024-03-01T13:00:00.456 67.125 200 0 VALE3
2024-03-01T13:00:01 40.51 300 + PETR4
"""), given={"tz": "America/Sao_Paulo",
                             "time_columns": ["DataNegocio", "HoraFechamento"]}, asks={
            "map": {"price": "PrecoNegocio", "qty": "QuantidadeNegociada",
                    "symbol": "CodigoInstrumento", "id": "CodigoIdentificadorNegocio"},
            "time_format": "%Y-%m-%d %H%M%S%f", "infer_side": "tick", "decimal": "comma"},
           may_refuse=("time",)),
    Layout("Euronext style: decimal commas beside full stops of thousands", "exports in German",
           "umsaetze.csv", text("""
Zeit;Kurs;Stück
01.03.2024 10:00:00;17.500,25;100
01.03.2024 10:00:01;17.500,50;25
13.03.2024 10:00:02;17.499,75;5
""", "ts price qty", delimiter=";", encoding="utf-8-sig"), trades("""
2024-03-01T10:00:00 17500.25 100 0
2024-03-01T10:00:01 17500.5 25 +
2024-03-13T10:00:02 17499.75 5 -
"""), asks={"map": {"ts": "Zeit", "price": "Kurs", "qty": "Stück"}, "infer_side": "tick",
            "time_format": "%d.%m.%Y %H:%M:%S", "decimal": "comma"}, may_refuse=("decimal", "row")),
)

ASIA = (
    Layout("SSE merged ticks: orders and trades", "DolphinDB easyTLDataImport (mdl_4_24_0)",
           "mdl_4_24_0.csv", text("""
BizIndex,Channel,SecurityID,TickTime,Type,BuyOrderNO,SellOrderNO,Price,Qty,TradeMoney,TickBSFlag
1001,1,600000,2024-03-01 09:30:00.120,A,5001,0,7.15,1000,0,B
1002,1,600000,2024-03-01 09:30:00.130,T,5001,5002,7.15,300,2145,S
1003,1,600000,2024-03-01 09:30:00.140,D,5001,0,7.15,700,0,B
1004,1,600000,2024-03-01 09:30:01.000,T,5003,5004,7.16,200,1432,B
""", ""), trades("""
2024-03-01T01:30:00.13 7.15 300 - 600000
2024-03-01T01:30:01 7.16 200 + 600000
"""), given={"tz": "Asia/Shanghai"},
           asks={"map": {"ts": "TickTime", "symbol": "SecurityID", "side": "TickBSFlag",
                         "id": "BizIndex"},
                 "keep": ["T"]}),
    Layout("SZSE trades: cancellations at price 0", "DolphinDB easyTLDataImport (mdl_6_36_0)",
           "mdl_6_36_0.csv", text("""
ChannelNo,ApplSeqNum,BidApplSeqNum,OfferApplSeqNum,SecurityID,LastPx,LastQty,ExecType,TransactTime
2011,901,811,812,000001,10.45,300,F,2024-03-01 09:30:00.120
2011,902,0,813,000001,0,500,4,2024-03-01 09:30:00.130
2011,903,815,814,000001,10.46,200,F,2024-03-01 09:30:01.000
""", ""), trades("""
2024-03-01T01:30:00.12 10.45 300 0 000001
2024-03-01T01:30:01 10.46 200 + 000001
"""), given={"tz": "Asia/Shanghai"},
           asks={"map": {"ts": "TransactTime", "symbol": "SecurityID", "price": "LastPx",
                         "qty": "LastQty"},
                 "keep": ["F"], "infer_side": "tick"}, known=True),
    Layout("Level-2 trades: mdtime 93000123, flags 1 and 2", "vendors of SSE and SZSE Level-2",
           "trades.csv", text("""
htscsecurityid,mddate,mdtime,tradeprice,tradeqty,tradebsflag
600000.SH,20240301,93000123,7.15,300,2
600000.SH,20240301,93000456,7.16,200,1
600000.SH,20240301,101501000,7.15,100,2
""", "symbol date time price qty side"), trades("""
2024-03-01T01:30:00.123 7.15 300 - 600000.SH
2024-03-01T01:30:00.456 7.16 200 + 600000.SH
2024-03-01T02:15:01 7.15 100 - 600000.SH
"""), given={"tz": "Asia/Shanghai"},
           asks={"map": {"symbol": "htscsecurityid", "side": "tradebsflag"},
                 "time_columns": ["mddate", "mdtime"], "time_format": "%Y%m%d %H%M%S%f",
                 "sides": {"buy": [1], "sell": [2]}}, may_refuse=("time",)),
    Layout("CTP futures snapshots: Volume is a running total", "CTP depth market data fields",
           "IF2403.csv", text("""
TradingDay,InstrumentID,UpdateTime,UpdateMillisec,LastPrice,Volume,Turnover,OpenInterest,\
BidPrice1,BidVolume1,AskPrice1,AskVolume1
20240301,IF2403,09:30:00,500,3520.2,12001,1.267e10,98000,3520.0,3,3520.4,2
20240301,IF2403,09:30:01,0,3520.4,12009,1.268e10,98001,3520.2,1,3520.4,5
""".replace("\\\n", ""), ""), given={"tz": "Asia/Shanghai"}, asks={
            "time_columns": ["TradingDay", "UpdateTime"], "infer_side": "tick"},
           refuses=("book", "quote", "snapshot", "UpdateMillisec")),
    Layout("TAIFEX ticks: Big5, buys plus sells, spaces in the cells", "taifex.com.tw daily ticks",
           "Daily_2024_03_01.csv", text("""
成交日期,商品代號,到期月份(週別),成交時間,成交價格,成交數量(B+S)
20240301,TX     ,202403     ,084500,18900,4
20240301,TX     ,202403     ,084501,18901,2
20240301,TX     ,202403     ,104502,18900,20
""", "date symbol - time price -", encoding="big5"), trades("""
2024-03-01T00:45:00 18900 2 0 TX
2024-03-01T00:45:01 18901 1 + TX
2024-03-01T02:45:02 18900 10 - TX
"""), given={"tz": "Asia/Taipei"},
           asks={"qty_scale": 0.5, "encoding": "big5", "time_columns": ["成交日期", "成交時間"],
                 "time_format": "%Y%m%d %H%M%S", "infer_side": "tick",
                 "map": {"price": "成交價格", "qty": "成交數量(B+S)", "symbol": "商品代號"}},
           may_refuse=("time",)),
)

LOBSTER = (
    Layout("LOBSTER messages: seven kinds, the side of the resting order, price in 1e-4",
           "lobsterdata.com DataStructure", "AAPL_2012-06-21_34200000_57600000_message_5.csv",
           text("""
34200.004241176,1,16113575,18,5853300,1
34200.025551909,4,16113584,18,5853300,1
34200.201743460,3,16120456,18,5859100,-1
34200.275600000,4,16120457,30,5859200,-1
34201.275600000,5,0,7,5859000,-1
""", "", header=False), trades("""
2012-06-21T13:30:00.025551909 585.33 18 -
2012-06-21T13:30:00.2756 585.92 30 +
2012-06-21T13:30:01.2756 585.9 7 +
"""), asks={"keep": ["4", "5"], "date": "2012-06-21"}, known=True,
           may_refuse=("LOBSTER", "header")),
)

LAYOUTS = LSEG_LAYOUTS + EUROPE_AND_BRAZIL + ASIA + LOBSTER
