"""The time and the life of an engine's symbols; `tickeng.Engine` documents each function as a
method."""


def on_time(EngineCore core not None, int64_t ts_ns, symbol):
    core.enter()
    try:
        code = SHARED if symbol is None else core.known(symbol)
        if not core.engine.on_time(ts_ns, code):
            raise DataError(f"on_time({ts_ns}): the time is outside min_time and max_time")
        if symbol is not None:
            return decide(core.schema_of, core.engine.row(code).data(), 0,
                          core.engine.last_ts_ns(code), 0, name_of(symbol))
    finally:
        core.turn.give()


def restart(EngineCore core not None, symbol, bint free) -> None:
    core.enter()
    try:
        code = core.known(symbol)
        if free:
            core.engine.forget(code)
        else:
            core.engine.reset(code)
    finally:
        core.turn.give()


def begin_source(EngineCore core not None) -> None:
    core.enter()
    try:
        core.engine.begin_source()
    finally:
        core.turn.give()


def max_time_ns(EngineCore core not None) -> int:
    core.enter()
    try:
        return core.engine.time().max_ns
    finally:
        core.turn.give()


def id_conflict(EngineCore core not None):
    cdef cpp.IdConflict c
    core.enter()
    try:
        if not core.engine.first_conflict().has_value():
            return None
        c = core.engine.first_conflict().value()
        return {"symbol": core.names()[c.symbol], "id": c.id, "price_before": c.price_before,
                "qty_before": c.qty_before, "price": c.price, "qty": c.qty}
    finally:
        core.turn.give()
