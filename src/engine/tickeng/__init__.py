"""tickeng: a streaming tick engine whose numbers are the same bits in batch, stream and resume."""
