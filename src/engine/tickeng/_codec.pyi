from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

class TextFormatter:
    def __init__(self, form: str, names: list[str]) -> None: ...
    def header(self) -> bytes: ...
    def rows(
        self, columns: Sequence[NDArray[Any] | tuple[NDArray[np.uint32], list[str]]]
    ) -> bytes: ...
