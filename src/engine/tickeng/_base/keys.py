"""One setting: how a value given as text, number or time is checked, and what the engine takes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple

from ..errors import ConfigError
from .control_text import CONTROL
from .notation import duration_ns, exact_ns, iso_utc, span_ns, span_text

Value = str | int | float | bool
AUTO = "auto"


class Key(NamedTuple):
    """One setting: how to check it and what it is when nobody sets it."""

    name: str
    kind: str  # real, integer, bool, choice, text, time, duration, window, span
    default: Value
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = "1"
    doc: str = ""
    numeric: bool = True  # changes numbers, so it is part of the hash


def native(key: Key, value: Value) -> float | str:
    """As the C++ engine takes it: choices by index, times in ns, those of windows negated."""
    if key.kind == "text":
        return str(value)
    if key.kind == "choice":
        return float(key.choices.index(str(value)))
    if key.kind in ("window", "span") and isinstance(value, str):
        return float(span_ns(value)) * (-1.0 if key.kind == "window" else 1.0)
    return float(value)


def checked(key: Key, value: object) -> Value:
    """The value as the key's type; text is parsed, so that TOML, --set and Python agree."""
    try:
        if key.kind == "text" and key.high is not None:
            result: Value = _text(value, key.high)
        elif key.kind == "choice" or key.kind == "text":
            result = str(value)
            if key.choices and result not in key.choices:
                raise ValueError
        elif key.kind == "bool":
            words = {"true": True, "1": True, "false": False, "0": False}
            result = words[str(value).lower()]
        elif key.kind == "integer":
            result = int(str(value))
        elif key.kind == "time":
            result = _time(str(value), key)
        elif key.kind == "duration":
            result = _seconds(value)
        elif key.kind in ("window", "span"):
            result = _span(value, key)
        else:
            result = float(str(value))
        if isinstance(result, int | float) and not isinstance(result, bool):
            low = -float("inf") if key.low is None else key.low
            high = float("inf") if key.high is None else key.high
            if not low <= result <= high:
                raise ValueError
    except (ValueError, KeyError, ConfigError):
        if key.choices:
            allowed = " or ".join(key.choices)
        elif key.kind == "bool":
            allowed = "true or false"
        elif key.kind == "time":
            allowed = "a time such as 2024-08-08T23:54:15Z, or nanoseconds since 1970"
            allowed += f", or {AUTO}" if key.default == AUTO else ""
        elif key.kind == "window":
            allowed = f"rows from {key.low:.0f} to {key.high:.0f}, or a duration such as 2s"
        elif key.kind == "text":
            allowed = f"a text of at most {key.high:.0f} bytes without control characters"
        elif key.kind == "span":
            allowed = "a duration such as 300ms"
        elif key.kind == "duration":
            allowed = "seconds, or a duration such as 250ms, 30s, 12h, 30d, or off"
        else:
            allowed = f"a {key.kind} number from {key.low} to {key.high}"
        raise ConfigError(f"{key.name} = {value!r}: expected {allowed}") from None
    return result


def _text(value: object, longest: float) -> str:
    if not isinstance(value, str) or CONTROL.search(value) or len(value.encode()) > longest:
        raise ValueError
    return value


def _time(text: str, key: Key) -> str:
    """ISO text to the nanosecond, or the default where that is no time."""
    if text == AUTO == key.default:
        return text
    ts_ns = exact_ns(text)
    if not 0 <= ts_ns < 1 << 63:
        raise ValueError
    return iso_utc(ts_ns)


def _seconds(value: object) -> float:
    if str(value) == "off":
        return 0.0
    try:
        return float(str(value))
    except ValueError:
        return duration_ns(str(value)) / 1e9


def _span(value: object, key: Key) -> Value:
    """Rows, where these may be, or a time in the one spelling that it has."""
    if isinstance(value, timedelta):
        return span_text(value // timedelta(microseconds=1) * 1000)
    text = str(value)
    if re.fullmatch(r"-?\d+", text):
        if key.kind == "span" and int(text) != key.default:
            raise ValueError
        return int(text)
    return span_text(span_ns(text))
