"""The reader of EQL's event queries (`process where …`), as Elasticsearch has them.

Sequences, samples, pipes, arithmetic, comparisons of columns and functions whose meaning predicates do not have are unreadable.
"""

import re
from collections.abc import Callable

from sigma_amsi import elastic
from sigma_amsi.backend import Reading
from sigma_amsi.characters import Chars
from sigma_amsi.elastic import Operator, Subject
from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Cursor, Token
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, containing, ending, starting
from sigma_amsi.pattern import Token as Piece
from sigma_amsi.pipeline.schema import Schema, Table
from sigma_amsi.predicate.tree import FALSE, TRUE, Predicate, all_of, any_of, negation

MAXIMUM_LENGTH = 1_000_000
MAXIMUM_DEPTH = 60
CATEGORY = "event.category"
"""The column of an event's category, unless a request names another (Elasticsearch: EQL search API, event_category_field)."""

_TOKEN = re.compile(
    r'(?P<raw>"""(?:[^"\r\n]|"{1,2}(?!"))*"{3,5})'
    r'|(?P<string>"(?:[^"\\\r\n]|\\.)*")'
    r"|(?P<quoted>`(?:[^`]|``)+`)"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![A-Za-z_@])"
    r"|(?P<name>[A-Za-z_@][A-Za-z0-9_@]*(?:\.[A-Za-z_@][A-Za-z0-9_@]*)*~?)"
    r"|(?P<sign>==|!=|<=|>=|[<>:(),?])"
)
_BLANKS = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{2,8})\}|(.))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", '"': '"', "'": "'"}
_RESERVED = ("and", "or", "not", "in", "in~", "like", "like~", "regex", "regex~", "where", "true", "false", "null", "any")
_ORDERS: dict[str, Operator] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CLASS = re.compile(r"(?:\\.|[^\[\\])*?\[((?:\\.|[^\]\\])*)\]", re.DOTALL)
_CLASS_RANGE = re.compile(r"\\?(.)-\\?(.)", re.DOTALL)
_WILDCARDS: dict[str, Piece] = {"*": ANY_MANY, "?": ONE}
_PATTERNS: dict[str, Callable[[str], Pattern]] = {"startsWith": starting, "endsWith": ending, "stringContains": containing}


def parse(text: str, schema: Schema, table: Table) -> Reading:
    """What the query says of the rows of `table`. Raises Unreadable."""
    del schema
    if len(text) > MAXIMUM_LENGTH:
        raise Unreadable(f"longer than {MAXIMUM_LENGTH} characters", MAXIMUM_LENGTH)
    reader = _Reader(Cursor(_tokens(text)), table)
    predicate = all_of([reader.category(), reader.condition()])
    if not reader.cursor.at("end"):
        reader.cursor.fail(f"unexpected {reader.cursor.token}")
    return Reading(None, predicate)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = _after_blanks(text, 0)
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise Unreadable(f"unexpected {text[position]!r}", position)
        kind, spelling = found.lastgroup, found[0]
        if kind == "raw":
            tokens.append(Token("string", spelling[3:-3], position))
        elif kind == "string":
            tokens.append(Token("string", _unescaped(spelling[1:-1], position + 1), position))
        elif kind == "quoted":
            tokens.append(Token("quoted", spelling[1:-1].replace("``", "`"), position))
        else:
            tokens.append(Token(kind, spelling, position))
        position = _after_blanks(text, found.end())
    return [*tokens, Token("end", "", len(text))]


def _after_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def _unescaped(text: str, offset: int) -> str:
    def character(escape: re.Match[str]) -> str:
        number, letter = escape.groups()
        if number is None:
            if letter not in _ESCAPED:
                raise Unreadable(f"\\{letter} is no escape", offset + escape.start())
            return _ESCAPED[letter]
        point = int(number, 16)
        if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
            raise Unreadable(f"{number} is no character's number", offset + escape.start())
        return chr(point)

    return _ESCAPE.sub(character, text)


