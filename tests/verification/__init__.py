"""Tests of `tickeng verify` and of the law of counters."""
