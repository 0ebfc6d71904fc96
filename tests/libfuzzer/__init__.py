"""Fuzz targets of libFuzzer on the C++ that reads bytes from outside; see run.py."""
