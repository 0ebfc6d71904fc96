"""Configuration: typed keys with defaults, bounds and origins, the same in Python, TOML and --set.

Keys are `kernel.param` ("k1.window"), flat aliases that set a parameter in every kernel that has it
("eps", "mode", "warmup", "lead_weight", "clip", "regime_step", ...), and the engine's own
("kernels", "on_late", "dedupe", "max_jump", ...). Times are ISO text or ns since 1970, durations
seconds or text such as "30d".
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tickeng._base.keys import AUTO, Key, Value, checked, native
from tickeng._base.notation import exact_ns, iso_utc, span_text
from tickeng._native.core import catalogue_json, nodes_json, presets_json
from tickeng.errors import ConfigError

DAY_NS = 86_400 * 10**9
Times = tuple[int, int, bool, int, int]
Setting = tuple[str, str, float | str | bytes]
# Keys that came later: hashed only where they are set, so that older hashes keep their meaning.
_HASHED_WHERE_SET = ("min_time", "max_jump", "max_quote_age", "hold_good",
                      "snapshot_depth", "quotes", "infer_side")
_LARGEST_FILE = 1 << 20  # bytes of TOML
ENGINE_KEYS = (
    Key("kernels", "text", "chain", doc='"chain" or kernel names separated by commas'),
    Key("on_late", "choice", "drop", choices=("drop", "error", "clamp"),
        doc="what happens to a tick older than the symbol's last"),
    Key("dedupe", "choice", "none", choices=("none", "id"),
        doc="id: drop ticks whose id the symbol has had (of its last 1,048,576)"),
    Key("min_time", "time", "1990-01-01T00:00:00Z", doc="ticks with earlier stamps are rejected"),
    Key("max_time", "time", AUTO, numeric=False,
        doc="ticks with later stamps are rejected; auto: those more than a day ahead of the clock"),
    Key("max_jump", "duration", 30 * 86_400.0, 0.0, 9e9, unit="s",
        doc="reject a tick this long after its symbol's last, once; off: never"),
    Key("stale_after", "duration", 0.0, 0.0, 9e9, unit="s", numeric=False,
        doc="on_time shuts the gate of a symbol without ticks for this long; off: never"),
    Key("leader_latency", "real", 0.0, 0.0, 3600.0, unit="s",
        doc="a leader tick is available this much later (merged leaders only)"),
    Key("max_quote_age", "duration", 30.0, 0.0, 9e9, unit="s",
        doc="an older quote is no market: what depends on it is NaN; off: it always is one;"
            " in a replay of books that come at regular times three periods, unless it is set"),
    Key("hold_good", "duration", 1.0, 0.0, 9e9, unit="s",
        doc="so long after a locked or crossed quote the one before is still the market"),
    Key("quotes", "choice", "auto", choices=("auto", "native", "book"),
        doc="where quotes come from: native: a symbol's own, book: those that its books give; auto:"
            " its books up to its first own one"),
    Key("infer_side", "choice", "none", choices=("none", "tick", "quote", "lee-ready"),
        doc="the side of a trade without one: tick: by the last change of price, quote: by the mid"
            " before it, lee-ready: at the mid by tick; without a quote all go by tick"),
    Key("snapshot_depth", "integer", 0, 0, 1 << 20, unit="levels",
        doc="behind a depth feed's snapshot of so many levels a side nothing is shown, as it is not"
            " all known there; 0: what changes told is, and counted"),
    Key("max_symbols", "integer", 20000, 1, 1 << 24, numeric=False,
        doc="refuse input with more symbols than this"),
    Key("max_symbol_bytes", "integer", 255, 1, 1 << 16, unit="bytes", numeric=False,
        doc="refuse longer symbol names"),
)


@cache
def catalogue() -> list[dict[str, Any]]:
    """Every kernel: id, name, aliases, summary, formula, params, outputs, inputs, memory."""
    kernels: list[dict[str, Any]] = json.loads(catalogue_json())
    for kernel in kernels:
        kernel["aliases"] = kernel["aliases"].split()
        kernel["reads_any"] = bool(kernel["reads_any"])
        for param in kernel["params"]:
            param["choices"] = param["choices"].split("|") if param["choices"] else []
            if param["kind"] == "text":
                param["default"] = ""
            elif param["kind"] == "choice":
                param["default"] = param["choices"][int(param["default"])]
            elif param["kind"] == "bool":
                param["default"] = bool(param["default"])
            elif param["kind"] in ("window", "duration") and param["default"]:
                times = param["kind"] == "duration" or param["default"] < 0
                ns = abs(int(param["default"]))
                param["default"] = span_text(ns) if times else ns
            elif param["kind"] in ("integer", "window", "duration"):
                param["default"] = int(param["default"])
    return kernels


@cache
def presets() -> list[dict[str, str]]:
    """Selections of kernels with a name of their own: name, summary, text."""
    return list(json.loads(presets_json()))


@cache
def _keys() -> dict[str, Key]:
    keys = {key.name: key for key in ENGINE_KEYS}
    for kernel in catalogue():
        for p in kernel["params"]:
            name = f"{kernel['name']}.{p['name']}"
            kind = "span" if p["kind"] == "duration" else p["kind"]
            keys[name] = Key(name, kind, p["default"], p["low"], p["high"],
                             tuple(p["choices"]), p["unit"], p["doc"])
    return keys


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    """Flat name -> the keys it sets."""
    found: dict[str, list[str]] = {}
    for kernel in catalogue():
        for p in kernel["params"]:
            if p["alias"]:
                found.setdefault(p["alias"], []).append(f"{kernel['name']}.{p['name']}")
    return {alias: tuple(names) for alias, names in found.items()}


def _came_later(key: Key) -> bool:
    """Whether it is hashed only where it is set; so are all texts of kernels."""
    return key.name in _HASHED_WHERE_SET or (key.kind == "text" and "." in key.name)


def _of_a_node(name: str) -> bool:
    """Whether this may be the setting of a named node."""
    node, dot, param = name.partition(".")
    return bool(dot and re.fullmatch(r"[a-z][a-z0-9_]{0,62}", node)) and any(
        param == p["name"] for kernel in catalogue() for p in kernel["params"]) and all(
        node != kernel["name"] for kernel in catalogue())


@cache
def _nodes(kernels: str) -> list[dict[str, Any]]:
    """What the text of a pipeline comes to. Raises ConfigError."""
    found: list[dict[str, Any]] = json.loads(nodes_json(kernels, []))
    return found


def digests(nodes: list[dict[str, Any]]) -> list[str]:
    """What each node computes, whatever it is called."""
    found: list[str] = []
    for node in nodes:
        inputs = [(found[int(at)], output) for at, _, output in
                  (name.partition(".") for name in node["inputs"])]
        found.append(hashlib.sha256(repr((node["computes"], inputs)).encode()).hexdigest())
    return found


def _digests(nodes: list[dict[str, Any]]) -> set[str]:
    """What the written nodes compute, in whatever order they stand."""
    return {digest for digest, node in zip(digests(nodes), nodes, strict=True) if node["written"]}


class Config:
    """An immutable set of settings; `Config({"eps": "relative"}, mode="engine")`.

    Raises ConfigError for an unknown key (with near names), a wrong type or a value out of bounds.
    """

    def __init__(self, settings: Mapping[str, object] | None = None, *, origin: str = "argument",
                 **overrides: object) -> None:
        self._set: dict[str, tuple[Value, str]] = {}
        # Those of named nodes, as they were given: the text of `kernels` may come from elsewhere.
        self._of_nodes: dict[str, tuple[object, str]] = {}
        for name, value in {**(settings or {}), **overrides}.items():
            self._assign(name, value, origin)

    def _assign(self, name: str, value: object, origin: str) -> None:
        if isinstance(value, Mapping):  # a TOML table: [k1] window = 512
            for inner, item in value.items():
                self._assign(f"{name}.{inner}", item, origin)
            return
        if name == "kernels" and isinstance(value, list | tuple):
            value = "\n".join(map(str, value))  # statements, or what prints as one
        targets = _aliases().get(name, (name,))
        for target in targets:
            key = _keys().get(target)
            if key is None and _of_a_node(target):
                self._of_nodes[target] = (value, origin)
                continue
            if key is None:
                near = difflib.get_close_matches(name, [*_keys(), *_aliases()], 3)
                hint = f"; did you mean {' or '.join(near)}?" if near else ""
                raise ConfigError(f"there is no setting {name!r}{hint}")
            self._set[target] = (checked(key, value), origin)

    @classmethod
    def restored(cls, settings: Mapping[str, object], origin: str) -> Config:
        """Settings that were stored with a result, all of them checked: those of nodes as well.

        Raises ConfigError where an engine cannot be built from them.
        """
        config = cls(settings, origin=origin)
        config.nodes()
        config.times()
        return config

    @classmethod
    def from_toml(cls, path: str | Path) -> Config:
        """Reads a TOML file; tables are kernels, top-level keys are aliases and engine keys."""
        import tomllib  # for a file only

        try:
            with open(path, "rb") as file:
                text = file.read(_LARGEST_FILE + 1)
            if len(text) > _LARGEST_FILE:
                raise ConfigError(f"{path}: is no configuration, being over {_LARGEST_FILE} bytes")
            settings = tomllib.loads(text.decode())
        except FileNotFoundError:
            raise ConfigError(f"{path}: no such configuration file") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise ConfigError(f"{path}: {error}") from None
        return cls(settings, origin=f"file {path}")

    @staticmethod
    def parse_set(text: str) -> tuple[str, str]:
        """Splits "key=value" as given to --set."""
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ConfigError(f"--set {text!r}: expected key=value")
        return name.strip(), value.strip()

    def merged(self, other: Config | Mapping[str, object], origin: str = "argument") -> Config:
        """This configuration with the other's settings on top."""
        result = Config()
        extra = other if isinstance(other, Config) else Config(other, origin=origin)
        result._set = {**self._set, **extra._set}
        result._of_nodes = {**self._of_nodes, **extra._of_nodes}
        return result

    def __getitem__(self, name: str) -> Value:
        if name in self._set:
            return self._set[name][0]
        if name in _keys():
            return _keys()[name].default
        for key, value, _ in self._node_items():
            if key.name == name:
                return value
        raise ConfigError(f"there is no setting {name!r}")

    def items(self) -> Iterator[tuple[str, Value, str]]:
        """(key, effective value, origin) for every key; origin is "default" where nobody set it."""
        for name, key in _keys().items():
            value, origin = self._set.get(name, (key.default, "default"))
            yield name, value, origin
        for key, value, origin in self._node_items():
            yield key.name, value, origin

    def origin(self, name: str) -> str:
        """Who set an engine's key; "default": nobody."""
        return self._set[name][1] if name in self._set else "default"

    def _node_items(self) -> Iterator[tuple[Key, Value, str]]:
        """Settings that named nodes were given. Raises ConfigError where there is no such node."""
        if not self._of_nodes:
            return
        kernels = {name: node["kernel"] for node in _nodes(str(self["kernels"]))
                   for name in node["names"]}
        for name, (value, origin) in self._of_nodes.items():
            node, _, param = name.partition(".")
            if node not in kernels:
                raise ConfigError(f"there is no setting {name!r}: no node is called {node}")
            key = _keys().get(f"{kernels[node]}.{param}")
            if key is None:
                raise ConfigError(f"there is no setting {name!r}: {kernels[node]} has no {param}")
            key = key._replace(name=name)
            yield key, checked(key, value), origin

    def to_dict(self) -> dict[str, Value]:
        """Every effective setting by key."""
        return {name: value for name, value, _ in self.items()}

    def changed(self) -> dict[str, Value]:
        """The settings that differ from their defaults."""
        return {n: v for n, v, _ in self.items() if n not in _keys() or v != _keys()[n].default}

    def selected_kernels(self) -> set[str]:
        """Names of the kernels the selection runs, those they read included."""
        return {node["kernel"] for node in _nodes(str(self["kernels"]))}

    def nodes(self) -> list[dict[str, Any]]:
        """What the selection comes to, inputs before their readers: name, kernel, clocks, columns
        that it writes, inputs as "index of the node.output"."""
        return list(json.loads(nodes_json(str(self["kernels"]), self._settings())))

    def leaders(self) -> set[str]:
        """Leaders that selected kernels name."""
        return {node["leader"] for node in self.nodes()} - {""}

    def moved_by(self, clock: str) -> list[str]:
        """The kernels of selected nodes that move on a clock."""
        # A formula moves on clocks of nodes that it reads, and of rows that may show it.
        return [node["kernel"] for node in _nodes(str(self["kernels"]))
                if clock in node["clocks"] and node["kernel"] != "formula"]

    def need(self, clock: str, fed: bool, remedy: str) -> None:
        """Raises ConfigError where selected nodes move on a clock that nothing feeds."""
        lost = self.moved_by(clock)
        if lost and not fed:
            name = lost[0] if lost[0] != clock else f"{clock}.*"  # a column of the clock itself
            raise ConfigError(f"{name} moves on {clock}s, and there are none: {remedy}")

    @property
    def hash(self) -> str:
        """SHA-256 over what changes numbers."""
        return hashlib.sha256(json.dumps(self._numeric(), sort_keys=True).encode()).hexdigest()

    def differences(self, other: Config) -> list[tuple[str, Value | None, Value | None]]:
        """(key, value here, value there) of settings that change numbers; None: of no kernel
        selected there."""
        here, there = ({key: side[key] for key in _HASHED_WHERE_SET} | side._numeric()
                       for side in (self, other))
        return [(name, here.get(name), there.get(name))
                for name in sorted(here.keys() | there.keys(), key=lambda n: (n != "kernels", n))
                if here.get(name) != there.get(name)]

    def _numeric(self) -> dict[str, Value]:
        """What changes numbers: the selected kernels' settings and the engine's."""
        kernels = self.selected_kernels()
        parts: dict[str, Value] = {}
        for name, value, _ in self.items():
            kernel, dot, _param = name.partition(".")
            if name in self._of_nodes or (
                    value == _keys()[name].default and _came_later(_keys()[name])):
                continue
            if (dot and kernel in kernels) or (not dot and _keys()[name].numeric):
                parts[name] = value
        parts["kernels"] = ",".join(sorted(kernels))
        nodes = self.nodes()
        if not all(node["plain"] for node in nodes):
            parts["nodes"] = ",".join(sorted(_digests(nodes)))
        return parts

    def engine_settings(self) -> list[Setting]:
        """(kernel or node, param, value) as the C++ engine takes them; choices by index. The local
        time of zones that kernels name stands behind. Raises ConfigError for one that is none."""
        told = any(name.endswith(".zone") for name in (*self._set, *self._of_nodes))
        zones = {node["zone"] for node in self.nodes()} if (
            told or "zone" in str(self["kernels"])) else set()
        if not zones - {""}:
            return self._settings()
        from tickeng._base.zones import zone_table  # where a zone is named

        return self._settings() + [("@zone", zone, zone_table(zone)) for zone in
                                   sorted(zones - {""})]

    def _settings(self) -> list[Setting]:
        rows: list[Setting] = []
        for name, (value, _) in self._set.items():
            kernel, dot, param = name.partition(".")
            if dot:
                key = _keys()[name]
                rows.append((kernel, param, native(key, value)))
        for key, value, _ in self._node_items():
            node, _, param = key.name.partition(".")
            rows.append((node, param, native(key, value)))
        return rows

    def times(self, max_time_ns: int | None = None) -> Times:
        """(min_time, max_time, whether that moves with the clock, max_jump, stale_after) in ns.

        max_time_ns: the bound to begin with where max_time is auto; None: a day from now.
        Raises ConfigError where max_time lies before min_time.
        """
        least, last = exact_ns(str(self["min_time"])), str(self["max_time"])
        moves = last == AUTO
        bound = exact_ns(last) if not moves else max_time_ns or time.time_ns() + DAY_NS
        if bound < least:
            raise ConfigError(f"max_time {iso_utc(bound)} lies before min_time {iso_utc(least)}")
        jump, stale = self.nanoseconds("max_jump", "stale_after")
        return least, bound, moves, jump or (1 << 63) - 1, stale

    def nanoseconds(self, *keys: str) -> tuple[int, ...]:
        """Durations, as whole nanoseconds."""
        return tuple(round(float(self[key]) * 1e9) for key in keys)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"Config({self.changed()!r})"
