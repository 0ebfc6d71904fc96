"""A file under its name is the old or the new one, whatever fails, and nothing stays aside."""

import errno
import io
import os
import stat

import pytest

from tickeng.errors import OutputError
from tickeng.files.disk import durable, replace, take_name, write_aside, write_stream


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("call", ["write", "fsync", "close", "replace"])
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_failing_call_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch, call, old):
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    real = getattr(os, call)

    def fails(*arguments, **options):
        if call == "close":
            real(*arguments)
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fails)
        with pytest.raises(OutputError, match="file: cannot be written: Input/output error"):
            write_aside(path, b"new")
    assert names(tmp_path) == ([] if old is None else ["file"])
    assert old is None or path.read_bytes() == old
    write_aside(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_draft_whose_fsync_failed_is_never_synced_again(tmp_path, monkeypatch):
    """The page cache may have dropped what it could not write: only a new file is worth a sync."""
    path, failed, real = tmp_path / "file", [], os.fsync

    def once(descriptor):
        if not failed:
            failed.append(os.dup(descriptor))  # open, so that no other file gets its inode
            raise OSError(errno.EIO, "Input/output error")
        assert not os.path.samestat(os.fstat(descriptor), os.fstat(failed[0]))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", once)
    with pytest.raises(OutputError):
        write_aside(path, b"new")
    write_aside(path, b"new")
    os.close(failed[0])
    assert path.read_bytes() == b"new"


def test_short_writes_are_continued(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    write_aside(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_a_stream_without_a_buffer_gets_everything():
    class Raw(io.BytesIO):
        def write(self, data):
            return super().write(bytes(data[:7]))

    stream = Raw()
    write_stream(stream, b"0123456789" * 9)
    assert stream.getvalue() == b"0123456789" * 9


def test_permissions_stay(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_aside(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("exchange", [True, False])
def test_a_name_that_was_taken_meanwhile_is_not_replaced(tmp_path, monkeypatch, exchange):
    draft, path = tmp_path / ".file.writing", tmp_path / "file"
    if not exchange:
        monkeypatch.setattr(durable, "_rename_with", lambda *_: False)
    draft.write_bytes(b"mine")
    path.write_bytes(b"theirs")
    with pytest.raises(OutputError, match="has come there"):
        take_name(draft, path)
    assert path.read_bytes() == b"theirs"
    path.unlink()
    take_name(draft, path)
    assert path.read_bytes() == b"mine"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("old", ["file", "folder"])
@pytest.mark.parametrize("new", ["file", "folder"])
def test_files_and_folders_replace_each_other(tmp_path, monkeypatch, exchange, old, new):
    if not exchange:
        monkeypatch.setattr(durable, "_rename_with", lambda *_: False)
    for kind, path in ((old, tmp_path / "it"), (new, tmp_path / ".it.writing")):
        if kind == "folder":
            path.mkdir()
            (path / path.name).touch()
        else:
            path.write_text(path.name)
    replace(tmp_path / ".it.writing", tmp_path / "it")
    assert names(tmp_path) == ["it"]
    found = tmp_path / "it"
    assert (names(found)[0] if found.is_dir() else found.read_text()) == ".it.writing"


def test_a_replacement_in_two_steps_that_was_interrupted_is_taken_back(tmp_path, monkeypatch):
    monkeypatch.setattr(durable, "_rename_with", lambda *_: False)
    path, draft = tmp_path / "it", tmp_path / ".it.writing"
    path.mkdir()
    (path / "old").touch()
    draft.mkdir()
    real = os.rename

    def stops(source, target):
        if source == draft:
            raise OSError(errno.EIO, "power is gone")
        real(source, target)

    with monkeypatch.context() as patch, pytest.raises(OutputError):
        patch.setattr(os, "rename", stops)
        replace(draft, path)
    durable.recover(path)
    assert names(tmp_path) == [".it.writing", "it"]
    assert names(path) == ["old"]
