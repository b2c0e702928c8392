"""Hostile files, made in code: each is a name, the bytes, and what reading it has to end in."""

from collections.abc import Callable
from typing import NamedTuple

from tests.rule.texts import with_detection, with_item

RULE = "rule"
"""The outcome of an input that is a rule after all, and has to be read as one."""


class Hostile(NamedTuple):
    """A hostile input. `outcomes` are the codes, or RULE, that its documents end in, in order."""

    name: str
    make: Callable[[], bytes]
    outcomes: tuple[str, ...]


def _text(name: str, make: Callable[[], str], *outcomes: str) -> Hostile:
    return Hostile(name, lambda: make().encode(), outcomes)


def _alias_bomb() -> str:
    """Nine levels of nine: 387 million values in twelve lines."""
    lines = ["title: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"k{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 9) + "]" for level in range(1, 9)]
    return "\n".join(lines) + "\n"


def _merge_bomb() -> str:
    lines = ["m0: &m0 {" + ", ".join(f"k{number}: 1" for number in range(1000)) + "}"]
    lines += [f"m{level}: &m{level}\n    <<: [" + ", ".join([f"*m{level - 1}"] * 100) + "]" for level in range(1, 100)]
    return "\n".join(lines) + "\n"


def _nested_condition() -> str:
    opening = "(a and not (b or " * 200
    return with_detection("a: {f: 1}\nb: {f: 2}\ncondition: " + opening + "a" + "))" * 200)


def _values(count: int, key: str, value: str) -> str:
    return with_item(f"{key}:\n" + "\n".join(f"  - '{value}{number}'" for number in range(count)))


STRANGE_NAMES = (
    'a"b',
    "a'b",
    "a`b",
    "a\nb",
    "a\\",
    "a] or [b",
    "a) or (1=1",
    "a | delete",
    "a:* OR _exists_:b",
    "*",
    " ",
    "\u202eabc",
    "ü€😀",
)
"""Names that hold quotes, newlines and query syntax. In the name of a field, what follows a `|` would be modifiers."""

STRANGE_VALUES = (
    '") | delete',
    "'; drop table x; --",
    "\\",
    '\\"',
    "a\nb",
    "a\tb",
    '"""',
    "`macro`",
    "$token$",
    "[search index=*]",
    "%1",
    "{{x}}",
    "/*",
    "//",
    "\u2028",
    "\x7f",
    "😀",
)
"""Values that hold quotes, newlines and query syntax."""


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


