"""The reader of KQL, the query language of Kibana, as Kibana 8.12.1 and later runs it with a data view that knows the fields.

A recursive descent over Kibana's grammar.peggy, with its choices in the same order. A value without a field, a nested query and a name with
wildcards are unreadable, since what they look at depends on the data view.
"""

import re
from collections.abc import Callable
from typing import NoReturn

from sigma_amsi import elastic
from sigma_amsi.backend import Reading
from sigma_amsi.elastic import Operator, Subject
from sigma_amsi.errors import Unreadable
from sigma_amsi.pattern import ANY_MANY, Pattern
from sigma_amsi.pattern import Token as Piece
from sigma_amsi.pipeline.schema import Schema, Table
from sigma_amsi.predicate.tree import TRUE, Predicate, all_of, any_of, negation

MAXIMUM_LENGTH = 1_000_000
MAXIMUM_DEPTH = 60

_BLANK = r"[ \t\r\n\xa0]"
_BLANKS = re.compile(f"{_BLANK}*")
_AND = re.compile(f"{_BLANK}+and{_BLANK}+", re.IGNORECASE | re.ASCII)
_OR = re.compile(f"{_BLANK}+or{_BLANK}+", re.IGNORECASE | re.ASCII)
_NOT = re.compile(f"not{_BLANK}+", re.IGNORECASE | re.ASCII)
_KEYWORD = re.compile(f"{_BLANK}+(?:and|or){_BLANK}+|not{_BLANK}+", re.IGNORECASE | re.ASCII)
_OPERATORS: tuple[Operator, ...] = ("<=", ">=", "<", ">")
_SPECIAL = '\\():<>"*{}'
_WHITESPACE = {"t": "\t", "r": "\r", "n": "\n"}
_UNICODE = re.compile("u([0-9A-Fa-f]{4})")
_ESCAPED_KEYWORD = re.compile("and|or|not", re.IGNORECASE | re.ASCII)
_TRIMMED = " \t\r\n\v\f\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What JavaScript's trim takes away at both ends of an unquoted value."""


def parse(text: str, schema: Schema, table: Table) -> Reading:
    """What the query says of the rows of `table`. Raises Unreadable."""
    del schema
    if len(text) > MAXIMUM_LENGTH:
        raise Unreadable(f"longer than {MAXIMUM_LENGTH} characters", MAXIMUM_LENGTH)
    reader = _Reader(text, table)
    reader.blanks()
    if reader.at_end():
        return Reading(None, TRUE)  # an empty query matches everything
    predicate = reader.disjunction(reader.subquery)
    reader.blanks()
    if not reader.at_end():
        reader.fail("unexpected text")
    return Reading(None, predicate)


