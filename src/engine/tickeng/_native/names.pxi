"""Texts that cross the border, and what Python hands to C++ as structs.

Trap: a string_view keeps nothing alive. view_of() takes a variable that holds the bytes until the
C++ call has returned, never an expression such as name.encode(), which is freed before it.
"""


cdef str text_of(string_view view):
    return PyUnicode_DecodeUTF8(view.data(), view.size(), NULL)


cdef string_view view_of(bytes raw):
    return string_view(<const char*> raw, len(raw))


cdef str name_of(symbol):
    """The name of a symbol as callers give it. What is neither text nor an integer has none: 1.0
    and True would become 1, None a symbol called None."""
    if isinstance(symbol, str):
        return symbol if type(symbol) is str else str.__str__(symbol)
    if isinstance(symbol, bool) or not hasattr(symbol, "__index__"):
        raise DataError(f"symbol is {symbol!r}; it must be a str, or an int such as 0")
    return str(index(symbol))


cdef inline int8_t sign_of(side) except? -2:
    """The side of one tick; 2, which the core rejects, for what is none."""
    if side is True or side is False:
        raise DataError(f"side is {side}, which may mean buy or sell; give 1 or -1")
    cdef int sign = side
    return <int8_t> (sign if -1 <= sign <= 1 else 2)


cdef bytes utf8_of(str name):
    try:
        return name.encode()
    except UnicodeEncodeError:
        raise DataError(f"symbol {name!r:.60} cannot be written in UTF-8; it has half a surrogate "
                        "pair in it") from None


cdef list texts_of(const vector[string]& texts):
    cdef size_t i
    return [texts[i].decode() for i in range(texts.size())]


cdef uint32_t leader_code(const vector[string]& leaders, leader) except? 0:
    """What stands in the place of a symbol for a leader that the pipeline names."""
    cdef bytes name = utf8_of(name_of(leader))
    cdef size_t i
    for i in range(leaders.size()):
        if leaders[i] == name:
            return cpp.leader_code(i)
    raise ConfigError(f"no kernel names the leader {leader!r}; "
                      f"{', '.join(texts_of(leaders)) or 'none'} are named")


cdef int fill_settings(vector[cpp.Setting]& rows, settings) except -1:
    cdef cpp.Setting row
    for kernel, param, value in settings:
        row.kernel, row.param = kernel.encode(), param.encode()
        row.value, row.text = 0.0, b""
        if isinstance(value, bytes):
            row.text = value
        elif isinstance(value, str):
            row.text = value.encode()
        else:
            row.value = value
        rows.push_back(row)
    return 0


cdef int fill_options(cpp.EngineOptions& options, int on_late, bint dedupe_id,
                      int64_t leader_latency_ns, size_t max_symbols,
                      size_t max_symbol_bytes, tuple market, tuple times) except -1:
    options.on_late = <cpp.LatePolicy> on_late
    options.dedupe_id = dedupe_id
    options.leader_latency_ns = leader_latency_ns
    options.max_symbols = max_symbols
    options.max_symbol_bytes = max_symbol_bytes
    options.time.min_ns, options.time.max_ns, options.time.max_moves = times[:3]
    options.time.max_jump_ns, options.stale_after_ns = times[3:]
    options.max_quote_age_ns, options.hold_good_ns, options.snapshot_depth, source, sides = market
    options.quotes = <cpp.QuoteSource> <int> source
    options.sides = <cpp.SideRule> <int> sides
    return 0


cdef int fill_columns(vector[cpp.OutputColumn]& columns, list arrays) except -1:
    """Where the core writes: into arrays that are not empty."""
    cdef cpp.OutputColumn column
    cdef double[::1] real
    cdef uint8_t[::1] flag
    for array in arrays:
        column.real = NULL
        column.flag = NULL
        if array.dtype == np.uint8:
            flag = array
            column.flag = &flag[0]
        else:
            real = array
            column.real = &real[0]
        columns.push_back(column)
    return 0
