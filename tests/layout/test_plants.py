"""Every planted fault still has its place: a file that moved takes its plants along.

`make teeth` shows that the faults are found, which takes long; this, that they can be planted.
"""

from pkgutil import resolve_name

import pytest

from tests.files import planted as files
from tests.layout.tree import ROOT
from tests.libfuzzer import plants as parsers
from tests.mutants import plants as suite
from tests.ways import run as ways


@pytest.mark.parametrize("file", sorted({plant.file for plant in suite.PLANTS}))
def test_a_plant_of_the_suite_applies(file):
    path = ROOT / file
    assert suite.planted(path) != path.read_text()
    tests = {plant.tests.partition("::")[0] for plant in suite.PLANTS if plant.file == file}
    assert [name for name in tests if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("file", sorted({plant.file for plant in parsers.PLANTS}))
def test_a_plant_of_the_parsers_applies(file):
    assert "planted(" in parsers.broken(file)


@pytest.mark.parametrize("name", ways.PLANTS)
def test_a_plant_of_the_ways_applies(name):
    place, _ = ways.PLANTS[name]
    assert callable(resolve_name(f"tickeng.{place}"))
    with ways._planted(name):
        pass


@pytest.mark.parametrize("name", files.PLANTS)
def test_a_plant_of_the_files_applies(name):
    with files.PLANTS[name].planted():
        pass
