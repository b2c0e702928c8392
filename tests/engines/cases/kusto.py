"""Kusto: what its parser and binder say, and which rows a predicate keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

PARSER = "observed, Kusto.Language 12.4.1"
STRINGS = "Microsoft Learn: String operators"
LITERALS = "Microsoft Learn: The string data type"
NULLS = "Microsoft Learn: Null values"
REGEXES = "Microsoft Learn: Regex syntax"
IPV4 = "Microsoft Learn: ipv4_is_in_range()"
IPV6 = "Microsoft Learn: ipv6_is_match()"
EMULATOR = "measured on Microsoft's emulator by the authors of duckdb-kql"
STAND_IN = "observed, duckdb-kql 1.1.2 only"


@dataclass(frozen=True)
class BinderCase:
    """A query, and the codes that the parser and binder give it: none when it is legal."""

    query: str
    codes: frozenset[str]
    source: str


SCHEMA: Final = {
    "T": {
        "s": "string",
        "k": "string",
        "n": "long",
        "i": "int",
        "r": "real",
        "b": "bool",
        "t": "datetime",
        "d": "dynamic",
        "d2": "dynamic",
        "odd 'name": "string",
    }
}


def _legal(predicate: str, source: str = PARSER) -> BinderCase:
    return BinderCase(f"T | where {predicate}", frozenset(), source)


def _illegal(predicate: str, *codes: str, source: str = PARSER) -> BinderCase:
    return BinderCase(f"T | where {predicate}", frozenset(codes), source)


BINDER_CASES: Final = [
    # operators and keywords
    _legal('s == "a" and n > 5 or not(b)'),
    _illegal('s == "a" AND n > 5', "KS005"),
    _illegal('s == "a" && n > 5', "KS198"),
    _illegal('not s == "a"', "KS117"),
    _illegal("not b", "KS117"),
    _legal("not(b)"),
    _legal("b"),
    _illegal("n", "KS141"),
    _legal('s !in~ ("a") and s !contains "b" and s !has "c" and s !endswith_cs "d"'),
    _illegal('s !matches regex "a"', "KS198"),
    _illegal('s !has_any ("a")', "KS198"),
    _legal('s has_any ("a", "b") and s has_all ("a", "b")'),
    _legal('s matches regex @"(" // regexes are not looked at'),
    # literals
    _legal(r's == "a\\b\"c\n\t\u0041"', LITERALS),
    _illegal(r's == "a\*"', "KS001"),
    _illegal(r's == "a\q"', "KS001"),
    _legal(r's == @"C:\x\"', LITERALS),
    _legal('s == @"a""b"', LITERALS),
    _legal("s == 'a\"b' and s == \"a'b\"", LITERALS),
    _legal('s == h"secret"', LITERALS),
    _illegal('s == "a\nb"', "KS001"),
    _legal("s == ```a\nb```", LITERALS),
    _legal("n == 5 and n == 0x10 and r == 1.5 and n == -1"),
    _legal("n == long(null) and t > datetime(2024-01-01)"),
    _illegal("s == null", "KS142"),
    # types
    _legal('n == "5"'),
    _legal('n == "abc"'),
    _legal('n in ("5")'),
    _illegal('n =~ "5"', "KS106"),
    _illegal('n in~ ("5")', "KS107"),
    _illegal('n contains "5"', "KS106"),
    _illegal('n has "5"', "KS106"),
    _illegal('n startswith "5"', "KS106"),
    _illegal('n matches regex "5"', "KS106"),
    _legal('tostring(n) endswith "5"'),
    _illegal('s > "a"', "KS106"),
    _illegal('s between ("a" .. "b")', "KS106"),
    _legal("n between (1 .. 5)"),
    _legal("s == 5"),
    _legal('b == "true"'),
    _illegal('t > "2024-01-01"', "KS106"),
    _legal('t == "2024-01-01"'),
    _legal('d has "a" and d contains "a" and d == "a"'),
    _legal("d == d2"),
    # functions
    _illegal("strlen(n) > 1", "KS141"),
    _legal('tolower(n) == "5" and strcat(s, n, b) == "x"'),
    _illegal('coalesce(s, n) == "a"', "KS232"),
    _legal('coalesce(s, k, "x") == "a"'),
    _legal('iff(b, s, n) == "a"'),
    _legal('case(b, "x", n == 5, "y", "z") == "y"'),
    _legal('replace_string(s, "a", "b") == "x" and substring(s, 0, 2) == "ab" and indexof(s, "x") >= 0'),
    _legal(r'extract(@"(\w+)", 1, s) == "x"'),
    _legal('ipv4_is_in_range(s, "10.0.0.0/8") or ipv6_is_match(s, "fe80::/10") or ipv6_is_in_range(s, "fe80::/10")'),
    _illegal("unheard_of(s)", "KS211"),
    # names
    _illegal('Missing == "x"', "KS142"),
    _illegal('S == "x"', "KS142"),
    _legal('column_ifexists("Missing", "") == "x"'),
    _legal("""['odd \\'name'] == "x" and ["odd 'name"] == "x" """),
    BinderCase("Nope", frozenset({"KS142"}), PARSER),
    BinderCase("union T, Nope", frozenset({"KS204"}), PARSER),
    BinderCase("union isfuzzy=true T, Nope", frozenset({"KS205"}), PARSER),
    BinderCase("T | extend x = tolower(s) | where x == 'a' | project x", frozenset(), PARSER),
    BinderCase("let a = dynamic(['x']); T | where s in~ (a)", frozenset(), PARSER),
    # limits
    _legal(" or ".join(f's == "{number}"' for number in range(492))),
    _illegal(" or ".join(f's == "{number}"' for number in range(493)), "KS245"),
    _legal("s in~ (" + ", ".join(f'"{number}"' for number in range(3000)) + ")"),
    _legal("(" * 400 + "b" + ")" * 400),
]


