"""The command line of the generators that print what is wrong with a seed."""

import argparse
import sys
import warnings
from collections.abc import Callable

from tickeng import NotAcceptedWarning


def run_seeds(about: str | None, wrong: Callable[[int], list[str]], what: str, count: int) -> None:
    """Looks at `--count` seeds from `--first` on; exit code 1 where one of them is wrong."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--first", type=int, default=1)
    given = parser.parse_args()
    warnings.simplefilter("ignore", NotAcceptedWarning)
    lost = 0
    for seed in range(given.first, given.first + given.count):
        for found in wrong(seed):
            lost += 1
            print(found, flush=True)
    print(f"{given.count:,} {what}, {lost} differences")
    sys.exit(1 if lost else 0)
