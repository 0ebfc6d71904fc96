"""Cases that are neither read rightly nor refused yet. Each is expected to fail, strictly."""

NOT_YET: tuple[str, ...] = ()
