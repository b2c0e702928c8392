"""query_string, the Lucene syntax of Elasticsearch and OpenSearch, on keyword, long and ip fields."""

from __future__ import annotations

from collections.abc import Iterator

from . import FINDS, MISSES, REJECTED, Case, Outcome, f

LUCENE = "observed, Lucene 8.11 and 9.12"
NODES = "observed, OpenSearch 1.3 and 2.19"
PAGE = "Elasticsearch: Query string query"
REGEX_PAGE = "Elasticsearch: Regular expression syntax"
KEYWORD_PAGE = "Elasticsearch: Keyword type family"
IP_PAGE = "Elasticsearch: IP field type"
FIELD_TYPES = "Elasticsearch source: the queries that MappedFieldType refuses"

CMD = r"C:\Windows\System32\cmd.exe"
LINES = "line1\nline2"


def cases() -> Iterator[Case]:
    """Every case of the language."""
    yield from KEYWORD
    yield from LOWER
    yield from LONG
    yield from IP
    yield from LENIENT
    yield from FIELDS


def _lower(value: str, query: str, outcome: Outcome, source: str = KEYWORD_PAGE) -> Case:
    return Case(f(value), query, outcome, source, types={"f": "lower"})


def _long(value: str, query: str, outcome: Outcome, source: str = PAGE) -> Case:
    return Case(f(value), query, outcome, source, types={"f": "long"})


def _ip(value: str, query: str, outcome: Outcome, source: str = IP_PAGE) -> Case:
    return Case(f(value), query, outcome, source, types={"f": "ip"})


