"""Random pipelines on random tapes, run in every way there is: the bits must not tell which."""
