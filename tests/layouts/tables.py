"""All layouts, and the ones that are not read or refused rightly yet."""

from tests.layouts import (
    table_columnar,
    table_exchanges,
    table_json,
    table_own,
    table_platforms,
    table_us_vendors,
    table_vendors,
    table_venue_exports,
    table_venues,
)
from tests.layouts.entry import Layout

LAYOUTS: tuple[Layout, ...] = (
    *table_venues.LAYOUTS, *table_venue_exports.LAYOUTS, *table_vendors.LAYOUTS,
    *table_us_vendors.LAYOUTS, *table_exchanges.LAYOUTS, *table_platforms.LAYOUTS,
    *table_json.LAYOUTS, *table_columnar.LAYOUTS, *table_own.LAYOUTS,
)