KEYWORD = [
    # the whole value, with case
    Case(f(CMD), r"f:C\:\\Windows\\System32\\cmd.exe", FINDS, PAGE),
    Case(f(CMD), r'f:"C:\\Windows\\System32\\cmd.exe"', FINDS, PAGE),
    Case(f(CMD), r"f:c\:\\windows\\system32\\cmd.exe", MISSES, KEYWORD_PAGE),
    Case(f(CMD), r"f:cmd.exe", MISSES, KEYWORD_PAGE),
    Case(f(CMD), r"f : cmd*", MISSES, LUCENE),
    Case(f("foo"), r"f : foo", FINDS, LUCENE),
    # wildcards
    Case(f(CMD), r"f:*\\cmd.exe", FINDS, PAGE),
    Case(f(CMD), r"f:*\\CMD.exe", MISSES, LUCENE),
    Case(f(CMD), r"f:C\:\\*\\cm?.exe", FINDS, PAGE),
    Case(f(CMD), r"f:*\\cm?exe", MISSES, LUCENE),
    Case(f(CMD), r'f:"*\\cmd.exe"', MISSES, LUCENE),
    Case(f(CMD), r"f:C\:*", FINDS, LUCENE),
    Case(f("a*b?c"), r"f:a\*b\?c", FINDS, LUCENE),
    Case(f("axbyc"), r"f:a\*b\?c", MISSES, LUCENE),
    Case(f("a*b?c"), r'f:"a*b?c"', FINDS, LUCENE),
    Case(f("axbyc"), r'f:"a*b?c"', MISSES, LUCENE),
    Case(f("a*b"), r"f:a\**", FINDS, LUCENE),
    Case(f("axb"), r"f:a\**", MISSES, LUCENE),
    Case(f(LINES), r"f:line1?line2", FINDS, LUCENE),
    Case(f(LINES), r"f:line1*", FINDS, LUCENE),
    Case(f("aéb"), r"f:a?b", FINDS, LUCENE),
    Case(f("a\U0001f600b"), r"f:a?b", FINDS, LUCENE),
    Case(f("Straße ÅRE"), r"f:*åre*", MISSES, LUCENE),
    Case(f("foo"), r"f:foo*", FINDS, LUCENE),
    Case(f("foo"), r"f:*foo", FINDS, LUCENE),
    Case(f("foo"), r"f:foo?", MISSES, LUCENE),
    Case(f("foo"), r"f:f**o", FINDS, LUCENE),
    # a backslash before a star is an escape
    Case(f(r"C:\Users\bob"), r"f:*Users\*", MISSES, LUCENE),
    Case(f(r"C:\Users*"), r"f:*Users\*", FINDS, LUCENE),
    Case(f(r"C:\Users\bob"), r"f:*\\Users\\*", FINDS, LUCENE),
    Case(f("C:\\Users\\"), r"f:C\:\\Users\\", FINDS, LUCENE),
    Case(f("C:\\Users\\"), r"f:*\\", FINDS, LUCENE),
    Case(f("foo"), "f:foo\\", REJECTED, LUCENE),
    # an escape that is not needed is allowed
    Case(f("a_b"), r"f:a\_b", FINDS, LUCENE),
    Case(f("foo"), r"f:\foo", FINDS, LUCENE),
    Case(f("a{b}c"), r"f:a\{b\}c", FINDS, LUCENE),
    Case(f("A"), r"f:\u0041", FINDS, LUCENE),
    Case(f("-x"), r"f:\-x", FINDS, LUCENE),
    Case(f("-x"), r"f:-x", REJECTED, LUCENE),
    Case(f("a-x"), r"f:a-x", FINDS, LUCENE),
    Case(f("a+x"), r"f:a+x", FINDS, LUCENE),
    Case(f("a=x"), r"f:a=x", FINDS, LUCENE),
    Case(f("a&x"), r"f:a&x", FINDS, LUCENE),
    Case(f("a&&x"), r"f:a&&x", FINDS, LUCENE),
    Case(f("a!x"), r"f:a!x", MISSES, LUCENE),
    Case(f("a"), r"f:a!x", FINDS, LUCENE),
    Case(f("a!x"), r"f:a\!x", FINDS, LUCENE),
    Case(f("a:x"), r"f:a:x", REJECTED, LUCENE),
    Case(f("a(x"), r"f:a(x", REJECTED, LUCENE),
    Case(f('a"x'), r"f:a\"x", FINDS, LUCENE),
    Case(f('a"x'), r'f:"a\"x"', FINDS, LUCENE),
    Case(f("a%x;y,z'@#$"), r"f:a%x;y,z'@#$", FINDS, LUCENE),
    # blanks
    Case(f("foo bar"), r"f:foo bar", MISSES, PAGE),
    Case(f("foo bar"), r"f:(foo bar)", FINDS, LUCENE),
    Case(f("foo bar"), r'f:"foo bar"', FINDS, LUCENE),
    Case(f("foo bar"), r"f:foo\ bar", FINDS, LUCENE),
    Case(f("foo bar"), r"f:foo\ b*", FINDS, LUCENE),
    Case(f("foo"), r"f:(foo* bar)", FINDS, LUCENE),
    Case(f("a foo bar b"), r"f:*foo bar*", MISSES, LUCENE),
    Case(f("a foo bar b"), r"f:*foo\ bar*", FINDS, LUCENE),
    Case(f("one", "two"), r"f:(one two)", MISSES, LUCENE),
    Case(f("foo\u00a0bar"), "f:foo\u00a0bar", FINDS, LUCENE),
    Case(f("foo\u3000bar"), "f:foo\u3000bar", MISSES, LUCENE),
    Case(f("a\tb"), "f:a\\\tb", FINDS, LUCENE),
    Case(f(LINES), "f:line1\\\nline2", FINDS, LUCENE),
    Case(f("  foo"), 'f:"  foo"', FINDS, LUCENE),
    # several values
    Case(f("one", "two"), r"f:one AND f:two", FINDS, LUCENE),
    Case(f("one", "two"), r"f:(one AND two)", FINDS, LUCENE),
    Case(f("one", "two"), r"f:one AND NOT f:two", MISSES, LUCENE),
    Case(f("one", "two"), r"NOT f:two", MISSES, LUCENE),
    # empty and missing
    Case(f(""), r'f:""', FINDS, LUCENE),
    Case(f(), r'f:""', MISSES, LUCENE),
    Case(f(""), r"f:*", FINDS, PAGE),
    Case(f(), r"f:*", MISSES, PAGE),
    Case(f(""), r"f:?*", MISSES, LUCENE),
    Case(f("x"), r"f:?*", FINDS, LUCENE),
    Case(f(""), r"f:**", FINDS, LUCENE),
    Case(f(), r"f:**", MISSES, LUCENE),
    Case(f(""), r"_exists_:f", FINDS, PAGE),
    Case(f(), r"_exists_:f", MISSES, PAGE),
    Case(f(), r"NOT _exists_:f", FINDS, LUCENE),
    Case(f(), r"NOT f:*", FINDS, LUCENE),
    Case(f(), r"NOT f:x", FINDS, LUCENE),
    Case(f("x"), r"*:*", FINDS, PAGE),
    Case(f(), r"*", FINDS, LUCENE),
    Case(f("x"), "", MISSES, PAGE),
    Case(f("x"), "  ", MISSES, PAGE),
    # a field that the mapping does not know
    Case(f("x"), r"unknown:x", MISSES, LUCENE),
    Case(f("x"), r"NOT unknown:x", FINDS, LUCENE),
    Case(f("x"), r"unknown:/[/", MISSES, NODES),
    Case(f("x"), r"_exists_:unknown", MISSES, LUCENE),
    # AND and OR mark their neighbours; they have no precedence
    Case(f("foo"), r"f:foo OR f:bar AND f:x", MISSES, PAGE),
    Case(f("foo"), r"f:foo OR (f:bar AND f:x)", FINDS, PAGE),
    Case(f("bar"), r"f:foo AND f:x OR f:bar", MISSES, PAGE),
    Case(f("bar"), r"(f:foo AND f:x) OR f:bar", FINDS, PAGE),
    Case(f("foo"), r"f:foo AND f:foo OR f:bar", FINDS, LUCENE),
    Case(f("bar"), r"NOT f:foo OR f:bar", FINDS, LUCENE),
    Case(f("zzz"), r"NOT f:foo OR f:bar", MISSES, LUCENE),
    Case(f("zzz"), r"f:foo OR NOT f:bar", MISSES, LUCENE),
    Case(f("zzz"), r"f:foo OR (NOT f:bar)", FINDS, LUCENE),
    Case(f("zzz"), r"(NOT f:foo) AND (NOT f:bar)", FINDS, LUCENE),
    Case(f("zzz"), r"NOT f:foo AND NOT f:bar", FINDS, LUCENE),
    Case(f("zzz"), r"NOT (NOT f:zzz)", FINDS, LUCENE),
    Case(f("zzz"), r"(NOT ((NOT f:zzz)))", FINDS, LUCENE),
    Case(f("zzz"), r"NOT NOT f:zzz", REJECTED, LUCENE),
    Case(f("zzz"), r"f:(NOT foo)", FINDS, LUCENE),
    Case(f("foo"), r"f:(foo OR bar)", FINDS, LUCENE),
    Case(f("foo"), r"f:foo && f:bar", MISSES, LUCENE),
    Case(f("foo"), r"f:foo || f:bar", FINDS, LUCENE),
    Case(f("foo"), r"!f:bar", FINDS, LUCENE),
    Case(f("foo"), r"-f:bar", FINDS, LUCENE),
    Case(f("foo"), r"+f:foo f:bar", FINDS, LUCENE),
    Case(f("bar"), r"+f:foo f:bar", MISSES, LUCENE),
    Case(f("foo"), r"f:foo f:bar", FINDS, PAGE),
    # the operators are in capitals; anything else is a word
    Case(f("foo"), r"f:foo and f:bar", FINDS, PAGE),
    Case(f("foo"), r"not f:bar", MISSES, LUCENE),
    Case(f("AND"), r"f:AND", REJECTED, LUCENE),
    Case(f("AND"), r"f:\AND", FINDS, LUCENE),
    Case(f("AND"), r'f:"AND"', FINDS, LUCENE),
    Case(f("and"), r"f:and", FINDS, LUCENE),
    Case(f("foo"), r"f:foo AND", REJECTED, LUCENE),
    Case(f("foo"), r"f:", REJECTED, LUCENE),
    Case(f("foo"), r"f:(foo", REJECTED, LUCENE),
    Case(f("foo"), r"f:()", REJECTED, LUCENE),
    # regexes: the whole value, all operators on
    Case(f("foo"), r"f:/foo/", FINDS, REGEX_PAGE),
    Case(f("xfoo"), r"f:/foo/", MISSES, REGEX_PAGE),
    Case(f("xfoox"), r"f:/.*foo.*/", FINDS, REGEX_PAGE),
    Case(f(LINES), r"f:/line1.line2/", FINDS, LUCENE),
    Case(f(LINES), r"f:/line1/", MISSES, LUCENE),
    Case(f("foo"), r"f:/FOO/", MISSES, LUCENE),
    Case(f("foo"), r"f:/(?i)FOO/", MISSES, LUCENE),
    Case(f("foo"), r"f:/^foo$/", MISSES, REGEX_PAGE),
    Case(f("^foo$"), r"f:/^foo$/", FINDS, LUCENE),
    Case(f("foo"), r"f:/(?:foo)/", MISSES, LUCENE),
    Case(f("foo"), r"f:/foo(?=bar)/", MISSES, LUCENE),
    Case(f("foo"), r"f:/fo{2}/", FINDS, REGEX_PAGE),
    Case(f("foo"), r"f:/fo{1,}/", FINDS, REGEX_PAGE),
    Case(f("foo"), r"f:/fo*?/", FINDS, LUCENE),
    Case(f("foo"), r"f:/fo++/", FINDS, LUCENE),
    Case(f("foo"), r"f:/foo|bar/", FINDS, REGEX_PAGE),
    Case(f("foo"), r"f:/[a-f]o[^a-n]/", FINDS, REGEX_PAGE),
    Case(f("a.b"), r"f:/a\.b/", FINDS, REGEX_PAGE),
    Case(f("axb"), r"f:/a\.b/", MISSES, REGEX_PAGE),
    Case(f(r"a\b"), r"f:/a\\b/", FINDS, REGEX_PAGE),
    Case(f("443"), r"f:/\d+/", FINDS, LUCENE, outcome_8=MISSES),
    Case(f("d"), r"f:/\d+/", MISSES, LUCENE, outcome_8=FINDS),
    Case(f("foo"), r"f:/fo\w/", FINDS, LUCENE, outcome_8=MISSES),
    Case(f("a b"), r"f:/a\sb/", FINDS, LUCENE, outcome_8=MISSES),
    Case(f("é"), r"f:/\w/", MISSES, LUCENE),
    Case(f("a foo"), r"f:/.*\bfoo.*/", REJECTED, LUCENE, outcome_8=MISSES),
    Case(f("a\tb"), r"f:/a\tb/", REJECTED, LUCENE, outcome_8=MISSES),
    Case(f("a\tb"), "f:/a\tb/", FINDS, LUCENE),
    Case(f("bar"), r"f:/~(foo)/", FINDS, LUCENE),
    Case(f("foo"), r"f:/~(foo)/", MISSES, LUCENE),
    Case(f("a~b"), r"f:/a\~b/", FINDS, LUCENE),
    Case(f("7"), r"f:/<5-10>/", FINDS, REGEX_PAGE),
    Case(f("11"), r"f:/<5-10>/", MISSES, REGEX_PAGE),
    Case(f("anything"), r"f:/@/", FINDS, REGEX_PAGE),
    Case(f("a@b"), r"f:/a\@b/", FINDS, LUCENE),
    Case(f("x#e"), r"f:/x#e/", MISSES, REGEX_PAGE),
    Case(f("x#e"), r"f:/x\#e/", FINDS, LUCENE),
    Case(f("aaabbb"), r"f:/aaa.+&.+bbb/", FINDS, REGEX_PAGE),
    Case(f("a&b"), r"f:/a&b/", MISSES, LUCENE),
    Case(f('a"b'), r'f:/a"b/', REJECTED, LUCENE),
    Case(f('a"b'), r"f:/a\"b/", FINDS, LUCENE),
    Case(f("a.b"), r'f:/"a.b"/', FINDS, LUCENE),
    Case(f("axb"), r'f:/"a.b"/', MISSES, LUCENE),
    Case(f("a/b"), r"f:/a\/b/", FINDS, LUCENE),
    Case(f("foo"), r"f:/foo|/", REJECTED, LUCENE),
    Case(f("foo"), r"f:/[/", REJECTED, LUCENE),
    Case(f("foo"), r"f:/foo)/", REJECTED, LUCENE),
    Case(f("foo"), r"f:/(foo/", REJECTED, LUCENE),
    Case(f("foo"), "f:/" + "foo|" * 250 + "bar/", REJECTED, "Elasticsearch: Index modules (index.max_regex_length)"),
    Case(f("bar"), r"f:/.{2,500}x{2,500}y.{1,500}/", REJECTED, LUCENE),
    # a slash starts a regex
    Case(f("/etc/passwd"), r"f:/etc/passwd", MISSES, LUCENE),
    Case(f("etc"), r"f:/etc/passwd", FINDS, LUCENE),
    Case(f("/etc/passwd"), r"f:\/etc\/passwd", FINDS, PAGE),
    Case(f("/etc/passwd"), r'f:"/etc/passwd"', FINDS, LUCENE),
    Case(f("foo/bar"), r"f:foo/bar", REJECTED, LUCENE),
    Case(f("foo/bar"), r"f:foo\/bar", FINDS, PAGE),
    # ranges of texts
    Case(f("5"), r"f:[5 TO 443]", MISSES, LUCENE),
    Case(f("443"), r"f:[10 TO 5]", FINDS, LUCENE),
    Case(f("10"), r"f:>5", MISSES, LUCENE),
    Case(f("7"), r"f:>5", FINDS, PAGE),
    Case(f("5"), r"f:>5", MISSES, PAGE),
    Case(f("5"), r"f:>=5", FINDS, PAGE),
    Case(f("5"), r"f:[5 TO *]", FINDS, PAGE),
    Case(f("5"), r"f:{5 TO 6}", MISSES, PAGE),
    Case(f("5"), r"f:[5 TO 6}", FINDS, PAGE),
    Case(f("7"), r"f:\>=5", FINDS, PAGE),
    Case(f("3"), r"f:\>=5", MISSES, PAGE),
    Case(f(">=5"), r'f:">=5"', FINDS, LUCENE),
    Case(f(">"), r"f:\>", FINDS, LUCENE),
    Case(f("a>b"), r"f:a>b", FINDS, LUCENE),
    # addresses in a keyword are texts
    Case(f("10.1.2.3"), r"f:10.1.0.0\/16", MISSES, LUCENE),
    Case(f("10.1.2.3"), r"f:10.1.*", FINDS, LUCENE),
    # fuzzy, boosts
    Case(f("foo"), r"f:fooo~", FINDS, PAGE),
    Case(f("foo"), r"f:~foo", REJECTED, LUCENE),
    Case(f("foo"), r"f:foo^2", FINDS, PAGE),
    Case(f("foo^2"), r"f:foo\^2", FINDS, LUCENE),
]