INPUTS = (
    _text("alias bomb", _alias_bomb, "too-large"),
    _text("merge bomb", _merge_bomb, "too-large"),
    _text("an alias of itself", lambda: with_item("f: &a [*a]"), "yaml-alias"),
    Hostile("100 MB", lambda: b"title: a\n" + b"#" * 100_000_000, ("too-large",)),
    _text("10,000 nested lists", lambda: "a: " + "[" * 10_000 + "]" * 10_000, "too-deep"),
    _text("1,000,000 open brackets", lambda: "[" * 1_000_000, "too-deep"),
    _text("1,000,000 open braces", lambda: "{a: " * 1_000_000, "too-deep"),
    _text("100,000 nested block lists", lambda: "- " * 100_000, "too-deep"),
    _text("100,000 complex keys", lambda: "? " * 100_000, "too-deep"),
    _text("nested lists in a selection", lambda: with_item("- " * 40 + "a"), "selection-type"),
    _text("NUL bytes", lambda: with_item("f: a\0b"), "encoding"),
    Hostile("only NUL bytes", lambda: b"\0" * 1_000_000, ("encoding",)),
    Hostile("UTF-16", lambda: with_item("f: é").encode("utf-16"), (RULE,)),
    Hostile("UTF-16 without its mark", lambda: with_item("f: a").encode("utf-16-le"), ("encoding",)),
    Hostile("UTF-16, cut", lambda: with_item("f: a").encode("utf-16")[:-1], ("encoding",)),
    Hostile("UTF-32", lambda: with_item("f: a").encode("utf-32"), ("encoding",)),
    Hostile("Latin-1", lambda: with_item("f: é").encode("latin-1"), ("encoding",)),
    _text("CRLF", lambda: with_item("f: a").replace("\n", "\r\n"), RULE),
    Hostile("BOM", lambda: with_item("f: a").encode("utf-8-sig"), (RULE,)),
    Hostile("binary", lambda: bytes(range(256)) * 1000, ("encoding",)),
    Hostile("empty", lambda: b"", ("no-input",)),
    _text("control characters", lambda: with_item("f: a\x1bb"), "encoding"),
    _text("half a character", lambda: with_item('f: "\\ud83d"'), "yaml-syntax"),
    _text("50,000 values", lambda: _values(50_000, "f|contains", "value"), RULE),
    _text("300,000 values", lambda: _values(300_000, "f|contains", "v"), "too-large"),
    _text(
        "50,000 selections",
        lambda: with_detection("".join(f"s{number}: {{f: {number}}}\n" for number in range(50_000)) + "condition: 1 of s*"),
        RULE,
    ),
    _text("50,000 rules", lambda: "---\n".join(["title: a\n"] * 50_000), *["missing-log-source"] * 50_000),
    _text("50,000 broken documents", lambda: "---\n".join(["a: [\n"] * 50_000), *["yaml-syntax"] * 50_000),
    _text("400 levels in a condition", _nested_condition, "too-deep"),
    _text("400 parentheses", lambda: with_detection("a: {f: 1}\ncondition: " + "(" * 400 + "a" + ")" * 400), RULE),
    _text("30,000 parentheses", lambda: with_detection("a: {f: 1}\ncondition: " + "(" * 30_000 + "a" + ")" * 30_000), "too-deep"),
    _text("a condition of 4,000 names", lambda: with_detection("a: {f: 1}\ncondition: " + " or ".join(["a"] * 4000)), RULE),
    _text("a condition of a million names", lambda: with_detection("a: {f: 1}\ncondition: " + " or ".join(["a"] * 1_000_000)), "too-large"),
    _text(
        "a pattern of many stars",
        lambda: with_detection("a" * 1000 + ": {f: 1}\ncondition: 1 of " + "*a" * 900 + "*b"),
        "unknown-selection",
    ),
    _text(
        "20 of 40",
        lambda: with_detection("".join(f"s{number}: {{f: {number}}}\n" for number in range(40)) + "condition: 20 of s*"),
        "quantifier",
    ),
    _text("30,000 dashes", lambda: with_item(f"f|windash: '{' -a' * 20_000}'"), RULE),
    _text("9 dashes in base64", lambda: with_item(f"f|windash|base64: '{' -a' * 9}'"), "encoding-value"),
    _text("60,000 wildcards", lambda: with_item(f"f: '{'*?' * 30_000}'"), RULE),
    _text("a regex of nested repeats", lambda: with_item(f"f|re: '{'(' * 40}a{'+)' * 40}'"), RULE),
    _text("a regex of 10,000 groups", lambda: with_item(f"f|re: '{'(' * 10_000}a{')' * 10_000}'"), "regex-construct"),
    _text("a regex of 60,000 characters", lambda: with_item(f"f|re: '{'[ab]' * 15_000}'"), RULE),
    _text("a number of a million digits", lambda: with_item(f"f: {'9' * 60_000}"), "invalid-number"),
    _text("a number with a huge exponent", lambda: with_item("f: 1.0e+999999999"), "invalid-number"),
    _text("a key of a million characters", lambda: with_item(f"'{'a' * 1_000_000}': b"), "yaml-syntax"),
    _text("an object of Python", lambda: with_item("f: !!python/object/apply:os.system ['true']"), "yaml-tag"),
    _text("strange names", lambda: with_item("\n".join(f"{_quoted(name)}: a" for name in STRANGE_NAMES if "|" not in name)), RULE),
    _text("strange values", lambda: with_item("f:\n" + "\n".join(f"  - {_quoted(value)}" for value in STRANGE_VALUES)), RULE),
    _text(
        "strange selections",
        lambda: with_detection("".join(f"{_quoted(name)}: {{f: 1}}\n" for name in STRANGE_NAMES) + "condition: 1 of them"),
        RULE,
    ),
)
