"""Single rolling primitives: one value in, one answer out, or whole arrays.

    from tickeng.rolling import Std
    std = Std(1024)
    std.update(101.5)        # one value: NaN until 1024 have come
    std.run(prices)          # an array, continuing the same state

`update` in a loop, `run` over the whole, in chunks, or after pickling: the same bits, whatever the
processor. Sums are never subtracted from, so an outlier leaves no trace once it has left the
window: sums and means are within 1e-12 of the window's largest magnitude (times W for a sum),
standard deviations within 1e-11 relative, for values from 1e-140 to 1e150.

Windows are the last `window` accepted values, the newest included. Before `min_count` of them have
come (default: all) answers are NaN. A value that is not finite is skipped: it is answered with NaN,
counted in `skipped`, and never enters a window. Time and allocation per value do not grow with the
window (quantile: log W). One object serves one thread at a time; `run` releases the GIL.

Deviations are the population's (ddof 0) unless `ddof` says otherwise. Bad parameters raise
ConfigError, arrays of the wrong kind DataError. Spec: B-02 to B-09.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from tickeng._native.rolling import RollingCore
from tickeng.errors import ConfigError, DataError

__all__ = ["Ewm", "EwmStd", "EwmVar", "Max", "Mean", "Median", "Min", "Quantile", "Rolling", "Std",
           "Sum", "Var", "ZScore", "restore"]


def _whole(name: str, value: object) -> int:
    """A parameter that counts something."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ConfigError(f"{name} must be a whole number, not {value!r}")
    number = int(value.__index__())
    if not 0 <= number < 2**63:
        raise ConfigError(f"{name} must not be negative or above 2**63, it is {number}")
    return number


