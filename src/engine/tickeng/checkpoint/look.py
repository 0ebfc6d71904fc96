"""Looking at checkpoints: what one says, in what two differ, whether both generations are sound.

No state is held: it is unpacked piece by piece into a digest.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import StateError
from ..files.limits import DEFAULT_MEMORY
from .container import Content
from .description import Meta
from .meter import Meter, Progress
from .store import opened, previous


def describe(
    path: str | os.PathLike[str], *, max_bytes: int | None = DEFAULT_MEMORY,
    progress: Progress | None = None,
) -> Meta:
    """Header fields, sizes and description of exactly this file, for showing; no fallback.

    `max_bytes` is the most that the description may take (None: anything), here and below.

    Raises:
        StateError: damaged, or larger than that.
        FileNotFoundError: missing.
    """
    content, size, _ = _examined(Path(path), max_bytes, Meter(progress, [path]))
    return {**content.head, "bytes": size, "state_bytes": content.state_bytes,
            "meta": content.meta}


def compare(
    first: str | os.PathLike[str], second: str | os.PathLike[str], *,
    max_bytes: int | None = DEFAULT_MEMORY, progress: Progress | None = None,
) -> dict[str, tuple[Any, Any]]:
    """What differs between two checkpoints: dotted key -> (value in first, value in second)."""
    sides, meter = [], Meter(progress, [first, second])
    for path in (first, second):
        content, _, digest = _examined(Path(path), max_bytes, meter)
        sides.append(dict(_flat({**content.meta, "state_sha256": digest}, "")))
    left, right = sides
    return {
        key: (left.get(key), right.get(key))
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    }


def verify(
    path: str | os.PathLike[str], *, max_bytes: int | None = DEFAULT_MEMORY,
    progress: Progress | None = None,
) -> list[Meta]:
    """Whether `path` and the generation before it (if kept) are sound, newest first.

    Raises:
        FileNotFoundError: neither exists.
    """
    results: list[Meta] = []
    files = (Path(path), previous(path))
    meter = Meter(progress, [file for file in files if file.exists()])
    for file in files:
        try:
            content, _, _ = _examined(file, max_bytes, meter)
        except FileNotFoundError:
            if file == Path(path) and not previous(path).exists():
                raise
            if file == Path(path):
                results.append({"path": str(file), "sound": False, "error": f"{file}: missing"})
        except StateError as error:
            results.append({"path": str(file), "sound": False, "error": str(error)})
        else:
            generation = content.head["generation"]
            results.append({"path": str(file), "sound": True, "generation": generation})
    _check_order(results)
    return results


def _check_order(results: list[Meta]) -> None:
    """The newest file is unsound where the one before is of a later generation."""
    if len(results) < 2 or not all(result["sound"] for result in results):
        return
    newest, older = results
    if newest["generation"] < older["generation"]:
        newest["sound"] = False
        newest["error"] = (f"{newest['path']}: is generation {newest['generation']}, and"
                           f" {older['path']} is a later one, {older['generation']}")


def _examined(path: Path, max_bytes: int | None, meter: Meter) -> tuple[Content, int, str]:
    """The content with its state gone through, its size on disk, and the state's SHA-256."""
    with opened(path) as file:
        content = Content(file, str(path), max_bytes)
        size, digest = os.fstat(file.fileno()).st_size, hashlib.sha256()
        for piece in content.state():
            digest.update(piece)
            meter.passed(len(piece), size * len(piece) / content.state_bytes)
        return content, size, digest.hexdigest()


def _flat(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """The leaves of nested dicts and lists with dotted keys."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        yield prefix, value
        return
    for key, part in value.items():
        yield from _flat(part, f"{prefix}.{key}" if prefix else str(key))
