"""What a battery says of the faults it plants, in the words that tests/teeth.py reads."""

from collections.abc import Callable, Iterable


def report(plants: Iterable[str], catch: Callable[[str], bool]) -> int:
    """Prints a line for each plant; the exit code."""
    survivors = 0
    for plant in plants:
        found = catch(plant)
        survivors += not found
        print(f"{'ok  ' if found else 'FAIL'}  {plant} {'is found' if found else 'survives'}",
              flush=True)
    return 1 if survivors else 0