# a keyword with a lowercase normaliser
LOWER = [
    _lower(r"c:\x\CMD.EXE", r"f:*\\cmd.exe", FINDS),
    _lower(r"c:\x\CMD.EXE", r"f:*\\Cmd.exe", FINDS),
    _lower("CMD.EXE", r'f:"cmd.EXE"', FINDS),
    _lower("CMD.EXE", r"f:Cmd*", FINDS),
    _lower("ÅRE", r"f:åre", FINDS, LUCENE),
    _lower("ÅRE", r"f:Å*", FINDS, LUCENE),
    _lower("Straße", r"f:STRASSE", MISSES, LUCENE),
    _lower("ΣΑΣ", r"f:σας", MISSES, LUCENE),
    _lower("ΣΑΣ", r"f:σασ", FINDS, LUCENE),
    _lower("\u212a", r"f:k", FINDS, LUCENE),
    _lower("ſ", r"f:s", MISSES, LUCENE),
    _lower("İ", r"f:i", FINDS, LUCENE),
    # an escaped capital is not normalised when there is a wildcard, and then finds nothing
    _lower("Foo", r"f:\Foo", FINDS, LUCENE),
    _lower("xFoo", r"f:*\Foo", MISSES, LUCENE),
    _lower("xFoo", r"f:*\foo", FINDS, LUCENE),
    _lower("Foo", r"f:\F*", FINDS, LUCENE),
    # the text of a regex is normalised too
    _lower("FOO", r"f:/FO.*/", FINDS, LUCENE),
    _lower("FOO", r"f:/[A-Z]+/", FINDS, LUCENE),
    _lower("!", r"f:/\W/", MISSES, LUCENE),
    _lower("w", r"f:/\W/", FINDS, LUCENE),
    _lower("", r'f:""', FINDS, LUCENE),
    _lower("B", r"f:[A TO C]", FINDS, LUCENE),
]

