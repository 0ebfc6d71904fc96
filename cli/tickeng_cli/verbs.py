"""Verbs: functions with options of their own and, beside these, groups that several share.

A verb says `reading: Shared` for a group of the table below; the command line then has an option
for each word of the group, and the verb gets them as one dict. So no two verbs can differ.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_type_hints

import typer
from typer.core import TyperCommand

from .reading import Words
from .talk import Talk, listen

Shared = dict[str, Any]
GROUPS: dict[str, Any] = {"reading": Words, "talk": Talk}


class Grouped(TyperCommand):
    """A command whose help shows its options by panel, in the order in which panels begin."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then each panel's options."""
        panels: dict[str, list[Any]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                usual = "Arguments" if param.param_type_name == "argument" else "Options"
                panel = getattr(param, "rich_help_panel", None) or usual
                panels.setdefault(panel, []).append(record)
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)


def words_of(group: Any) -> Mapping[str, Any]:
    """Option name -> annotation of one group."""
    return get_type_hints(group, include_extras=True)


def spread(verb: Callable[..., None]) -> Callable[..., None]:
    """`verb` with a parameter for each word of the groups that it takes."""
    signature = inspect.signature(verb)
    groups = {name: words_of(group) for name, group in GROUPS.items()
              if name in signature.parameters or name == "talk"}

    def command(**given: Any) -> None:
        listen({word: given.pop(word) for word in groups["talk"]}, given)
        for name, words in groups.items():
            if name != "talk":
                given[name] = {word: given.pop(word) for word in words}
        verb(**given)

    parameters = []
    hints = get_type_hints(verb, include_extras=True)
    for name, parameter in signature.parameters.items():
        if name in groups:
            parameters += _options(groups[name])
        else:
            parameters.append(parameter.replace(
                annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
    parameters += _options(groups["talk"])
    command.__doc__, command.__name__ = verb.__doc__, verb.__name__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command


def _options(words: Mapping[str, Any]) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(word, inspect.Parameter.KEYWORD_ONLY, annotation=hint,
                          default=False if get_args(hint)[0] is bool else None)
        for word, hint in words.items()
    ]


def add(app: typer.Typer, verb: Callable[..., None]) -> None:
    """Make `verb` a command of `app`."""
    app.command(cls=Grouped)(spread(verb))
