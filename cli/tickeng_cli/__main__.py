"""`python -m tickeng_cli` is the command `tickeng`."""

from .app import main

main()
