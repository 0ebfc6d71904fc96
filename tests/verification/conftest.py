"""Tapes in an empty folder, and verifications without a child process unless one is asked for."""

import pytest

from tests.cli.conftest import tickeng  # noqa: F401
from tickeng.verification import levels


@pytest.fixture
def one_level(monkeypatch):
    """No other instruction set."""
    monkeypatch.setattr(levels, "others", list)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
