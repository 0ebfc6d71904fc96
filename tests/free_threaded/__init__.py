"""The package on an interpreter without a GIL; see __main__."""
