"""The short form of `python -m tests.graphs.mixes`."""

import pytest

from tests.graphs import mixes

pytestmark = pytest.mark.filterwarnings("ignore::tickeng.NotAcceptedWarning")


def test_several_symbols_have_the_same_bits_with_any_number_of_workers():
    wrong = [what for seed in range(1, 9) for what in mixes.wrong(seed)]
    assert not wrong, "\n".join(wrong)