LONG = [
    _long("4688", r"f:4688", FINDS),
    _long("4688", r'f:"4688"', FINDS),
    _long("4688", r"f:4688.0", FINDS, NODES),
    _long("4688", r"f:4688.5", MISSES, NODES),
    _long("4688", r"f:04688", FINDS, NODES),
    _long("-5", r"f:\-5", FINDS),
    _long("9", r"f:[5 TO 443]", FINDS),
    _long("9", r"f:>5", FINDS),
    _long("9", r"f:>=9", FINDS),
    _long("9", r"f:<9", MISSES),
    _long("9", r"f:>8.5", FINDS, NODES),
    _long("8", r"f:>8.5", MISSES, NODES),
    _long("9", r"f:<99999999999999999999", REJECTED, NODES),
    _long("9", r"f:*", FINDS),
    _long("9", r"NOT f:10", FINDS),
    _long("9", r"f:abc", REJECTED),
    _long("9", r'f:""', REJECTED),
    _long("4688", r"f:468*", REJECTED, FIELD_TYPES),
    _long("4688", r"f:46?8", REJECTED, FIELD_TYPES),
    Case(f("4688"), r"f:/46.*/", REJECTED, FIELD_TYPES, types={"f": "long"}, outcome_opensearch=MISSES),
    Case({}, r"NOT f:>5", FINDS, LUCENE, types={"f": "long"}),
]

