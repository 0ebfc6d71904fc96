"""The short form of `python -m tests.ways.run`, and that it sees what it is there to see."""

import pytest

from tests.ways import run


@pytest.mark.parametrize("seed", range(1, 25))
def test_all_ways_of_reading_a_file_agree(seed):
    assert run.wrong(seed) == []


@pytest.mark.parametrize("plant", run.PLANTS)
def test_a_planted_difference_is_found(plant):
    assert run.catch(plant)
