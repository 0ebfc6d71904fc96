"""Everything that is read from or written to files.

    disk       one writer at a time, and nothing half under its name
    sources    files of trades, in any known format, as batches of columns
    sinks      outputs of columns; the list of rows that could not be used
    tickfile   tickeng's own file of events
"""