class _Reader:
    """A place in the text, and a method for each rule of the grammar."""

    def __init__(self, text: str, table: Table) -> None:
        self.text = text
        self.table = table
        self.position = 0
        self.depth = 0

    def disjunction(self, part: Callable[[], Predicate]) -> Predicate:
        parts = [self.conjunction(part)]
        while self.accept(_OR):
            parts.append(self.conjunction(part))
        return any_of(parts)

    def conjunction(self, part: Callable[[], Predicate]) -> Predicate:
        parts = [self.negated(part)]
        while self.accept(_AND):
            parts.append(self.negated(part))
        return all_of(parts)

    def negated(self, part: Callable[[], Predicate]) -> Predicate:
        return negation(part()) if self.accept(_NOT) else part()

    def subquery(self) -> Predicate:
        return self.brackets(self.subquery) if self.at("(") else self.expression()

    def brackets(self, part: Callable[[], Predicate]) -> Predicate:
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self.fail(f"nested deeper than {MAXIMUM_DEPTH} levels")
        self.position += 1
        self.blanks()
        predicate = self.disjunction(part)
        self.blanks()
        if not self.at(")"):
            self.fail("expected ')'")
        self.position += 1
        self.depth -= 1
        return predicate

    def expression(self) -> Predicate:
        start = self.position
        name = self.value()
        self.blanks()
        operator = next((each for each in _OPERATORS if self.at(each)), None)
        if operator is None and not self.at(":"):
            raise Unreadable("a value without a field, or a nested query", start)
        self.position += len(operator or ":")
        self.blanks()
        if name.tokens == (ANY_MANY,):
            if operator or self.value().tokens != (ANY_MANY,):
                raise Unreadable("all fields at once", start)
            return TRUE
        if name.literal is None:
            raise Unreadable("a name with wildcards", start)
        field = elastic.subject(self.table, name.literal, start)
        if operator is None:
            return self.values(field)
        bound = self.value().literal
        if bound is None:
            self.fail("a bound with wildcards")
        return elastic.compare(field, operator, bound)

    def values(self, field: Subject) -> Predicate:
        if self.at("("):
            return self.brackets(lambda: self.values(field))
        start, quoted = self.position, self.at('"')
        pattern = self.value()
        text = pattern.literal
        if text is None:
            return elastic.wildcard(field, pattern)
        if not quoted and text == "null":
            raise Unreadable("null as a value", start)
        return elastic.term(field, text)

    def value(self) -> Pattern:
        """A quoted text, or everything up to a special character or keyword, without the blanks round it."""
        if self.at('"'):
            return Pattern.of(self.quoted())
        start = self.position
        pieces: list[Piece] = []
        while not self.at_end() and (piece := self.unquoted()) is not None:
            pieces.append(piece)
        pattern = _trimmed(Pattern.of(*pieces))
        if not pieces or pattern.literal == "":
            raise Unreadable("expected a value", start)
        if pattern.tokens == (ANY_MANY,) and pieces.count(ANY_MANY) > 1:
            raise Unreadable("several stars, which are no test of existence as one is", start)
        return pattern

    def unquoted(self) -> Piece | None:
        """The next character of a value, or wildcard; None where the value ends."""
        character = self.text[self.position]
        if character == "*":
            self.position += 1
            return ANY_MANY
        if character == "\\":
            self.position += 1
            return self.escaped()
        if character in _SPECIAL or _KEYWORD.match(self.text, self.position):
            return None
        start = self.position
        self.blanks()  # a keyword after them would have matched already: taking them one by one would cost their square
        self.position = max(self.position, start + 1)
        return self.text[start : self.position]

    def escaped(self) -> str:
        """What a backslash outside of quotes makes of what follows; a blank wins over the keyword `not`, as it comes first in the grammar."""
        character = self.text[self.position : self.position + 1]
        if character in _WHITESPACE:
            self.position += 1
            return _WHITESPACE[character]
        if character and character in _SPECIAL:
            self.position += 1
            return character
        if found := _UNICODE.match(self.text, self.position):
            return self.unicode(found)
        found = _ESCAPED_KEYWORD.match(self.text, self.position)
        if not found:
            self.fail("a backslash that escapes nothing")
        self.position = found.end()
        return found[0]

    def quoted(self) -> str:
        """A text in quotes, in which a backslash that escapes nothing is a backslash."""
        start = self.position
        self.position += 1
        characters: list[str] = []
        while not self.at_end():
            character = self.text[self.position]
            following = self.text[self.position + 1 : self.position + 2]
            self.position += 1
            if character == '"':
                return "".join(characters)
            if character != "\\":
                characters.append(character)
            elif found := _UNICODE.match(self.text, self.position):
                characters.append(self.unicode(found))
            elif following in _WHITESPACE or following in ('"', "\\"):
                self.position += 1
                characters.append(_WHITESPACE.get(following, following))
            else:
                characters.append(character)
        raise Unreadable("a quote that is not closed", start)

    def unicode(self, found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        if "\ud800" <= character <= "\udfff":
            self.fail("an escaped half of a character")
        self.position = found.end()
        return character

    # -- the text -----------------------------------------------------------------------------------------------------------------------

    def at(self, text: str) -> bool:
        return self.text.startswith(text, self.position)

    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def accept(self, expression: re.Pattern[str]) -> bool:
        found = expression.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found is not None

    def blanks(self) -> None:
        self.accept(_BLANKS)

    def fail(self, message: str) -> NoReturn:
        raise Unreadable(message, self.position)


def _trimmed(pattern: Pattern) -> Pattern:
    tokens = list(pattern.tokens)
    if tokens and isinstance(tokens[0], str):
        tokens[0] = tokens[0].lstrip(_TRIMMED)
    if tokens and isinstance(tokens[-1], str):
        tokens[-1] = tokens[-1].rstrip(_TRIMMED)
    return Pattern.of(*tokens)
