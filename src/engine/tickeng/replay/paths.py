"""The files of a replay by their roles, compared before any of them is opened."""

import os
from collections.abc import Iterator
from pathlib import Path

from .. import plotting
from ..checkpoint import is_ours, previous
from ..files.disk import manifest_path, refuse_overwrite
from ..files.disk.guard import Named, refuse_shared, require_kind
from ..files.sinks.rejects import RejectList
from .files import expand
from .options import Options

_CHECKPOINTS = "checkpoints"
_FIRST_KEY = 64  # bytes within which a manifest has its first key


def guard(options: Options) -> None:
    """Refuse a replay that would write over a file that it reads or writes, or a stranger's.

    Raises:
        ConfigError: two options name one file.
        OutputError: a file that exists is of another kind, or `force` is not given.
    """
    refuse_shared([*_read(options), *_written(options)])
    for out in options.outs:
        if out != "-":
            require_kind(manifest_path(Path(out)), "manifest of tickeng", _is_manifest)
    for target in _checkpoints(options):
        for path in (target, previous(target)):
            require_kind(path, "checkpoint of tickeng", is_ours)
    if options.rejects:
        RejectList.require(options.rejects)
    if options.plot:
        plotting.require(options.plot)
        refuse_overwrite(options.plot, options.force or options.resume is not None)


def _checkpoints(options: Options) -> list[Path]:
    """Where checkpoints go: where asked, or beside an output that is interrupted."""
    beside = beside_output(options)
    return [path for path in (options.checkpoint or beside,) if path]


def beside_output(options: Options) -> Path | None:
    """Where the checkpoint of an interrupted run goes: beside the first output that is a file."""
    return next((Path(f"{out}.ckpt") for out in options.outs if out != "-"), None)


def _read(options: Options) -> Iterator[Named]:
    given = [path for path in options.files if path == "-" or os.path.exists(path)]
    yield from (Named(f"the input {path}", path) for path in (expand(given) if given else []))
    for kind, paths in (("quotes", options.quotes), ("books", options.books),
                        ("leaders", options.leaders.values())):
        yield from (Named(f'{kind}="{path}"', path) for path in paths)
    yield from (Named(f'warm="{path}"', path) for path in expand(options.warm))
    if options.config_file:
        yield Named(f'config="{options.config_file}"', options.config_file)
    if options.resume:
        yield Named(f'resume="{options.resume}"', options.resume, group=_CHECKPOINTS)


def _written(options: Options) -> Iterator[Named]:
    for out in options.outs:
        yield Named(f'out="{out}"', out, written=True)
        if out != "-":
            name = manifest_path(Path(out))
            yield Named(f"the manifest {name}", name, written=True)
    for target in _checkpoints(options):
        word = f'checkpoint="{target}"' if options.checkpoint else f"the checkpoint {target}"
        yield Named(word, target, written=True, group=_CHECKPOINTS)
        older = previous(target)
        yield Named(f"the checkpoint before, {older},", older, written=True, group=_CHECKPOINTS)
    if options.rejects:
        yield Named(f'rejects="{options.rejects}"', options.rejects, written=True)
    if options.plot:
        yield Named(f'plot="{options.plot}"', options.plot, written=True)


def _is_manifest(head: bytes) -> bool:
    return b'"config"' in head[:_FIRST_KEY]