def _real(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ConfigError(f"{name} must be a number, not {value!r}") from None


def _reals(values: Any) -> NDArray[np.float64]:
    """One-dimensional float64, in one piece."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise DataError(f"values must be real numbers, not {array.dtype}")
    if array.ndim != 1:
        raise DataError(f"values must have one dimension, not {array.ndim}; "
                        "one object follows one series")
    return np.ascontiguousarray(array, dtype=np.float64)


class Rolling(RollingCore):
    """What all rolling primitives share; make one of the others."""

    __slots__ = ()
    _NUMBER: ClassVar[int] = -1
    _SHOWN: ClassVar[tuple[str, ...]] = ("window",)

    def run(self, values: Any, out: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Add an array of values and return the answer after each, in the bits of `update`.

        values: n real numbers, converted to float64. out: float64[n], contiguous and writable, for
        the answers; may be `values` itself. Returns out, or a new float64[n]. Continues the state,
        releases the GIL. Raises DataError for other shapes and kinds.
        """
        given = _reals(values)
        if out is None:
            out = np.empty(len(given))
        elif not (isinstance(out, np.ndarray) and out.dtype == np.float64
                  and out.shape == given.shape and out.flags.c_contiguous and out.flags.writeable):
            raise DataError(f"out must be a contiguous, writable float64 array of {len(given)}")
        elif np.may_share_memory(given, out):
            given = given.copy()
        self._run(given, out)
        return out

    def copy(self) -> Self:
        """An independent object with the same state."""
        twin = type(self).__new__(type(self))
        twin._clone_from(self)
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return restore, (self.state(),)

    def __repr__(self) -> str:
        recipe = self._recipe
        shown = ", ".join(f"{key}={recipe[key]!r}" for key in (*self._SHOWN, "min_count"))
        return f"{type(self).__name__}({shown})"

    def _make(self, **recipe: Any) -> None:
        if recipe.get("min_count") is None:
            recipe["min_count"] = 0
        elif recipe["min_count"] == 0:
            raise ConfigError("min_count must be at least 1")
        for name in ("window", "min_count", "ddof"):
            if name in recipe:
                recipe[name] = _whole(name, recipe[name])
        for name in ("p", "eps", "alpha"):
            if name in recipe:
                recipe[name] = _real(name, recipe[name])
        self._build(self._NUMBER, **recipe)


class Sum(Rolling):
    """Sum of the last `window` values. Spec: B-02."""

    __slots__ = ()
    _NUMBER = 0

    def __init__(self, window: int, *, min_count: int | None = None) -> None:
        self._make(window=window, min_count=min_count)


class Mean(Rolling):
    """Mean of the last `window` values. Spec: B-03."""

    __slots__ = ()
    _NUMBER = 1

    def __init__(self, window: int, *, min_count: int | None = None) -> None:
        self._make(window=window, min_count=min_count)


class Var(Rolling):
    """Variance of the last `window` values: squared deviations by n - ddof; NaN where n <= ddof.

    window: at least 1 and above ddof. Unit: the values' squared. Spec: B-04.
    """

    __slots__ = ()
    _NUMBER = 2
    _SHOWN = ("window", "ddof")

    def __init__(self, window: int, *, ddof: int = 0, min_count: int | None = None) -> None:
        self._make(window=window, ddof=ddof, min_count=min_count)


class Std(Rolling):
    """Standard deviation of the last `window` values; see Var. Spec: B-04."""

    __slots__ = ()
    _NUMBER = 3
    _SHOWN = ("window", "ddof")

    def __init__(self, window: int, *, ddof: int = 0, min_count: int | None = None) -> None:
        self._make(window=window, ddof=ddof, min_count=min_count)


class ZScore(Rolling):
    """(x - mean) / (std + eps) of the newest value in its own window, std with ddof 0.

    eps: in the values' unit; with relative=True eps * |mean| is added instead. 0 where the
    denominator is 0. |z| <= sqrt(window - 1). Spec: B-05.
    """

    __slots__ = ()
    _NUMBER = 4
    _SHOWN = ("window", "eps", "relative")

    def __init__(self, window: int, *, eps: float = 1e-8, relative: bool = False,
                 min_count: int | None = None) -> None:
        self._make(window=window, eps=eps, relative=bool(relative), min_count=min_count)


class Quantile(Rolling):
    """Exact quantile of the last `window` values, linearly interpolated as in NumPy.

    p: 0 to 1. -0.0 counts as 0.0. Spec: B-06.
    """

    __slots__ = ()
    _NUMBER = 5
    _SHOWN = ("window", "p")

    def __init__(self, window: int, p: float, *, min_count: int | None = None) -> None:
        self._make(window=window, p=p, min_count=min_count)


class Median(Quantile):
    """Exact median of the last `window` values. Spec: B-07."""

    __slots__ = ()

    def __init__(self, window: int, *, min_count: int | None = None) -> None:
        super().__init__(window, 0.5, min_count=min_count)


class Min(Rolling):
    """Smallest of the last `window` values. -0.0 counts as 0.0. Spec: B-08."""

    __slots__ = ()
    _NUMBER = 6

    def __init__(self, window: int, *, min_count: int | None = None) -> None:
        self._make(window=window, min_count=min_count)


class Max(Rolling):
    """Largest of the last `window` values. -0.0 counts as 0.0. Spec: B-08."""

    __slots__ = ()
    _NUMBER = 7

    def __init__(self, window: int, *, min_count: int | None = None) -> None:
        self._make(window=window, min_count=min_count)


class Ewm(Rolling):
    """Exponentially weighted mean: weights (1 - alpha)^k, k the age in values.

    Exactly one of alpha (0 to 1], span (2 / (span + 1)), halflife (1 - 2^(-1 / halflife)), decay
    (1 - decay) and wilder (1 / wilder) gives alpha. adjust=True divides by the sum of the weights
    so far, as pandas does; adjust=False starts from the first value: m += alpha (x - m).
    min_count: default 1 / alpha, rounded up: one time constant. Weights never reach 0, so a value
    whose square overflows (above 1e150) may leave its mark until reset(). Spec: B-09.
    """

    __slots__ = ()
    _NUMBER = 8
    _SHOWN = ("alpha", "corrected")

    def __init__(self, *, alpha: float | None = None, span: float | None = None,
                 halflife: float | None = None, decay: float | None = None,
                 wilder: float | None = None, adjust: bool = True,
                 min_count: int | None = None) -> None:
        given = {key: _real(key, value) for key, value in
                 (("alpha", alpha), ("span", span), ("halflife", halflife), ("decay", decay),
                  ("wilder", wilder)) if value is not None}
        if len(given) != 1:
            raise ConfigError("give exactly one of alpha, span, halflife, decay and wilder")
        (key, value), = given.items()
        self._make(alpha=_alpha(key, value), corrected=bool(adjust), min_count=min_count)


class EwmVar(Ewm):
    """Exponentially weighted variance about the weighted mean, with Ewm's weights (pandas'
    bias=True). Unit: the values' squared. Spec: B-09."""

    __slots__ = ()
    _NUMBER = 9


class EwmStd(Ewm):
    """Root of EwmVar. Spec: B-09."""

    __slots__ = ()
    _NUMBER = 10


_LEAST = {"alpha": 0.0, "span": 1.0, "halflife": 0.0, "decay": 0.0, "wilder": 1.0}


def _alpha(key: str, value: float) -> float:
    """The weight of a new value from any of the ways to say it."""
    positive = key in ("alpha", "halflife")
    if not _LEAST[key] <= value < math.inf or (positive and value == 0.0):
        raise ConfigError(f"{key} must be {'above' if positive else 'at least'} {_LEAST[key]:g}, "
                          f"it is {value!r}")
    if key == "span":
        return 2.0 / (value + 1.0)
    if key == "halflife":
        return -math.expm1(-math.log(2.0) / value)
    if key == "wilder":
        return 1.0 / value
    return 1.0 - value if key == "decay" else value


_CLASSES: dict[int, type[Rolling]] = {
    kind._NUMBER: kind
    for kind in (Sum, Mean, Var, Std, ZScore, Quantile, Min, Max, Ewm, EwmVar, EwmStd)}


def restore(state: bytes) -> Rolling:
    """The object whose `state()` gave these bytes; a Median comes back as a Quantile of 0.5.

    Raises DataError when they are damaged, truncated or of another version.
    """
    core = RollingCore()
    core._load(bytes(state))
    made = _CLASSES[core._kind].__new__(_CLASSES[core._kind])
    made._clone_from(core)
    return made
