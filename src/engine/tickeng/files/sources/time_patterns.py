"""The forms in which files write dates and times of day, as directives of strptime.

A form that two patterns read (03/04/2024) gives both: the caller tries them on all cells.
"""

from __future__ import annotations

import re
from itertools import product

# What a date and a clock may look like, and the directives that read them.
_DATES = (
    (r"\d{4}-\d{1,2}-\d{1,2}", ("%Y-%m-%d",)), (r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    (r"\d{4}\.\d{1,2}\.\d{1,2}", ("%Y.%m.%d",)), (r"\d{8}", ("%Y%m%d",)),
    *((rf"\d{{1,2}}{re.escape(s)}\d{{1,2}}{re.escape(s)}{digits}",
       (f"%d{s}%m{s}{year}", f"%m{s}%d{s}{year}"))
      for s in "/.-" for digits, year in ((r"\d{4}", "%Y"), (r"\d{2}", "%y"))),
    (r"\d{1,2}-[A-Za-z]{3}-\d{4}", ("%d-%b-%Y",)), (r"\d{1,2} [A-Za-z]{3} \d{4}", ("%d %b %Y",)),
    (r"\d{1,2}[A-Za-z]{3}\d{4}", ("%d%b%Y",)), (r"[A-Za-z]{3} \d{1,2},? \d{4}", ("%b %d %Y",)),
    (r"\d{1,2}-[A-Za-z]{3}-\d{2}", ("%d-%b-%y",)),
)
_CLOCKS = (
    (r"\d{1,2}:\d{2}:\d{2}\.\d+ ?[AaPp][Mm]", "%I:%M:%S.%f %p"),
    (r"\d{1,2}:\d{2}:\d{2} ?[AaPp][Mm]", "%I:%M:%S %p"), (r"\d{1,2}:\d{2} ?[AaPp][Mm]", "%I:%M %p"),
    (r"\d{1,2}:\d{2}:\d{2}\.\d+", "%H:%M:%S.%f"), (r"\d{1,2}:\d{2}:\d{2},\d+", "%H:%M:%S,%f"),
    (r"\d{1,2}:\d{2}:\d{2}:\d+", "%H:%M:%S:%f"), (r"\d{1,2}:\d{2}:\d{2}", "%H:%M:%S"),
    (r"\d{1,2}:\d{2}", "%H:%M"), (r"\d{6}\.\d+", "%H%M%S.%f"), (r"\d{6} \d{3,9}", "%H%M%S %f"),
    (r"\d{9}", "%H%M%S%f"), (r"\d{12}", "%H%M%S%f"), (r"\d{6}", "%H%M%S"),
)
_OFFSETS = ((r"", ""), (r"(?:Z|[+-]\d{2}:?(?:\d{2})?)", "%z"),
            (r" (?:Z|[+-]\d{2}:?(?:\d{2})?)", " %z"), (r" (?:UTC|GMT)", " UTC"))
# A day that is written as its midnight, as tables of dates are: 2024-02-13T00:00:00 10:15:00.
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]00:00:00(?:\.0+)?) (?=\d)")


def patterns_of(shown: str) -> list[str]:
    """The known patterns that can read a text of this form."""
    if day := _MIDNIGHT.match(shown):
        return [pattern.replace("%Y-%m-%d", "%Y-%m-%d" + day[2], 1)
                for pattern in patterns_of(f"{day[1]} {shown[day.end():]}")]
    found = []
    for (date, days), separator in product(_DATES, (" ", "T", "D", "-", ", ", "")):
        if (not separator and date != r"\d{8}") or not re.match(date + separator, shown):
            continue
        for (clock, hours), (offset, zone) in product(_CLOCKS, _OFFSETS):
            if re.fullmatch(date + separator + clock + offset, shown):
                found += [day + separator + hours + zone for day in days]
    return list(dict.fromkeys(found))
