"""How JSON of trades is told from other text; its reader, which needs pyarrow, is loaded on demand.
"""

from __future__ import annotations

import re

from tickeng.files.sources.lines import UTF8_BOM
from tickeng.files.sources.probe import Probe, not_in_format
from tickeng.files.sources.raw_json import are_messages, kinds_of, open_messages
from tickeng.files.sources.reader import Reader

_JSON = re.compile(rb'\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[\[{\]"\-\d]|$))')


def is_json(head: bytes) -> bool:
    """Whether content begins as an object or a list does."""
    return bool(_JSON.match(head.removeprefix(UTF8_BOM)[:4096]))


class Json:
    name = "json"

    def recognise(self, probe: Probe) -> bool:
        return bool(probe.lines) and is_json(probe.content.head)

    def open(self, probe: Probe) -> Reader:
        from tickeng.files.sources.json_records import JsonRecords

        if not is_json(probe.content.head):
            raise not_in_format(self.name)
        if are_messages(probe.content.head) and (kinds := kinds_of(probe)) != ("trade",):
            return open_messages(probe, self.name, kinds, None)
        return JsonRecords(probe)


FORMAT = Json()
