"""Faults in a copy of the package, which the tests of the suite must find."""
