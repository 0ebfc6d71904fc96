"""Files of events in another format, or several of them as one.

    report = convert_files(["trades.csv", "quotes.csv"], "both.zst")
    report["counters"]["quote"]["BTCUSDT"]["written"]

A stream (streams.py) gives stretches, the events of each kind in a batch, and a writer (writing.py)
puts them into a table or into tickeng's own format.
"""

from .convert import Filters, convert, convert_files

__all__ = ["Filters", "convert", "convert_files"]
