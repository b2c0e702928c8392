"""Elasticsearch's JSON query language, as far as Kibana writes it for a KQL query.

All of it was observed on OpenSearch 1.3 and 2.19.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

#: Three documents, with a keyword `f` and a long `n`.
DOCUMENTS: Final[Sequence[Mapping[str, Sequence[str]]]] = [{"f": ["foo bar"]}, {"n": ["7"]}, {}]

#: A query, and which documents it finds.
FOUND: Final[Sequence[tuple[Mapping[str, Any], set[int]]]] = [
    ({"match_all": {}}, {0, 1, 2}),
    ({"term": {"f": {"value": "foo bar"}}}, {0}),
    ({"term": {"f": "foo*"}}, set()),
    ({"match": {"n": 7}}, {1}),
    ({"match_phrase": {"f": "foo bar"}}, {0}),
    ({"wildcard": {"f": {"value": "*o b*"}}}, {0}),
    ({"wildcard": {"f": {"value": "FOO*"}}}, set()),
    ({"wildcard": {"f": {"value": "foo?bar"}}}, {0}),
    ({"wildcard": {"f": {"value": r"foo\?bar"}}}, set()),
    ({"exists": {"field": "f"}}, {0}),
    ({"range": {"n": {"gt": 5, "lte": "7"}}}, {1}),
    ({"range": {"n": {"lt": 7}}}, set()),
    ({"query_string": {"fields": ["f"], "query": "*foo b*"}}, set()),
    ({"query_string": {"fields": ["f"], "query": r"*foo\ b*"}}, {0}),
    ({"query_string": {"query": "foo*", "lenient": True}}, {0}),
    ({"multi_match": {"query": "foo bar", "type": "phrase", "lenient": True}}, {0}),
    ({"bool": {"must_not": {"exists": {"field": "f"}}}}, {1, 2}),
    ({"bool": {"filter": [{"exists": {"field": "n"}}, {"term": {"n": 7}}]}}, {1}),
    ({"bool": {"should": [{"term": {"n": 7}}, {"exists": {"field": "f"}}], "minimum_should_match": 1}}, {0, 1}),
    ({"bool": {"filter": [{"match_all": {}}], "must_not": [{"term": {"n": 7}}]}}, {0, 2}),
]

#: Queries that are rejected.
REJECTED: Final[Sequence[Mapping[str, Any]]] = [
    {"match": {"f": None}},
    {"wildcard": {"n": {"value": "7*"}}},
    {"term": {"n": "seven"}},
    {"unheard_of": {"f": "x"}},
]