IP = [
    _ip("10.1.2.3", r"f:10.1.2.3", FINDS),
    _ip("10.1.2.3", r'f:"10.1.0.0/16"', FINDS),
    _ip("10.1.2.3", r"f:10.1.0.0\/16", FINDS),
    _ip("10.1.2.3", r"f:10.1.99.99\/16", FINDS, LUCENE),
    _ip("10.2.2.3", r"f:10.1.0.0\/16", MISSES),
    _ip("10.1.2.3", r"f:[10.1.0.0 TO 10.1.255.255]", FINDS, LUCENE),
    _ip("10.1.2.3", r"f:{10.1.2.3 TO 10.1.255.255]", MISSES, LUCENE),
    _ip("10.1.2.3", r"f:\:\:ffff\:10.1.2.3", FINDS, LUCENE),
    _ip("2001:db8::1", r'f:"2001:db8::/32"', FINDS),
    _ip("2001:db8::1", r"f:2001\:0db8\:0\:0\:0\:0\:0\:1", FINDS, LUCENE),
    _ip("10.1.2.3", r'f:"::/0"', FINDS, LUCENE),
    _ip("2001:db8::1", r'f:"0.0.0.0/0"', MISSES, LUCENE),
    _ip("10.1.2.3", r"f:*", FINDS, LUCENE),
    _ip("10.1.2.3", r"f:nonsense", REJECTED),
    _ip("10.1.2.3", r'f:"10.1.0.0/33"', REJECTED),
    _ip("10.1.2.3", r"f:10.1.2.03", REJECTED, NODES),
    _ip("10.1.2.3", r"f:10.1.*", REJECTED, FIELD_TYPES),
    Case(f("10.1.2.3"), r"f:/10.*/", REJECTED, FIELD_TYPES, types={"f": "ip"}, outcome_opensearch=MISSES),
]

