"""All layouts."""

from tests.layouts import (
    table_columnar,
    table_exchanges,
    table_json,
    table_more_json,
    table_more_text,
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
    *table_more_json.LAYOUTS, *table_more_text.LAYOUTS,
)