class _Reader:
    """Recursive descent: `not` binds tighter than `and`, which binds tighter than `or`."""

    def __init__(self, cursor: Cursor, table: Table) -> None:
        self.cursor = cursor
        self.table = table
        self.depth = 0

    def category(self) -> Predicate:
        token = self.cursor.take()
        self.cursor.expect("name", "where")
        if token.kind == "name" and token.text == "any":
            return TRUE
        if token.kind not in ("name", "string") or token.text in _RESERVED:
            raise Unreadable(f"expected a category, found {token}", token.offset)
        return elastic.term(elastic.subject(self.table, CATEGORY, token.offset), token.text)

    def condition(self) -> Predicate:
        parts = [self.conjunction()]
        while self.cursor.accept("name", "or"):
            parts.append(self.conjunction())
        return any_of(parts)

    def conjunction(self) -> Predicate:
        parts = [self.negated()]
        while self.cursor.accept("name", "and"):
            parts.append(self.negated())
        return all_of(parts)

    def negated(self) -> Predicate:
        negative = False
        while self.cursor.accept("name", "not"):
            negative = not negative
        predicate = self.primary()
        return negation(predicate) if negative else predicate

    def primary(self) -> Predicate:
        if self.cursor.accept("sign", "("):
            self.depth += 1
            if self.depth > MAXIMUM_DEPTH:
                self.cursor.fail(f"nested deeper than {MAXIMUM_DEPTH} levels")
            predicate = self.condition()
            self.cursor.expect("sign", ")")
            self.depth -= 1
            return predicate
        if constant := self.cursor.accept("name", "true", "false"):
            return TRUE if constant.text == "true" else FALSE
        if self.cursor.at("name") and self.cursor.following.text == "(" and self.cursor.token.text not in _RESERVED:
            return self.function()
        return self.comparison()

    def column(self) -> Subject:
        # an optional column that is not mapped would be null; one that the table has reads as any other
        self.cursor.accept("sign", "?")
        token = self.cursor.take()
        if token.kind not in ("name", "quoted") or (token.kind == "name" and (token.text in _RESERVED or token.text.endswith("~"))):
            raise Unreadable(f"expected a column, found {token}", token.offset)
        found = elastic.subject(self.table, token.text, token.offset)
        if found.type.native in elastic.ANALYSED:
            found.fail("EQL does not search analysed text")
        return found

    def comparison(self) -> Predicate:
        column = self.column()
        token = self.cursor.take()
        if token.kind == "sign":
            match token.text:
                case "==":
                    return self.equal(column)
                case "!=":
                    return negation(self.equal(column))
                case ":":
                    return self.any_string(lambda text: _like(column, text, cased=False))
                case "<" | "<=" | ">" | ">=":
                    return elastic.compare(column, _ORDERS[token.text], self.cursor.expect("number").text)
        if token.kind == "name":
            match token.text:
                case "like" | "like~":
                    return self.any_string(lambda text: _like(column, text, cased=token.text == "like"))
                case "regex" | "regex~":
                    return self.any_string(lambda text: _regex(column, text, cased=token.text == "regex"))
                case "in" | "in~":
                    return self.listed(column, cased=token.text == "in")
                case "not":
                    listed = self.cursor.expect("name", "in", "in~")
                    return negation(self.listed(column, cased=listed.text == "in"))
        raise Unreadable(f"expected an operator, found {token}", token.offset)

    def equal(self, column: Subject) -> Predicate:
        if self.cursor.accept("name", "null"):
            return negation(elastic.exists(column))
        return self.constant(column, cased=True)

    def constant(self, column: Subject, *, cased: bool) -> Predicate:
        """A column is one of the constants of its own type; another type is an error of Elasticsearch's verifier, or converted there."""
        token = self.cursor.take()
        kinds = {"text": "string", "address": "string", "integer": "number", "boolean": "name"}
        if token.kind != kinds.get(column.type.kind):
            raise Unreadable(f"{column.column.name}: expected a constant of its type, found {token}", token.offset)
        return elastic.term(column, token.text, cased=cased)

    def listed(self, column: Subject, *, cased: bool) -> Predicate:
        self.cursor.expect("sign", "(")
        parts = [self.constant(column, cased=cased)]
        while self.cursor.accept("sign", ","):
            parts.append(self.constant(column, cased=cased))
        self.cursor.expect("sign", ")")
        return any_of(parts)

    def any_string(self, read: Callable[[str], Predicate]) -> Predicate:
        """One string, or a list of them of which any may do."""
        if not self.cursor.accept("sign", "("):
            return read(self.cursor.expect("string").text)
        parts = [read(self.cursor.expect("string").text)]
        while self.cursor.accept("sign", ","):
            parts.append(read(self.cursor.expect("string").text))
        self.cursor.expect("sign", ")")
        return any_of(parts)

    def function(self) -> Predicate:
        token = self.cursor.take()
        name = token.text.removesuffix("~")
        if token.text != "cidrMatch" and name not in _PATTERNS:
            raise Unreadable(f"the function {token.text}", token.offset)
        self.cursor.expect("sign", "(")
        column = self.column()
        texts: list[str] = []
        while self.cursor.accept("sign", ","):
            texts.append(self.cursor.expect("string").text)
        self.cursor.expect("sign", ")")
        if not texts or (len(texts) > 1 and name not in ("cidrMatch", "startsWith")):
            raise Unreadable(f"{token.text} with another number of arguments", token.offset)
        if name == "cidrMatch":
            return any_of(elastic.network(column, text) for text in texts)
        column.check_text(name)
        return any_of(elastic.wildcard(column, _PATTERNS[name](text), cased=token.text == name) for text in texts)


def _like(column: Subject, text: str, *, cased: bool) -> Predicate:
    """Every `*` and `?` is a wildcard and a backslash a character (Elasticsearch source: StringUtils.toLikePattern)."""
    column.check_text("a pattern")
    pieces = (_WILDCARDS.get(piece, piece) for piece in re.split("([*?])", text))
    return elastic.wildcard(column, Pattern.of(*pieces), cased=cased)


def _regex(column: Subject, text: str, *, cased: bool) -> Predicate:
    """In a class Lucene folds no range whatever the flag says, so that one that tells letters' cases apart cannot be read without case."""
    predicate = elastic.regexp(column, text, cased=cased)
    if not cased and any(_tells_cases_apart(found[1]) for found in _CLASS.finditer(text)):
        column.fail("a class in regex~ whose ranges or negated letters are of one case, which Lucene does not fold as it does letters")
    return predicate


def _tells_cases_apart(members: str) -> bool:
    """Whether a class means another set when all its letters are read without case than when single letters are, which is what Lucene does.

    A negated class is the complement of what it lists. That is read without case only where the list has both cases of all its letters.
    """
    negated = members.startswith("^")
    listed = members.removeprefix("^")
    ranges = Chars.from_ranges([(ord(low), ord(high)) for low, high in _CLASS_RANGE.findall(listed)])
    letters = Chars.of(re.sub(r"\\(.)", r"\1", _CLASS_RANGE.sub("", listed), flags=re.DOTALL))
    if negated:
        return (ranges | letters).folded() != ranges | letters
    return ranges.folded() | letters.folded() != ranges | letters.folded()