@dataclass(frozen=True)
class RowCase:
    """A predicate, and the rows of ROWS that it keeps."""

    predicate: str
    rows: frozenset[int]
    source: str


COLUMNS: Final = {"s": "string", "n": "long", "b": "bool", "d": "dynamic"}

ROWS: Final[Sequence[Mapping[str, object]]] = [
    {"s": r"C:\Windows\System32\cmd.exe", "n": 5, "b": True, "d": '["ab", "c"]'},
    {"s": r"c:\windows\system32\CMD.EXE", "n": 6, "b": False, "d": '{"k": "v"}'},
    {},  # nothing but nulls, and an empty string
    {"s": "powershell -enc AAAA", "n": 4688, "b": True, "d": '"x"'},
    {"s": "10.1.2.3", "n": 0, "b": False},
    {"s": "a%b_c*d?e", "n": 2, "b": True},
    {"s": "line1\nline2", "n": 3, "b": True},
    {"s": "fe80::1", "n": -1, "b": True},
    {"s": "xcmd.exe errors", "n": 7, "b": True},
    {"s": " ", "n": 8, "b": True},
]

_ALL: Final = frozenset(range(len(ROWS)))


def _keeps(predicate: str, rows: set[int], source: str) -> RowCase:
    return RowCase(predicate, frozenset(rows), source)


def _drops(predicate: str, rows: set[int], source: str) -> RowCase:
    return RowCase(predicate, _ALL - rows, source)


