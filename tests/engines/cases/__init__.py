"""What the languages mean, as tables: an expression, what it is asked about, the answer, and who says so.

The tests of the harness hold the engines against these tables. A parser that reads a language can be held against them
as well, without any engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


class Outcome(Enum):
    """What comes of asking a query about one document."""

    FINDS = "finds"
    MISSES = "misses"
    REJECTED = "rejected"


FINDS, MISSES, REJECTED = Outcome.FINDS, Outcome.MISSES, Outcome.REJECTED


@dataclass(frozen=True)
class Case:
    """A query, a document of fields with their values, and what comes of it.

    `source` is the title of a vendor's page, or the engine that it was observed on.
    """

    document: Mapping[str, Sequence[str]]
    query: str
    outcome: Outcome
    source: str
    #: Where Lucene 8 answers otherwise than 9.
    outcome_8: Outcome | None = None
    #: Where OpenSearch answers otherwise than Elasticsearch.
    outcome_opensearch: Outcome | None = None
    #: How the fields are mapped that are no plain keywords.
    types: Mapping[str, str] = field(default_factory=dict)
    lenient: bool = False


def f(*values: str) -> Mapping[str, Sequence[str]]:
    """A document with these values in the field `f`; without values the field is missing."""
    return {"f": values} if values else {}
