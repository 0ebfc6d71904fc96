"""One writer at a time: the second is told who the first is, and a dead one holds nothing."""

import errno
import fcntl
import os
import signal
import subprocess
import sys

import pytest

from tickeng.errors import OutputError
from tickeng.files.disk import hold


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_the_second_is_told_who_holds_it(tmp_path):
    path = tmp_path / "out.csv"
    with hold(path):
        assert names(tmp_path) == [".out.csv.lock"]
        with pytest.raises(OutputError, match=f"is being written by process {os.getpid()} on"):
            hold(path)
        assert names(tmp_path) == [".out.csv.lock"]
    assert names(tmp_path) == []
    with hold(path):
        pass


def test_a_dead_process_holds_nothing(tmp_path):
    script = ("import os, sys; from pathlib import Path; from tickeng.files.disk.lock import hold\n"
              "held = hold(Path(sys.argv[1])); os.kill(os.getpid(), 9)")
    path = tmp_path / "out.csv"
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert names(tmp_path) == [".out.csv.lock"]
    with hold(path):
        pass
    assert names(tmp_path) == []


def test_a_lock_file_that_is_removed_before_it_is_locked_counts_for_nothing(tmp_path, monkeypatch):
    real, seen = fcntl.flock, []

    def removed_first(descriptor, how):
        if not seen:
            seen.append(descriptor)
            (tmp_path / ".out.csv.lock").unlink()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", removed_first)
    with hold(tmp_path / "out.csv"), pytest.raises(OutputError, match="is being written"):
        hold(tmp_path / "out.csv")


def test_a_file_system_without_locks_is_a_warning(tmp_path, monkeypatch):
    def none(descriptor, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with hold(tmp_path / "out.csv") as held:
        assert "has no locks" in held.warning


def test_a_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match=r"out\.csv: cannot be written: No such file"):
        hold(tmp_path / "absent" / "out.csv")
