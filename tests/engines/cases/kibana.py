"""KQL, the query language of Kibana, on keyword, long and ip fields."""

from __future__ import annotations

from . import FINDS, MISSES, REJECTED, Case, Outcome, f

GRAMMAR = "observed, Kibana's KQL grammar"
QUERY = "observed, Kibana's query on Lucene 9.12"
PAGE = "Kibana: KQL"
IS = "Kibana source: kuery/functions/is.ts"
BACKSLASHES = "Kibana pull request 174464, since 8.12.1"
BLANKS = "Kibana issue 255223"
NUMBERS = "Kibana source: grammar.peggy, which has no numbers"

CMD = r"C:\Windows\System32\cmd.exe"
ABC = {"a": ["1"], "b": ["2"], "c": ["3"]}


def _lower(value: str, query: str, outcome: Outcome) -> Case:
    return Case(f(value), query, outcome, QUERY, types={"f": "lower"})


def _long(value: str, query: str, outcome: Outcome, source: str = QUERY) -> Case:
    return Case(f(value), query, outcome, source, types={"f": "long"})


def _ip(value: str, query: str, outcome: Outcome) -> Case:
    return Case(f(value), query, outcome, QUERY, types={"f": "ip"})


#: With a data view, from which Kibana 8.12.1 and later know that a field is a keyword.
CASES = [
    # the whole value, with case
    Case(f("cmd.exe"), r"f: cmd.exe", FINDS, IS),
    Case(f("cmd.exe"), r"f:cmd.exe", FINDS, IS),
    Case(f("cmd.exe"), r"f : cmd.exe", FINDS, GRAMMAR),
    Case(f("cmd.exe"), r"f: CMD.EXE", MISSES, IS),
    Case(f(CMD), r"f: cmd.exe", MISSES, IS),
    Case(f(CMD), r"f: C\:\\Windows\\System32\\cmd.exe", FINDS, GRAMMAR),
    Case(f(CMD), r'f: "C:\\Windows\\System32\\cmd.exe"', FINDS, GRAMMAR),
    Case(f(CMD), r"f: C:\\Windows\\System32\\cmd.exe", REJECTED, GRAMMAR),
    # wildcards
    Case(f(CMD), r"f: *\\cmd.exe", FINDS, BACKSLASHES),
    Case(f(CMD), r"f: *\\CMD.exe", MISSES, IS),
    Case(f(CMD), r"f: C\:\\*\\cmd.*", FINDS, BACKSLASHES),
    Case(f(CMD), r'f: "*\\cmd.exe"', MISSES, GRAMMAR),
    Case(f("b*"), r'f: "b*"', FINDS, GRAMMAR),
    Case(f("bcd"), r'f: "b*"', MISSES, GRAMMAR),
    Case(f("b*"), r"f: b\*", FINDS, GRAMMAR),
    Case(f("bcd"), r"f: b\*", MISSES, GRAMMAR),
    Case(f("b*cd"), r"f: b\**", FINDS, IS),
    Case(f("bcd"), r"f: b\**", MISSES, IS),
    Case(f("b?d"), r"f: b?d", FINDS, GRAMMAR),
    Case(f("bcd"), r"f: b?d", MISSES, GRAMMAR),
    Case(f("b?de"), r"f: b?d*", FINDS, "Kibana source: kuery/node_types/wildcard.ts"),
    Case(f("bcde"), r"f: b?d*", MISSES, "Kibana source: kuery/node_types/wildcard.ts"),
    Case(f("a\nb"), r"f: a*b", FINDS, QUERY),
    Case(f(r"C:\Users\bob"), r"f: *Users\*", MISSES, GRAMMAR),
    Case(f(r"C:\Users\bob"), r"f: *\\Users\\*", FINDS, BACKSLASHES),
    # blanks are part of a value, but not round it
    Case(f("a foo bar b"), r"f: *foo bar*", FINDS, IS),
    Case(f("foo bar"), r"f: foo bar", FINDS, IS),
    Case(f("foo bar"), r"f:   foo bar  ", FINDS, GRAMMAR),
    Case(f("foo  bar"), r"f: foo  bar", FINDS, GRAMMAR),
    Case(f("foo"), r"f: foo bar", MISSES, IS),
    Case(f(" foo"), r'f: " foo"', FINDS, GRAMMAR),
    Case(f(" foo"), r"f:  foo", MISSES, GRAMMAR),
    Case(f("a b"), r"f: a\ b", REJECTED, GRAMMAR),
    Case(f("a\tb"), r"f: a\tb", FINDS, GRAMMAR),
    Case(f("a\nb"), r'f: "a\nb"', FINDS, GRAMMAR),
    Case(f("foo and"), r"f: foo and", FINDS, GRAMMAR),
    Case(f("order"), r"f: order", FINDS, GRAMMAR),
    # escapes, in words and in quotes
    Case(f("{27}"), r"f: \{27\}", FINDS, GRAMMAR),
    Case(f("{27}"), r'f: "{27}"', FINDS, GRAMMAR),
    Case(f("a{27}"), r"f: a{27}", REJECTED, GRAMMAR),
    Case(f("(x)"), r"f: \(x\)", FINDS, GRAMMAR),
    Case(f("<x>"), r"f: \<x\>", FINDS, GRAMMAR),
    Case(f("a>b"), r"f: a>b", REJECTED, GRAMMAR),
    Case(f('a"b'), r"f: a\"b", FINDS, GRAMMAR),
    Case(f('a"b'), r'f: a"b', REJECTED, GRAMMAR),
    Case(f('a"b'), r'f: "a\"b"', FINDS, GRAMMAR),
    Case(f(r"x\qy"), r'f: "x\qy"', FINDS, GRAMMAR),
    Case(f(r"x\*y"), r'f: "x\*y"', FINDS, GRAMMAR),
    Case(f("xqy"), r"f: x\qy", REJECTED, GRAMMAR),
    Case(f("A"), r"f: \u0041", FINDS, GRAMMAR),
    Case(f("A"), r'f: "\u0041"', FINDS, GRAMMAR),
    Case(f("a\\"), r'f: "a\\"', FINDS, GRAMMAR),
    Case(f("a\\"), r'f: "a\"', REJECTED, GRAMMAR),
    Case(f("a[b]+c-d=e!f^g~h/i&j|k@l#m$n%o;p,q'r`s"), r"f: a[b]+c-d=e!f^g~h/i&j|k@l#m$n%o;p,q'r`s", FINDS, GRAMMAR),
    Case(f("a[b]+c-d=e!f^g~h/i&j|k@l#m$n%o;p,q'r`s"), r"f: a[b]+c-d=e!f^g~h/i&j|k@l#m$n%o;p,q'r`*", FINDS, QUERY),
    Case(f("and"), r"f: and", FINDS, GRAMMAR),
    Case(f("a and b"), r"f: a \and b", FINDS, GRAMMAR),
    # not is a keyword wherever a blank follows, inside of words too, and a backslash makes a line break of its n
    Case(f("not a"), r"f: \not a", MISSES, GRAMMAR),
    Case(f("ot a"), r"f: \not a", FINDS, GRAMMAR),
    Case(f("not a"), r'f: "not a"', FINDS, GRAMMAR),
    Case(f("not a"), r"f: \u006eot a", FINDS, GRAMMAR),
    Case(f("cannot a"), r"f: cannot a", REJECTED, GRAMMAR),
    Case(f("cannot a"), r"f: can\u006eot a*", FINDS, GRAMMAR),
    Case(f("cannot"), r"f: cannot", FINDS, GRAMMAR),
    Case(f("not a"), r"f: not a", REJECTED, GRAMMAR),
    Case(f("nothing"), r"f: nothing", FINDS, GRAMMAR),
    # no regexes, no Lucene
    Case(f("abc"), r"f: /a.c/", MISSES, GRAMMAR),
    Case(f("/a.c/"), r"f: /a.c/", FINDS, GRAMMAR),
    Case(f("x"), r"_exists_: f", MISSES, GRAMMAR),
    Case(f("5"), r"f: [1 TO 5]", MISSES, GRAMMAR),
    # lists of values
    Case(f("x"), r"f: (x or y)", FINDS, GRAMMAR),
    Case(f("x", "y"), r"f: (x and y)", FINDS, GRAMMAR),
    Case(f("x"), r"f: (x and y)", MISSES, GRAMMAR),
    Case(f("x"), r"f: (not y)", FINDS, GRAMMAR),
    Case(f("x y"), r"f: (x y)", FINDS, GRAMMAR),
    Case(f("xz"), r"f: (x* or y*)", FINDS, GRAMMAR),
    Case(f("b"), r'f: ("a" or "b")', FINDS, GRAMMAR),
    # and binds tighter than or
    Case(ABC, r"a: 1 or b: 9 and c: 9", FINDS, GRAMMAR),
    Case(ABC, r"(a: 1 or b: 9) and c: 9", MISSES, GRAMMAR),
    Case(ABC, r"a: 9 and b: 9 or c: 3", FINDS, GRAMMAR),
    Case(ABC, r"not a: 9 and b: 2", FINDS, GRAMMAR),
    Case(ABC, r"not a: 1 or b: 2", FINDS, GRAMMAR),
    Case(ABC, r"not (a: 9 or b: 2)", MISSES, GRAMMAR),
    Case(ABC, r"not not a: 1", REJECTED, GRAMMAR),
    Case(ABC, r"not (not a: 1)", FINDS, GRAMMAR),
    Case(ABC, r"a: 1 AND NOT b: 9 oR c: 9", FINDS, GRAMMAR),
    Case(ABC, r"a: 1 && b: 2", REJECTED, GRAMMAR),
    Case(ABC, r"(a: 1)or(b: 9)", REJECTED, GRAMMAR),
    Case(ABC, r"(a: 1) or (b: 9)", FINDS, GRAMMAR),
    Case(ABC, r"a: 1 b: 2", REJECTED, GRAMMAR),
    Case(ABC, r"(a: 1", REJECTED, GRAMMAR),
    # empty and missing
    Case(f(""), r'f: ""', FINDS, QUERY),
    Case(f(), r'f: ""', MISSES, QUERY),
    Case(f(""), r"f: *", FINDS, IS),
    Case(f(), r"f: *", MISSES, IS),
    Case(f(""), r"f: **", FINDS, QUERY),
    Case(f(), r"not f: x", FINDS, GRAMMAR),
    Case(f(), r"not f: *", FINDS, IS),
    Case(f("x"), "", FINDS, GRAMMAR),
    Case(f("x"), r"*: *", FINDS, GRAMMAR),
    Case(f("x"), r"f:", REJECTED, GRAMMAR),
    # ranges, numbers, addresses
    _long("7", r"f > 5", FINDS),
    _long("7", r"f>=7 and f <8", FINDS),
    _long("7", r"f < 7", MISSES),
    _long("7", r"f: >5", REJECTED, GRAMMAR),
    _long("7", r"f: 7", FINDS),
    _long("7", r'f: "7"', FINDS),
    _long("100000", r"f: 1e5", FINDS),
    _long("404", r"f: 4*", REJECTED, PAGE),
    _long("404", r"f: x", REJECTED, QUERY),
    Case(f("007"), r"f: 007", FINDS, NUMBERS),
    Case(f("7"), r"f: 007", MISSES, NUMBERS),
    Case(f("1.0"), r"f: 1.0", FINDS, NUMBERS),
    Case(f("true"), r"f: true", FINDS, GRAMMAR),
    Case(f("TRUE"), r"f: TRUE", FINDS, GRAMMAR),
    Case(f("null"), r'f: "null"', FINDS, GRAMMAR),
    Case(f("null"), r"f: null", REJECTED, QUERY),
    _ip("10.9.9.9", r"f: 10.0.0.0/8", FINDS),
    _ip("11.9.9.9", r"f: 10.0.0.0/8", MISSES),
    _ip("2001:db8::1", r'f: "2001:db8::/32"', FINDS),
    _ip(
        "10.9.9.9",
        r"f: 10.*",
        REJECTED,
    ),
    # a normaliser folds what the query does not
    _lower("CMD.EXE", r"f: cmd.exe", FINDS),
    _lower(CMD, r"f: *\\CMD.exe", FINDS),
    # no field: all of them
    Case({"a": ["foo"], "b": ["bar"]}, r"foo", FINDS, PAGE),
    Case({"a": ["foo bar"]}, r'"foo bar"', FINDS, PAGE),
    Case({"a": ["foo"], "b": ["bar"]}, r"*ba* and not b: x", FINDS, QUERY),
    Case({"a": ["foo"]}, r"foo bar", MISSES, QUERY),
    Case({"o.a-b": ["x"]}, r"o.a-b: x", FINDS, GRAMMAR),
]

#: Without one: patterns become query_string text, in which blanks are not escaped.
WITHOUT_DATA_VIEW = [
    Case(f("a foo bar b"), r"f: *foo bar*", MISSES, BLANKS),
    Case(f("a foo"), r"f: *foo bar*", FINDS, BLANKS),
    Case(f("bar"), r"f: *foo bar*", FINDS, BLANKS),
    Case(f("foo bar"), r"f: foo bar", FINDS, QUERY),
    Case(f(CMD), r"f: *\\cmd.exe", FINDS, QUERY),
    Case(f(CMD), r"f: *\\CMD.exe", MISSES, QUERY),
    Case(f("x(y):z/"), r"f: x\(y\)\:z/*", FINDS, QUERY),
    Case(f("a"), r"f: a \OR b*", FINDS, QUERY),
    Case(f("x"), r"f: *", FINDS, QUERY),
]