# an index whose default field is *, as it is when nobody sets it
LENIENT = [
    Case(f("9"), r"f:abc", MISSES, PAGE, types={"f": "long"}, lenient=True),
    Case(f("4688"), r"f:468*", MISSES, PAGE, types={"f": "long"}, lenient=True),
    Case(f("9"), r"NOT f:abc", FINDS, PAGE, types={"f": "long"}, lenient=True),
    Case(f("10.1.2.3"), r"f:10.1.*", MISSES, PAGE, types={"f": "ip"}, lenient=True),
    Case(f("foo"), r"f:/[/", MISSES, NODES, lenient=True),
    Case(f("foo"), r"f:~foo", REJECTED, LUCENE, lenient=True),
    Case(f("foo"), r"f:(foo", REJECTED, LUCENE, lenient=True),
]

# several fields, none, and patterns of names
FIELDS = [
    Case({"a": ["foo"], "b": ["bar"]}, r"foo", FINDS, PAGE),
    Case({"a": ["foo"], "b": ["bar"]}, r"*a*", FINDS, PAGE),
    Case({"a": ["foo bar"]}, r"foo bar", FINDS, LUCENE),
    Case({"a": ["foo bar"]}, r"foo*bar", FINDS, LUCENE),
    Case({"a": ["foo"], "b": ["bar"]}, r"foo AND bar", FINDS, LUCENE),
    Case({"a": ["foo"]}, r"foo AND bar", MISSES, LUCENE),
    Case({"a": ["foo"]}, r"NOT bar", FINDS, LUCENE),
    Case({"a": ["foo"], "n": ["5"]}, r"foo", REJECTED, NODES, types={"n": "long"}),
    Case({"a": ["foo"], "n": ["5"]}, r"foo", FINDS, NODES, types={"n": "long"}, lenient=True),
    Case({"a": ["x"], "n": ["5"]}, r"5", FINDS, PAGE, types={"n": "long"}),
    Case({"o.a": ["foo"]}, r"o.\*:foo", FINDS, PAGE),
    Case({"o.a": ["foo"]}, r"o.a:foo", FINDS, LUCENE),
    Case({"o.a": ["foo"]}, r"_exists_:o", FINDS, NODES),
    Case({"a-b": ["foo"]}, r"a-b:foo", FINDS, LUCENE),
    Case({"a b": ["foo"]}, r"a\ b:foo", FINDS, LUCENE),
    Case({"a": ["x"], "b": ["y"]}, r"(a:x OR b:z) AND NOT (a:y OR b:x)", FINDS, LUCENE),
]