ROW_CASES: Final = [
    # whole values
    _keeps(r's == @"C:\Windows\System32\cmd.exe"', {0}, STRINGS),
    _keeps(r's =~ @"C:\WINDOWS\System32\cmd.exe"', {0, 1}, STRINGS),
    _drops(r's != @"C:\Windows\System32\cmd.exe"', {0}, STRINGS),
    _drops(r's !~ @"C:\WINDOWS\System32\cmd.exe"', {0, 1}, STRINGS),
    _keeps('s in ("POWERSHELL -ENC aaaa", "10.1.2.3")', {4}, STRINGS),
    _keeps('s in~ ("POWERSHELL -ENC aaaa", "10.1.2.3")', {3, 4}, STRINGS),
    _drops('s !in~ ("POWERSHELL -ENC aaaa", "10.1.2.3")', {3, 4}, STRINGS),
    _keeps('s == ""', {2}, NULLS),
    # parts of values
    _keeps('s contains "SYSTEM32"', {0, 1}, STRINGS),
    _keeps('s contains_cs "system32"', {1}, STRINGS),
    _drops('s !contains "SYSTEM32"', {0, 1}, STRINGS),
    _keeps(r's startswith "c:\\WINDOWS"', {0, 1}, STRINGS),
    _keeps(r's startswith_cs "c:"', {1}, STRINGS),
    _keeps(r's endswith @"\cmd.exe"', {0, 1}, STRINGS),
    _keeps(r's endswith_cs @"\cmd.exe"', {0}, STRINGS),
    _drops(r's !endswith @"\cmd.exe"', {0, 1}, STRINGS),
    _keeps('s contains "" and s startswith "" and s endswith ""', set(_ALL), STAND_IN),
    # no wildcards
    _keeps('s contains "%b_"', {5}, STRINGS),
    _keeps('s contains "*d?"', {5}, STRINGS),
    _keeps('s endswith "_exe"', set(), STRINGS),
    _keeps('s startswith "a%b"', {5}, STRINGS),
    # terms: runs of letters and digits
    _keeps('s has "cmd"', {0, 1}, STRINGS),
    _keeps('s has "cm"', set(), STRINGS),
    _keeps('s has "cmd.exe"', {0, 1}, EMULATOR),
    _keeps('s has ".exe"', {0, 1, 8}, EMULATOR),
    _keeps('s has "error"', set(), STRINGS),
    _keeps('s has "b"', {5}, EMULATOR),
    _keeps(r's has @"system32\cmd"', {0, 1}, EMULATOR),
    _keeps('s has ""', set(_ALL), EMULATOR),
    _drops('s !has "cmd"', {0, 1}, STRINGS),
    _keeps('s hasprefix "power"', {3}, STRINGS),
    _keeps('s hassuffix "shell"', {3}, STRINGS),
    _keeps('s has_any ("cmd", "enc")', {0, 1, 3}, STRINGS),
    _keeps('s has_all ("windows", "cmd")', {0, 1}, STRINGS),
    _keeps('s has_cs "cmd"', {0}, STRINGS),
    # regexes: a search, with case, and a point is no line break
    _keeps(r's matches regex @"cmd\.exe"', {0, 8}, REGEXES),
    _keeps(r's matches regex @"(?i)CMD\.exe$"', {0, 1}, REGEXES),
    _keeps('s matches regex "line1.line2"', set(), REGEXES),
    _keeps('s matches regex "(?s)line1.line2"', {6}, REGEXES),
    _keeps('s matches regex "line1$"', set(), REGEXES),
    _keeps('s matches regex "(?m)line1$"', {6}, REGEXES),
    _keeps(r's matches regex @"^.{8}$"', {4}, REGEXES),
    _keeps('s matches regex ""', set(_ALL), STAND_IN),
    _drops('not(s matches regex "cmd")', {0, 8}, REGEXES),
    # empty and null
    _keeps("isempty(s)", {2}, NULLS),
    _drops("isnotempty(s)", {2}, NULLS),
    _keeps("isnull(s)", set(), NULLS),
    _keeps("isnull(n)", {2}, NULLS),
    _keeps("isempty(n)", {2}, "Microsoft Learn: isempty()"),
    _drops("isnotnull(b)", {2}, NULLS),
    # null in comparisons: equal is false, unequal true, order null
    _keeps("n == 5", {0}, NULLS),
    _drops("n != 5", {0}, NULLS),
    _drops("not(n == 5)", {0}, NULLS),
    _drops("n !in (5, 6)", {0, 1}, EMULATOR),
    _keeps("n > 4", {0, 1, 3, 8, 9}, NULLS),
    _keeps("not(n > 4)", {4, 5, 6, 7}, NULLS),
    _keeps("n <= 4", {4, 5, 6, 7}, NULLS),
    _keeps("not(n between (1 .. 6))", {3, 4, 7, 8, 9}, EMULATOR),
    _keeps("b", {0, 3, 5, 6, 7, 8, 9}, NULLS),
    _keeps("not(b)", {1, 4}, EMULATOR),
    _drops("b != true", {0, 3, 5, 6, 7, 8, 9}, EMULATOR),
    _keeps("n > 4 or isempty(s)", {0, 1, 2, 3, 8, 9}, "Microsoft Learn: Logical operators"),
    _keeps('not(n > 4 and s == "x")', set(_ALL), STAND_IN),
    _keeps('not(n > 4 or s == "x")', {4, 5, 6, 7}, STAND_IN),
    # precedence
    _keeps('n == 5 or n == 6 and s == "x"', {0}, "Microsoft Learn: Logical operators"),
    # functions
    _keeps('coalesce(s, "fallback") == "fallback"', {2}, "Microsoft Learn: coalesce()"),
    _keeps("coalesce(n, 77) == 77", {2}, "Microsoft Learn: coalesce()"),
    _keeps('coalesce("", s) == s', set(_ALL), "Microsoft Learn: coalesce()"),
    _keeps('iff(n > 4, "high", "low") == "low"', {2, 4, 5, 6, 7}, STAND_IN),
    _keeps('case(n == 5, "five", n == 6, "six", "more") == "six"', {1}, "Microsoft Learn: case()"),
    _keeps('tostring(n) endswith "8"', {3, 9}, "Microsoft Learn: tostring()"),
    _keeps('tostring(n) == ""', {2}, "Microsoft Learn: tostring()"),
    _keeps('tostring(b) == "True"', {0, 3, 5, 6, 7, 8, 9}, EMULATOR),
    _keeps('strcat(s, "|", n, "|", b) == "||"', {2}, "Microsoft Learn: strcat()"),
    _keeps('strcat(n, b) == "5True"', {0}, STAND_IN),
    _keeps(r'tolower(s) == @"c:\windows\system32\cmd.exe"', {0, 1}, "Microsoft Learn: tolower()"),
    _keeps('replace_string(s, "cmd", "X") contains_cs "X.exe"', {0, 8}, "Microsoft Learn: replace_string()"),
    _keeps(r'extract(@"(\w+)\.exe", 1, s) == "cmd"', {0}, "Microsoft Learn: extract()"),
    _keeps(r'extract(@"(\w+)\.exe", 1, s) == ""', {1, 2, 3, 4, 5, 6, 7, 9}, STAND_IN),
    _keeps('substring(s, 3, 7) == "Windows"', {0}, "Microsoft Learn: substring()"),
    _keeps('substring(s, 100) == ""', set(_ALL), STAND_IN),
    _keeps('indexof(s, "cmd") >= 0', {0, 8}, "Microsoft Learn: indexof()"),
    _keeps("strlen(s) == 0", {2}, "Microsoft Learn: strlen()"),
    _keeps('trim(" ", s) == ""', {2, 9}, "Microsoft Learn: trim()"),
    _keeps(r'tostring(split(s, @"\")[-1]) =~ "cmd.exe"', {0, 1}, "Microsoft Learn: split()"),
    _keeps("tolong(s) == 5", set(), "Microsoft Learn: tolong()"),
    # numbers and texts
    _keeps('n == "5"', {0}, STAND_IN),
    # dynamic values act as their text
    _keeps('d has "ab"', {0}, EMULATOR),
    _keeps('d contains "b"', {0}, STAND_IN),
    _keeps('d == "x"', {3}, EMULATOR),
    _keeps('tostring(d.k) == "v"', {1}, "Microsoft Learn: The dynamic data type"),
    # addresses: null when either side is none, so that neither the test nor its negation keeps the row
    _keeps('ipv4_is_in_range(s, "10.0.0.0/8")', {4}, IPV4),
    _keeps('not(ipv4_is_in_range(s, "10.0.0.0/8"))', set(), IPV4),
    _keeps('not(ipv4_is_in_range(s, "11.0.0.0/8"))', {4}, IPV4),
    _keeps('ipv4_is_in_range(s, "10.1.2.99/24")', {4}, IPV4),
    _keeps('ipv4_is_match(s, "10.1.2.99/24")', {4}, "Microsoft Learn: ipv4_is_match()"),
    _keeps('not(ipv4_is_in_range(s, "nonsense"))', set(), IPV4),
    _drops('not(coalesce(ipv4_is_in_range(s, "10.0.0.0/8"), false))', {4}, IPV4),
    _keeps('ipv6_is_in_range(s, "fe80::/10")', {7}, "Microsoft Learn: ipv6_is_in_range()"),
    _keeps('not(ipv6_is_in_range(s, "fe80::/10"))', {4}, "Microsoft Learn: ipv6_is_in_range()"),
    _keeps('ipv6_is_match(s, "::ffff:10.1.2.3")', {4}, IPV6),
    _keeps('ipv6_is_match(s, "10.1.0.0/16")', {4}, IPV6),
]
