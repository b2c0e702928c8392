"""Every construct that a reader promises can be read, and whatever is done to such a text, the reader reads it or says where it cannot."""

from collections.abc import Mapping, Sequence

import pytest

from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import ColumnKind, ColumnType, Schema, Table
from sigma_amsi.predicate.tree import FALSE, TRUE
from sigma_amsi.registry import find_backend
from tests.differential.values import Draw

EDITS = 1500
"""Of each language's texts; a thousand take about a second."""


def table(name: str, compares: str = "", **kinds: ColumnKind) -> Table:
    names = {column.replace("__", "."): kind for column, kind in kinds.items()}
    exact = compares == "exact"
    columns = (ColumnType(each, kind, compares="exact" if exact else "operator", absent_for=("",)) for each, kind in names.items())
    return Table(name, {column.name: column for column in columns})


SPLUNK = table("", a="text", b="text", c="text", ip="text", CommandLine="text", _raw="text", n="integer")
KUSTO = table(
    "T", s="text", k="text", n="integer", m="integer", b="boolean", t="time", d="dynamic", EventData__Image="dynamic"
)  # fmt: skip
ELASTIC = table("", "exact", f="text", g="text", n="integer", ip="address", b="boolean", event__category="text", event__code="text")

CONSTRUCTS: Mapping[str, tuple[Table, Sequence[str]]] = {
    "splunk": (
        SPLUNK,
        (
            'a="x y" OR b=*y* NOT c=z',
            'a IN (1, "b*", c) NOT b IN (3)',
            "n>=5 n<10 n!=7 a!=1",
            'a=* ("x" OR "y")',
            "TERM(abc) OR a=CASE(Abc)",
            'ip="10.0.0.0/8"',
            "`known` a=1",
            "a=1 b=2 OR c=3",
            '* | where match(a, "(?i)^x") AND like(b, "%x_")',
            '* | where a LIKE "%x%" OR cidrmatch("10.0.0.0/8", ip)',
            '* | where isnull(a) AND isnotnull(b) AND coalesce(a, b)="x"',
            '* | where if(a="1", b, c)="x" AND case(a="1", b, true(), c)="x"',
            '* | where lower(a)="x" AND upper(b)="X" AND len(c) > 5',
            '* | where a IN ("x", "y") OR in(b, "x", "y")',
            '* | where (a="1" XOR b="2") OR searchmatch("a=1") OR tonumber(n) > 5',
            '* | eval x=if(match(a,"x"),1,0) | where x=1',
            '* | regex a="x.*" | regex "x" | search b=2',
            '* | rex field=a "(?<m>x.*y)" | where isnotnull(m)',
            '* | rex field=CommandLine "(?<fieldMatch>(?i)x)" | eval found=if(isnotnull(fieldMatch), "true", "false") | search found="true"',
            "* | rename a AS z | search z=1 | fields z | table z",
        ),
    ),
    "kusto": (
        KUSTO,
        (
            'T | where s has "x" and s !has_cs "x" or s hasprefix "x" or s hassuffix_cs "y"',
            'T | where s has_any ("a", "b") and s has_all ("a", "b")',
            'T | where s in~ ("a") and s !in~ ("b") and s !in ("c") and s in ("d")',
            'T | where s == @"C:\\x" and k == \'y\' and s !~ "z" and s != h"w" and s =~ ```v```',
            'T | where s matches regex "(?i)x" and not(s contains "x") and s !startswith_cs "y" and s endswith "z"',
            'T | where ipv4_is_in_range(s, "10.0.0.0/8") or ipv6_is_in_range(s, "fe80::/10") or ipv4_is_match(s, "10.0.0.1")',
            "T | where isempty(s) or isnull(n) or isnotempty(k) and isnotnull(t)",
            'T | extend x = strcat(s, "\\\\", k) | where x endswith "a"',
            'T | extend x = coalesce(s, k) | where x =~ "a"',
            'T | extend x = iff(b, s, k) | where x =~ "a" and case(b, s, n == 5, k, "z") == "a"',
            'T | extend x = replace_string(replace_string(replace_string(s, "&lt;", "<"), "&gt;", ">"), "&amp;", "&") | where x has "<"',
            'T | where tolower(s) == "x" or toupper(s) == "X" or tostring(n) == "5" or strlen(s) > 5',
            "T | where n between (1 .. 5) and n in (1, 2) and n > 3 and m !between (2 .. 3)",
            'T | where EventData.Image endswith "x" and tostring(d) == "y" and EventData["Image"] has "z"',
            'let q = dynamic(["a"]); T | where s in~ (q) | project s, k | where k == "x" // the end',
            "T | where hourofday(t) == 5 and datetime_part('month', t) == 2",
        ),
    ),
    "lucene": (
        ELASTIC,
        (
            "f:a\\*b\\\\ AND g:a*b?c AND (NOT f:/x.*/)",
            "f:(a OR b) AND NOT g:c",
            "n:[1 TO 5} AND n:>=5 AND ip:[10.0.0.0 TO 10.1.0.0] AND ip:>10.0.0.0",
            "_exists_:f AND f:* AND *:*",
            "+f:a -g:b n:5",
            'ip:"10.0.0.0/8" OR f:"a b" OR f:(a b)^2 OR b:true',
        ),
    ),
    "eql": (
        ELASTIC,
        (
            'any where f : "a*" or f : ("a", "b*")',
            'any where f like~ "a*" and f like ("a*", "b")',
            'any where f regex~ "a.*" or f regex ("a.*")',
            'any where f in~ ("a", "b") and not f in ("c") and f not in ("d")',
            'process where f == "a" or f != "b" or f == null or g != null',
            'any where cidrMatch(ip, "10.0.0.0/8", "11.0.0.0/8")',
            'any where startsWith~(f, "a") or endsWith(f, "b") or stringContains~(f, "c")',
            'any where n >= 5 and n < 7 and b == true and ?f : "a"',
            'any where `event.code` == "1" and f == """a\\b""" and true',
        ),
    ),
    "kibana": (
        ELASTIC,
        (
            'f:a and g:"a b" or not f:a*',
            "f:(a or b and not c)",
            "n > 5 and n <= 7 and b:true",
            'f:* and ip:"10.0.0.0/8" and *:*',
            'f:a\\*b or g : "x\\"y" or f:\\(x\\) or g:\\and',
        ),
    ),
}
TEXTS = [(language, text) for language, (_, texts) in CONSTRUCTS.items() for text in texts]


def read(language: str, text: str) -> object:
    of = CONSTRUCTS[language][0]
    return find_backend(language).parse(text, Schema("test", "test", {of.name: of}, macros={"known": "b=1"}), of).predicate


@pytest.mark.parametrize(("language", "text"), TEXTS, ids=lambda value: value)
def test_is_read(language: str, text: str) -> None:
    assert read(language, text) not in (TRUE, FALSE)


@pytest.mark.parametrize("language", CONSTRUCTS)
def test_edited_text_is_read_or_refused_at_a_place(language: str) -> None:
    draw = Draw(f"edits of {language}")
    edited = [draw.edited(draw.choice(CONSTRUCTS[language][1])) for _ in range(EDITS)]
    places = [place_of_refusal(language, text) for text in edited]
    assert [text for text, place in zip(edited, places, strict=True) if place is not None and not 0 <= place <= len(text)] == []
    assert places.count(None) > EDITS / 50


def place_of_refusal(language: str, text: str) -> int | None:
    """Where the reader stops, None where it reads everything; any other exception is a bug."""
    try:
        read(language, text)
    except Unreadable as unreadable:
        return unreadable.offset
    return None
