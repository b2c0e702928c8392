"""Asks real Lucene, dressed as Elasticsearch, which documents a query finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from . import HERE, demand, jar_folder
from .answers import Hits, Rejected
from .conversation import Conversation

#: How a field is mapped: `exact` is a keyword (or a wildcard field), `lower` a keyword with a lowercase normaliser.
FieldType = Literal["exact", "lower", "long", "ip", "bool"]

#: A field that is not in a document is missing from it; a field may have several values.
Document = Mapping[str, Sequence[str]]

#: A text is query_string; a mapping is Elasticsearch's JSON query language.
Query = str | Mapping[str, Any]


class Lucene:
    """One generation of Lucene in a JVM of its own, which is started by the first question.

    `max_clauses` was 1024 before Elasticsearch 8, which works it out from the memory it has.
    """

    def __init__(
        self,
        version: Literal[8, 9],
        *,
        max_clauses: int = 1024,
        max_regex_length: int = 1000,
        max_nested_depth: int = 30,
        max_determinized_states: int = 10_000,
    ) -> None:
        demand(f"lucene-{version}")
        jars = jar_folder(f"lucene-{version}") / "*"
        self._options = {
            "max_clauses": max_clauses,
            "max_regex_length": max_regex_length,
            "max_nested_depth": max_nested_depth,
            "max_determinized_states": max_determinized_states,
        }
        # Most of the work is building automata for a few seconds: the simplest collector and compiler are the fastest.
        flags = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g"]
        self._jvm = Conversation(["java", *flags, "--source", "11", "-cp", str(jars), str(HERE / "LuceneOracle.java")])

    def run(
        self,
        documents: Sequence[Document],
        field_types: Mapping[str, FieldType],
        queries: Sequence[Query],
        *,
        lenient: bool = False,
    ) -> list[Hits | Rejected]:
        """Index the documents and ask every query; the answers name documents by their position.

        `lenient`: a text that does not suit the type of its field finds nothing, where otherwise it is rejected.
        Elasticsearch is lenient on an index whose `index.query.default_field` is the default `*`, and strict on one
        that lists default fields, as those of Beats and Elastic's integrations do.
        Raises ValueError for documents that the mapping cannot take.
        """
        options = {**self._options, "lenient": lenient}
        request = {"types": field_types, "documents": documents, "queries": queries, "options": options}
        reply = self._jvm.ask(request)
        if "error" in reply:
            raise ValueError(reply["error"])
        return [Rejected(answer["rejected"]) if "rejected" in answer else Hits(frozenset(answer["rows"])) for answer in reply["answers"]]

    def close(self) -> None:
        """End the JVM."""
        self._jvm.close()
