"""The reader of EQL: queries with rows that they find and miss, and what is refused."""

from collections.abc import Mapping

import pytest
from sigma_amsi.backends.eql.parse import MAXIMUM_DEPTH, parse

from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.predicate.evaluate import evaluate

COLUMNS = [
    ColumnType("event.category", many=True, compares="exact"),
    ColumnType("f", compares="exact"),
    ColumnType("a-b", compares="exact"),
    ColumnType("n", "integer"),
    ColumnType("b", "boolean"),
    ColumnType("ip", "address"),
    ColumnType("t", "text", "match_only_text"),
]
TABLE = Table("", {column.name: column for column in COLUMNS})
SCHEMA = Schema("test", "test", {"": TABLE})


def finds(query: str, row: Mapping[str, str]) -> bool:
    return evaluate(parse(query, SCHEMA, TABLE).predicate, row)


@pytest.mark.parametrize(
    ("condition", "row", "expected"),
    [
        ('f == "cmd.exe"', {"f": "CMD.EXE"}, False),
        ('f : "cmd.exe"', {"f": "CMD.EXE"}, True),
        ('f : "cmd*"', {"f": "CMD.EXE"}, True),
        ('f like "cmd*"', {"f": "CMD.EXE"}, False),
        ('f like~ "cmd*"', {"f": "CMD.EXE"}, True),
        ('f == "cmd*"', {"f": "cmd.exe"}, False),
        ('f in~ ("test*")', {"f": "test1"}, False),
        ('f in~ ("test1", "x")', {"f": "TEST1"}, True),
        ('f in ("test1")', {"f": "TEST1"}, False),
        (r'f : "C:\\Windows\\*"', {"f": r"C:\Windows\x"}, True),
        (r'f : """C:\Windows\*"""', {"f": r"C:\Windows\x"}, True),
        (r'f : """a\*"""', {"f": "ab"}, False),
        (r'f : """a\*"""', {"f": r"a\b"}, True),
        ('f : "a*b"', {"f": "axxb"}, True),
        ('f : ("x", "y?")', {"f": "YZ"}, True),
        ('f != "x"', {}, True),
        ('not f : "x*"', {}, True),
        ('f not in ("x")', {}, True),
        ("not (n > -1)", {}, True),
        ("n >= 5", {"n": "5"}, True),
        ("b == true", {"b": "true"}, True),
        ("b != true", {}, True),
        ("f == null", {}, True),
        ("?f != null", {}, False),
        ('f regex "foo"', {"f": "foobar"}, False),
        ('f regex~ "foo"', {"f": "FOO"}, True),
        ('f regex~ "x[0-9][^0-9]"', {"f": "X5a"}, True),
        ('f regex~ "x[^a-zA-Z_]"', {"f": "Xa"}, False),
        ('f regex~ "x[a-cA-C]"', {"f": "XB"}, True),
        ('f regex~ "x[^Aa]"', {"f": "XA"}, False),
        ('f == "\\u{41}"', {"f": "A"}, True),
        ('`a-b` == "1"', {"a-b": "1"}, True),
        ('cidrMatch(ip, "10.0.0.0/8", "192.168.0.0/16")', {"ip": "192.168.3.4"}, True),
        ('not cidrMatch(ip, "10.0.0.0/8")', {}, True),
        ('startsWith~(f, "a", "b")', {"f": "Bx"}, True),
        ('endsWith(f, "x")', {"f": "BX"}, False),
        ('stringContains(f, "*")', {"f": "ab"}, False),
        ('n == 1 or n == 2 and f == "x"', {"n": "1"}, True),
        ('not n == 1 and f == "x"', {"n": "2"}, False),
        ("true", {}, True),
    ],
)
def test_condition(condition: str, row: Mapping[str, str], expected: bool) -> None:
    assert finds(f"any where {condition}", row) is expected


def test_category_counts_case() -> None:
    assert finds("process where true", {"event.category": "process"})
    assert not finds("process where true", {"event.category": "Process"})


@pytest.mark.parametrize(
    "condition",
    [
        'f : "a\\*"', "f == 'x'", 'f = "x"', 'f !: "x"', 'f not like "x*"', "f : 5", "f like (4, 8)", "f == f", '"foo"', 'cidrMatch(ip, "10.0.0.0/33")',
        "a-b == 1", 't : "x"', 'g == "x"', 'f == "x" | head 5', 'n == "5"', "length(f) > 5", 'f regex~ "[a-c]+"', 'f regex~ "[^a]"', 'f regex~ "[^a-zA-Y]"',
        r'f regex~ "[\\]a-c]"',
        'f : ()', 'f > "x"', '?g == "x"',
    ],
)  # fmt: skip
def test_unreadable(condition: str) -> None:
    with pytest.raises(Unreadable):
        parse(f"any where {condition}", SCHEMA, TABLE)


def test_a_category_is_needed() -> None:
    with pytest.raises(Unreadable):
        parse("where n == 1", SCHEMA, TABLE)


def test_depth_is_limited() -> None:
    assert parse("any where " + "(" * MAXIMUM_DEPTH + "n == 1" + ")" * MAXIMUM_DEPTH, SCHEMA, TABLE)
    with pytest.raises(Unreadable, match="nested deeper"):
        parse("any where " + "(" * 100_000, SCHEMA, TABLE)
