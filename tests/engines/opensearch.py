"""Asks a real OpenSearch node which documents a query finds; the interface is that of `lucene.py`.

A node takes three seconds to start and a fifth of one for every request, but nothing in it is re-created: its parser of
query_string and its field types are the product's.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from . import HERE, demand, jar_folder
from .answers import Hits, Rejected
from .conversation import Conversation
from .lucene import Document, FieldType, Query

#: OpenSearch has more types than the oracle on Lucene: `wildcard` since 2.15, `text` with the standard analyser.
NodeFieldType = FieldType | Literal["wildcard", "text"]

_MAPPINGS: Final[Mapping[NodeFieldType, Mapping[str, object]]] = {
    "exact": {"type": "keyword"},
    "lower": {"type": "keyword", "normalizer": "lowercase"},
    "long": {"type": "long"},
    "ip": {"type": "ip"},
    "bool": {"type": "boolean"},
    "wildcard": {"type": "wildcard"},
    "text": {"type": "text"},
}


class OpenSearch:
    """One node of OpenSearch in a JVM of its own, which is started by the first question.

    It keeps its data in a temporary folder, which `close` removes.
    """

    def __init__(self, version: Literal[1, 2]) -> None:
        demand(f"opensearch-{version}")
        jars = jar_folder(f"opensearch-{version}") / "*"
        self._home = tempfile.TemporaryDirectory(prefix="opensearch-", ignore_cleanup_errors=True)
        flags = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g"]
        program = [str(HERE / "OpenSearchOracle.java"), self._home.name]
        self._jvm = Conversation(["java", *flags, "--source", "11", "-cp", str(jars), *program])

    def run(
        self,
        documents: Sequence[Document],
        field_types: Mapping[str, NodeFieldType],
        queries: Sequence[Query],
        *,
        lenient: bool = False,
    ) -> list[Hits | Rejected]:
        """Index the documents and ask every query; the answers name documents by their position.

        `lenient` is as in `Lucene.run`. Raises ValueError for documents that the mapping cannot take.
        """
        mapping = {field: _MAPPINGS[kind] for field, kind in field_types.items()}
        asked = [json.dumps(_dsl(query, lenient)) for query in queries]
        reply = self._jvm.ask({"mapping": mapping, "documents": documents, "queries": asked})
        if "error" in reply:
            raise ValueError(reply["error"])
        return [Rejected(answer["rejected"]) if "rejected" in answer else Hits(frozenset(answer["rows"])) for answer in reply["answers"]]

    def close(self) -> None:
        """End the node and forget its data."""
        self._jvm.close()
        self._home.cleanup()


def _dsl(query: Query, lenient: bool) -> Query:
    return {"query_string": {"query": query, "lenient": lenient}} if isinstance(query, str) else query
