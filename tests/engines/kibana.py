"""Asks Kibana's grammar whether it reads a KQL query, and Lucene what the query finds that Kibana makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from kibana_ql import KqlParser
from parsimonious.exceptions import ParseError

from . import HERE, cache_folder, demand
from .answers import Accepted, Hits, Refused, Rejected
from .conversation import Conversation
from .lucene import Document, FieldType, Lucene

#: A query in Elasticsearch's JSON query language.
Dsl = dict[str, Any]


def parse(queries: Sequence[str]) -> list[Accepted | Rejected | Refused]:
    """Whether the grammar of Kibana 8 reads each query, by a transcription that shares no code with `to_dsl`.

    Refused is a query that is nested deeper than Python recurses, which is deeper than Elasticsearch would take.
    """
    return [_parse(query) for query in queries]


def to_dsl(queries: Sequence[str], keyword_fields: Collection[str] = ()) -> list[Dsl | Rejected | Refused]:
    """The Elasticsearch query that Kibana makes of each query.

    `keyword_fields` are those that the data view knows as keywords. From Kibana 8.12.1 on a value with wildcards becomes
    a `wildcard` query on these and `query_string` text on all others, where blanks split it.
    """
    return [
        _dsl(query, answer, keyword_fields) for query, answer in zip(queries, _node().ask({"queries": queries})["answers"], strict=True)
    ]


def run(
    lucene: Lucene,
    documents: Sequence[Document],
    field_types: Mapping[str, FieldType],
    queries: Sequence[str],
    *,
    data_view: bool = True,
    lenient: bool = False,
) -> list[Hits | Rejected | Refused]:
    """The documents that each query finds.

    Without a data view Kibana does not know which fields are keywords. `lenient` is as in `Lucene.run`.
    """
    keywords = [field for field, kind in field_types.items() if data_view and kind in ("exact", "lower")]
    translated = to_dsl(queries, keywords)
    hits = iter(lucene.run(documents, field_types, [dsl for dsl in translated if isinstance(dsl, dict)], lenient=lenient))
    return [next(hits) if isinstance(dsl, dict) else dsl for dsl in translated]


def _parse(query: str) -> Accepted | Rejected | Refused:
    try:
        _grammar().parse(query)
    except ParseError as problem:
        return Rejected(str(problem))
    except RecursionError as problem:
        return Refused(str(problem))
    return Accepted()


def _dsl(query: str, answer: Mapping[str, Any], keyword_fields: Collection[str]) -> Dsl | Rejected | Refused:
    if "dsl" in answer:
        dsl: Dsl = _with_wildcard_queries(answer["dsl"], keyword_fields)
        return dsl
    if isinstance(_parse(query), Accepted):  # then it is newer than the code: a nested query
        return Refused(answer["rejected"])
    return Rejected(answer["rejected"])


def _with_wildcard_queries(node: Any, keyword_fields: Collection[str]) -> Any:
    if isinstance(node, list):
        return [_with_wildcard_queries(item, keyword_fields) for item in node]
    if not isinstance(node, dict):
        return node
    match node.get("query_string"):
        case {"fields": [field], "query": query} if field in keyword_fields:
            return {"wildcard": {field: {"value": query}}}
    return {key: _with_wildcard_queries(value, keyword_fields) for key, value in node.items()}


@cache
def _grammar() -> KqlParser:
    return KqlParser()


@cache
def _node() -> Conversation:
    demand("kibana")
    return Conversation(["node", str(HERE / "kibana_check.js"), str(cache_folder() / "node_modules")])
