"""tickeng's own outputs, read again; and files in the plainest form, in every dress."""

from tests.layouts.entry import Bytes, Layout, records, text, trades

PLAIN = trades("""
2024-03-01T10:00:00.123 61800.1 0.5 + BTCUSDT
2024-03-01T10:00:00.456 61800 0.25 - BTCUSDT
2024-03-01T10:00:01 3450.5 1.25 0 ETHUSDT
""")
UNNAMED = trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61799.5 1.25 -
""")
BODY = """
time,price,qty,side
2024-03-01T10:00:00.123Z,61800.1,0.5,buy
2024-03-01T10:00:00.456Z,61800.0,0.25,sell
2024-03-01T10:00:01Z,61799.5,1.25,sell
"""
ROLES = "ts price qty side"
MADE = "tickeng"

OWN = (
    Layout("convert to CSV", MADE, "converted.csv", text("""
ts_ns,symbol,price,qty,side
1709287200123000000,BTCUSDT,61800.1,0.5,1
1709287200456000000,BTCUSDT,61800.0,0.25,-1
1709287201000000000,ETHUSDT,3450.5,1.25,0
""", "ts symbol price qty side"), PLAIN),
    Layout("convert to JSON lines", MADE, "converted.jsonl",
           records("ts_ns symbol price qty side", [
        [1709287200123000000, "BTCUSDT", 61800.1, 0.5, 1],
        [1709287200456000000, "BTCUSDT", 61800.0, 0.25, -1],
        [1709287201000000000, "ETHUSDT", 3450.5, 1.25, 0],
    ], "ts symbol price qty side", form="lines"), PLAIN),
    Layout("replay to CSV: size is the decision's, not the trade's", MADE, "alpha.csv", text("""
ts_ns,symbol,price,qty,side,k1,k2,k3,k4,hurst,efficiency,signal,size,gate,alpha
1709287200123000000,BTCUSDT,61800.1,0.5,1,0.5,0.0,1.5,0.1,0.5,0.1,0.5,0.2,1,0.1
1709287200456000000,BTCUSDT,61800.0,0.25,-1,,,,,,,,,0,0.0
1709287201000000000,ETHUSDT,3450.5,1.25,0,,,,,,,,,0,0.0
""", "ts symbol price qty side - - - - - - - - - -"), PLAIN),
    Layout("replay to JSON lines", MADE, "alpha.jsonl", records(
        "ts_ns symbol price qty side k1 signal size gate alpha", [
            [1709287200123000000, "BTCUSDT", 61800.1, 0.5, 1, 0.5, 0.5, 0.2, 1, 0.1],
            [1709287200456000000, "BTCUSDT", 61800.0, 0.25, -1, None, None, None, 0, 0.0],
            [1709287201000000000, "ETHUSDT", 3450.5, 1.25, 0, None, None, None, 0, 0.0],
        ], "ts symbol price qty side - - - - -", form="lines"), PLAIN),
)

DRESSES = (
    Layout("UTF-16 with a mark", "Windows tools", "trades.csv", text(BODY, ROLES,
           encoding="utf-16"),
           UNNAMED),
    Layout("UTF-8 with a mark, CRLF, quotes", "Excel", "trades.csv",
           text(BODY, ROLES, encoding="utf-8-sig", newline="\r\n", quotes=True), UNNAMED),
    Layout("comment lines above the header", "own recorders", "trades.csv",
           text(BODY, ROLES, above="# recorded by us\n# venue: X\n"), UNNAMED),
    Layout("a line of text above the header", "vendors", "trades.csv",
           text(BODY, ROLES, above="Trades of BTC from a vendor\n"), UNNAMED,
           asks={"skip_lines": 1}, known=True),
    Layout("a line and a blank one above the header, skipped by number", "MOEX ISS", "trades.csv",
           text(BODY, ROLES, above="trades\n\n"), UNNAMED, given={"skip_lines": 2}),
    Layout("a delimiter at the end of every row", "pandas#14124; Interactive Brokers", "trades.csv",
           Bytes(BODY.strip().replace("y\n", "y,\n").replace("l\n", "l,\n").encode() + b",\n"),
           UNNAMED),
    Layout("semicolons and decimal commas", "spreadsheets in Europe", "trades.csv", text("""
time;price;qty;side
2024-03-01T10:00:00.123Z;61800,1;0,5;buy
2024-03-01T10:00:00.456Z;61800,0;0,25;sell
2024-03-01T10:00:01Z;61799,5;1,25;sell
""", ROLES, delimiter=";"), UNNAMED),
    Layout("blanks around the cells", "fixed-width exports", "trades.csv", text("""
time , price , qty , side
2024-03-01T10:00:00.123Z, 61800.1 , 0.5 , buy
2024-03-01T10:00:00.456Z, 61800.0 , 0.25 , sell
2024-03-01T10:00:01Z, 61799.5 , 1.25 , sell
""", ROLES), UNNAMED),
    Layout("winter and summer offsets in one file", "HKUDS/Vibe-Trading#619", "trades.csv", text("""
time,price,qty,side
2024-11-03T01:59:59.9-04:00,61800.1,0.5,buy
2024-11-03T01:00:00.1-05:00,61800.0,0.25,sell
2024-11-03T01:00:01-05:00,61799.5,1.25,sell
""", ROLES), trades("""
2024-11-03T05:59:59.9 61800.1 0.5 +
2024-11-03T06:00:00.1 61800 0.25 -
2024-11-03T06:00:01 61799.5 1.25 -
""")),
    Layout("prices in scientific notation", "float formatting", "trades.csv", text("""
time,price,qty,side
2024-03-01T10:00:00.123Z,2.38e-06,1e3,buy
2024-03-01T10:00:00.456Z,2.39E-06,5.5e+2,sell
2024-03-01T10:00:01Z,+2.38e-6,.5,sell
""", ROLES), trades("""
2024-03-01T10:00:00.123 2.38e-6 1000 +
2024-03-01T10:00:00.456 2.39e-6 550 -
2024-03-01T10:00:01 2.38e-6 0.5 -
""")),
    Layout("names that look like something else", "Quartz/bad-data-guide#33", "trades.csv", text("""
time,ticker,price,qty,side
2024-03-01T10:00:00.123Z,NA,61800.1,0.5,buy
2024-03-01T10:00:00.456Z,000001,10.5,0.25,sell
2024-03-01T10:00:01Z,TRUE,99.5,1.25,sell
2024-03-01T10:00:01Z,"BRK,A",600000,1,sell
""", "ts symbol price qty side"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 + NA
2024-03-01T10:00:00.456 10.5 0.25 - 000001
2024-03-01T10:00:01 99.5 1.25 - TRUE
2024-03-01T10:00:01 600000 1 - BRK,A
""")),
    Layout("a header and no rows", "any vendor on a quiet day", "trades.csv",
           Bytes(b"time,price,qty,side\n"), ()),
    Layout("an empty file", "freqtrade#9811", "XBTAED.csv", Bytes(b""), refuses=("empty",)),
    Layout("a web page saved in place of the file", "expired links", "trades.csv",
           Bytes(b"<!DOCTYPE html>\n<html><body>403 Forbidden</body></html>\n"),
           refuses=("HTML", "html", "web page")),
    Layout("a tar archive", "Open-Humans#371", "trades.tar", Bytes(
        b"trades.csv".ljust(100, b"\0") + b"0000644\0" + b"0" * 149 + b"ustar\x0000".ljust(255,
        b"\0")
        + BODY.encode().ljust(512, b"\0") + b"\0" * 1024), refuses=("tar",)),
)

LAYOUTS = OWN + DRESSES
