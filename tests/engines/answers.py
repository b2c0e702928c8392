"""What an engine says about a query: the answers that every oracle in this folder gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hits:
    """The query ran; `rows` are the positions of the documents or rows that it returned."""

    rows: frozenset[int]


@dataclass(frozen=True)
class Accepted:
    """The query was parsed. It was not run."""


@dataclass(frozen=True)
class Rejected:
    """The engine itself will not take the query; `reason` is its own message."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """A stand-in engine does not know what the query needs, which says nothing about the real one."""

    reason: str
