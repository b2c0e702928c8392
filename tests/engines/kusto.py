"""Asks Microsoft's own Kusto parser and binder what is wrong with a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from . import HERE, cache_folder, demand
from .conversation import Conversation

TYPES: Final = frozenset({"string", "long", "int", "real", "decimal", "bool", "datetime", "timespan", "guid", "dynamic"})

#: Tables, their columns, and the types of these, which are in TYPES.
Schema = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Diagnostic:
    """Something that the parser or binder says about a stretch of the query."""

    code: str
    severity: str
    message: str
    start: int
    length: int


def check(schema: Schema, queries: Sequence[str]) -> list[list[Diagnostic]]:
    """What is wrong with each query on these tables; nothing when its list is empty.

    The binder knows names, types and functions. It does not look into regexes, nor at a text that is compared with a
    number: those fail, or never match, on the server only.
    Raises ValueError for a type that Kusto does not have.
    """
    for name, columns in schema.items():
        if unknown := set(columns.values()) - TYPES:
            raise ValueError(f"table {name} has columns of no Kusto type: {', '.join(sorted(unknown))}")
    reply = _node().ask({"schema": schema, "queries": queries})
    return [[Diagnostic(**diagnostic) for diagnostic in diagnostics] for diagnostics in reply["diagnostics"]]


@cache
def _node() -> Conversation:
    demand("kusto")
    return Conversation(["node", str(HERE / "kusto_check.js"), str(cache_folder() / "node_modules")])
