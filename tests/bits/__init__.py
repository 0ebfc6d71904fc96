"""One hash a tape, whatever built the core."""
