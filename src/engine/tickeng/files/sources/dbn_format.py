"""Databento DBN as a format: what it is known by, and who reads which schema."""

from __future__ import annotations

from tickeng.files.sources.dbn import DbnReader
from tickeng.files.sources.dbn_header import MAGIC, read_header
from tickeng.files.sources.dbn_orders import OrderReader
from tickeng.files.sources.probe import Probe, not_in_format
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import check_shape


class Dbn:
    name = "dbn"

    def recognise(self, probe: Probe) -> bool:
        return MAGIC.match(probe.content.head) is not None

    def open(self, probe: Probe) -> Reader:
        if not self.recognise(probe):
            raise not_in_format(self.name)
        check_shape(probe.options, "a DBN file")
        header = read_header(probe.content, probe.limits)
        of_orders = header.schema == "mbo" and probe.options.kind != "trade"
        return (OrderReader if of_orders else DbnReader)(probe, header)


FORMAT = Dbn()
