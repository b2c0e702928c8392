"""The reader of Lucene's query_string, as Elasticsearch and OpenSearch have it with their default parameters.

AND and OR set marks on their neighbours, as Lucene's classic QueryParser does; they have no precedence. A word without a field is unreadable,
since the fields that it would be looked for in are a setting of the index.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sigma_amsi import elastic
from sigma_amsi.backend import Reading
from sigma_amsi.characters import fold
from sigma_amsi.elastic import Subject
from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Cursor, Token
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern
from sigma_amsi.pattern import Token as Piece
from sigma_amsi.pipeline.schema import Schema, Table
from sigma_amsi.predicate.tree import FALSE, TRUE, Predicate, all_of, any_of, negation

MAXIMUM_LENGTH = 1_000_000
MAXIMUM_DEPTH = 60

_BLANK = " \\t\\n\\r\\u3000"
_START = rf"""(?:[^{_BLANK}+\-!():^\[\]"{{}}~*?\\/]|\\.)"""
_INSIDE = rf"(?:{_START}|[+-])"

# The tokens of Lucene's QueryParser.jj: the longest that fits counts, of equally long ones the first.
_TOKENS = {
    kind: re.compile(source, re.DOTALL)
    for kind, source in {
        "AND": "AND|&&",
        "OR": r"OR|\|\|",
        "NOT": "NOT|!",
        "+": r"\+",
        "-": "-",
        "bare operator": rf"[+\-!][{_BLANK}]+",
        "(": r"\(",
        ")": r"\)",
        ":": ":",
        "*": r"\*",
        "boost": r"\^[0-9]+(?:\.[0-9]+)?",
        "quoted": r'"(?:[^"\\]|\\.)*"',
        "term": f"{_START}{_INSIDE}*",
        "fuzzy": r"~[0-9]*(?:\.[0-9]+)?",
        "prefix": rf"{_START}{_INSIDE}*\*",
        "wildcard": rf"(?:{_START}|[*?])(?:{_INSIDE}|[*?])*",
        "regex": r"/(?:\\/|[^/])*/",
    }.items()
}
_BLANKS = re.compile(f"[{_BLANK}]*")
_RANGE_GOOP = re.compile(r"[^ \]}]+")
_RANGE_QUOTED = re.compile(r'"(?:\\"|[^"])+"')
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_PIECE = re.compile(r"\\(.)|([*?])|([^\\*?]+)", re.DOTALL)

Mark: TypeAlias = Literal["should", "must", "must_not"]


def parse(text: str, schema: Schema, table: Table) -> Reading:
    """What the query says of the rows of `table`. Raises Unreadable."""
    del schema
    if len(text) > MAXIMUM_LENGTH:
        raise Unreadable(f"longer than {MAXIMUM_LENGTH} characters", MAXIMUM_LENGTH)
    cursor = Cursor(_tokens(text))
    if cursor.at("end"):
        return Reading(None, FALSE)  # an empty query matches nothing (Elasticsearch: Query string query)
    predicate = _Reader(cursor, table).query(None)
    if not cursor.at("end"):
        cursor.fail(f"unexpected {cursor.token}")
    return Reading(None, predicate)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = _skip_blanks(text, 0)
    while position < len(text):
        kind, spelling = ("range", text[position : _range(text, position)[1]]) if text[position] in "[{" else ("", "")
        for candidate, expression in _TOKENS.items():
            found = expression.match(text, position)
            if found and len(found[0]) > len(spelling):
                kind, spelling = candidate, found[0]
        if not spelling:
            raise Unreadable(f"unexpected {text[position]!r}", position)
        tokens.append(Token(kind, spelling, position))
        position = _skip_blanks(text, position + len(spelling))
    return [*tokens, Token("end", "", len(text))]


def _range(text: str, start: int) -> tuple[list[str], int]:
    """The brackets and bounds of the range that begins there, and its end.

    In it the tokens are others: a bound goes up to a space or bracket, and blanks of other kinds before its end belong to it.
    """
    pieces, position = [text[start]], start + 1
    while position < len(text) and len(pieces) <= 5:
        if text[position] in "]}":
            pieces.append(text[position])
            position += 1
            break
        found = [match[0] for match in (_RANGE_QUOTED.match(text, position), _RANGE_GOOP.match(text, position)) if match]
        piece = max(found, key=len, default=" ")
        if piece not in (" ", "\t", "\n", "\r", "\u3000"):
            pieces.append(piece)
        position += len(piece)
    match pieces:
        case [opening, low, "TO", high, "]" | "}" as closing] if "TO" not in (low, high):
            return [opening, low, high, closing], position
    raise Unreadable("expected a range: two bounds with TO between them, in brackets", start)


def _skip_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


@dataclass(slots=True)
class _Clause:
    mark: Mark
    predicate: Predicate


class _Reader:
    """Recursive descent over QueryParser.jj: Query, Modifiers, Clause, Term. `field` is that of the group around, if any."""

    def __init__(self, cursor: Cursor, table: Table) -> None:
        self.cursor = cursor
        self.table = table
        self.depth = 0

    def query(self, field: Subject | None) -> Predicate:
        words = self.words()
        if words:
            return self.term_of_words(words, field)
        clauses = [self.clause("", field)]
        while not self.cursor.at("end") and not self.cursor.at(")"):
            if self.cursor.at("term") and self.cursor.following.kind == "term":
                self.cursor.fail("several words in a row beside other clauses")
            conjunction = self.cursor.take().kind if self.cursor.at("AND") or self.cursor.at("OR") else ""
            clause = self.clause(conjunction, field)
            if conjunction == "AND" and clauses[-1].mark == "should":
                clauses[-1].mark = "must"
            clauses.append(clause)
        return _combined(clauses)

    def words(self) -> list[Token]:
        """Words that are all that the query or group has. Lucene leaves blanks to the field's analyzer, which keeps them in a keyword."""
        words: list[Token] = []
        if not (self.cursor.at("term") and self.cursor.following.kind == "term"):
            return []
        while word := self.cursor.accept("term"):
            words.append(word)
        if not (self.cursor.at("end") or self.cursor.at(")")):
            self.cursor.fail("several words in a row beside other clauses")
        return words

    def term_of_words(self, words: list[Token], field: Subject | None) -> Predicate:
        if field is None:
            raise Unreadable("words without a field", words[0].offset)
        return _term(field, " ".join(_unescaped(word) for word in words))

    def clause(self, conjunction: str, field: Subject | None) -> _Clause:
        modifier = self.cursor.take().kind if any(self.cursor.at(kind) for kind in ("+", "-", "NOT")) else ""
        predicate = self.subject_and_value(field)
        if modifier in ("-", "NOT"):
            return _Clause("must_not", predicate)
        return _Clause("must" if modifier == "+" or conjunction == "AND" else "should", predicate)

    def subject_and_value(self, field: Subject | None) -> Predicate:
        name = self.cursor.token
        if self.cursor.following.kind == ":":
            if name.kind == "*":
                self.cursor.take()
                self.cursor.take()
                self.cursor.expect("*")
                return TRUE
            self.cursor.expect("term")
            self.cursor.take()
            if _unescaped(name) == "_exists_":
                return self.existing()
            field = elastic.subject(self.table, _unescaped(name), name.offset)
        if self.cursor.at("("):
            return self.group(field)
        value = self.value(field)
        self.cursor.accept("boost")
        return value

    def existing(self) -> Predicate:
        token = self.cursor.take()
        if token.kind not in ("term", "quoted"):
            raise Unreadable(f"expected a column's name, found {token}", token.offset)
        return elastic.exists(elastic.subject(self.table, _unescaped(token), token.offset))

    def group(self, field: Subject | None) -> Predicate:
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self.cursor.fail(f"nested deeper than {MAXIMUM_DEPTH} levels")
        self.cursor.take()
        predicate = self.query(field)
        self.cursor.expect(")")
        self.cursor.accept("boost")
        self.depth -= 1
        return predicate

    def value(self, field: Subject | None) -> Predicate:
        token = self.cursor.take()
        if token.kind not in ("term", "quoted", "*", "prefix", "wildcard", "regex", "range"):
            raise Unreadable(f"expected a value, found {token}", token.offset)
        if self.cursor.at("fuzzy"):
            self.cursor.fail("a fuzzy or sloppy search")
        if field is None:
            if token.kind == "*":
                return TRUE
            raise Unreadable(f"{token} without a field", token.offset)
        if token.kind in ("prefix", "wildcard") and set(token.text) == {"*"}:
            field.check_text("a wildcard")  # of only stars, a single one alone is a test of existence
        match token.kind:
            case "*":
                return elastic.exists(field)
            case "term":
                return _term(field, _unescaped(token))
            case "quoted":
                return elastic.term(field, _unescaped(token))
            case "prefix":
                return elastic.wildcard(field, _pattern(token, folded=False))
            case "wildcard":
                return elastic.unnormalised_wildcard(field, _pattern(token, field.folded))
            case "regex":
                return elastic.regexp(field, token.text[1:-1])
        return _between(field, token)


def _combined(clauses: list[_Clause]) -> Predicate:
    """A bool query: optional clauses count only where nothing is required, and nothing but negative clauses gets a match-all."""
    marked = {mark: [clause.predicate for clause in clauses if clause.mark == mark] for mark in ("should", "must", "must_not")}
    required = marked["must"] or ([any_of(marked["should"])] if marked["should"] else [])
    return all_of([*required, *map(negation, marked["must_not"])])


def _term(field: Subject, text: str) -> Predicate:
    """A word. `>5` and the like are ranges, escaped or not: "< and > can't be escaped at all" (Elasticsearch: Query string query)."""
    found = re.match("[<>]=?", text)
    if found is None or len(text) == 1:
        return elastic.term(field, text)
    if found.end() == len(text):
        field.fail(f"{text} without a bound")
    match found[0]:
        case "<":
            return elastic.compare(field, "<", text[1:])
        case "<=":
            return elastic.compare(field, "<=", text[2:])
        case ">":
            return elastic.compare(field, ">", text[1:])
    return elastic.compare(field, ">=", text[2:])


def _between(field: Subject, token: Token) -> Predicate:
    opening, low, high, closing = _range(token.text, 0)[0]
    return elastic.between(field, _bound(low, opening == "[", token), _bound(high, closing == "]", token))


def _bound(text: str, included: bool, token: Token) -> tuple[str, bool] | None:
    kind = "quoted" if _RANGE_QUOTED.fullmatch(text) else "term"
    return None if text == "*" else (_unescaped(Token(kind, text, token.offset)), included)


def _unescaped(token: Token) -> str:
    """The token's text: a backslash makes a plain character of the one after it, `\\u0041` is the character of that number."""

    def character(escape: re.Match[str]) -> str:
        if escape[1] == "u":
            raise Unreadable("\\u without four hexadecimal digits", token.offset + escape.start())
        decoded = chr(int(escape[1][1:], 16)) if len(escape[1]) > 1 else escape[1]
        if "\ud800" <= decoded <= "\udfff":
            raise Unreadable("an escaped half of a character", token.offset + escape.start())
        return decoded

    return _ESCAPE.sub(character, token.text[1:-1] if token.kind == "quoted" else token.text)


def _pattern(token: Token, folded: bool) -> Pattern:
    """The pattern; `folded` normalises all but escaped characters, as Elasticsearch does (source: StringFieldType.normalizeWildcardPattern)."""
    pieces: list[Piece] = []
    for found in _PIECE.finditer(token.text):
        escaped, wildcard, plain = found.groups()
        if escaped == "u":
            raise Unreadable("\\u in a pattern, which is no character's number there", token.offset + found.start())
        pieces.append(escaped or (_WILDCARDS[wildcard] if wildcard else fold(plain) if folded else plain))
    return Pattern.of(*pieces)


_WILDCARDS: dict[str, Piece] = {"*": ANY_MANY, "?": ONE}
