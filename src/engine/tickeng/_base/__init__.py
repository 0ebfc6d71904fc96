"""What every other room of the package leans on: the version, notations, the law of counters."""
