"""One file read in every way there is: the same rows, rejects and counts, or the same refusal."""
