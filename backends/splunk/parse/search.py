"""The language of the `search` command: fields, values with wildcards, keywords. Search Reference, "search"; Search Manual, "Boolean expressions".

It is two-valued: `NOT f=v` holds where the field is missing (Search Manual, "Difference between != and NOT").
"""

import re
from collections.abc import Callable
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, cast

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Work
from sigma_amsi.pattern import ANY_MANY, Pattern, Token, containing, exactly
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.construct import absent, can_be_empty, present, test, unspelled
from sigma_amsi.predicate.evaluate import canonical_decimal
from sigma_amsi.predicate.tree import FALSE, TRUE, Compare, InNetwork, Matches, Predicate, Regex, all_of, any_of, negation
from sigma_amsi.regex.tree import Anchor, OneOf, Place, RegexTree, choice, sequence
from sigma_amsi.regex.tree import Literal as LiteralText
from sigma_amsi.term import Column, Text

from .source import Command, Source
from .values import KINDS, Found, Number, String, Value, has_many, has_numbers_only

# Search Reference, "search": quotes are needed for white space, commas, pipes, quotation marks and brackets.
_WORD = re.compile(r'(?:[^\s()|,"=<>!\[\]\\]|\\.|!(?!=))+', re.DOTALL)
_VALUE = re.compile(r'(?:[^\s()|,"\[\]\\]|\\.)+', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_QUOTED_ITEM = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*([,)])', re.DOTALL)
_OPERATOR = re.compile(r"\s*(!=|<=|>=|==|=|<|>)")
_IN = re.compile(r"\s+IN\s*\(")  # it must be in capitals: Splunk blog, "Smooth operator"
_CASE = re.compile(r"CASE\(([^()]*)\)")
_DIRECTIVE = re.compile(r"(CASE|TERM)\(")
_SPECIAL = re.compile(r"\\.|\*", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NETWORK_LIKE = re.compile(r"[0-9A-Fa-f.:]+/[0-9]{1,3}")

_TIME_MODIFIERS = {
    *("earliest", "latest", "_index_earliest", "_index_latest", "starttime", "endtime", "timeformat", "startminutesago", "endminutesago"),
    *("starthoursago", "endhoursago", "startdaysago", "enddaysago", "startmonthsago", "endmonthsago", "minutesago", "hoursago", "daysago"),
    *("monthsago", "searchtimespandays", "searchtimespanhours", "searchtimespanminutes", "searchtimespanmonths", "now"),
}

Lookup = Callable[[str, int], Value]
"""Field name and place -> the field's value. Raises Unreadable where there is no such field."""


def read_search(source: Source, command: Command, table: Table, lookup: Lookup) -> Predicate:
    """What the arguments of a `search` command say."""
    return _Reader(source, command, table, lookup).read()


class _Reader:
    def __init__(self, source: Source, command: Command, table: Table, lookup: Lookup) -> None:
        self._source = source
        self._text = source.text
        self._end = command.end
        self._position = command.start
        self._table = table
        self._lookup = lookup
        self._work = Work(source.origin)
        self._columns: dict[str, String] = {}

    def read(self) -> Predicate:
        predicate = self._conjunction()
        if self._position < self._end:
            raise self._unreadable(f"expected the end of the search, found {self._text[self._position]!r}")
        return predicate

    def _conjunction(self) -> Predicate:
        """`OR` binds tighter than `AND`, which may be left out: Search Manual, "Boolean expressions", order of evaluation."""
        parts = [self._disjunction()]
        while self._skip_blank() < self._end and self._text[self._position] != ")":
            self._accept_word("AND")
            parts.append(self._disjunction())
        return all_of(parts)

    def _disjunction(self) -> Predicate:
        parts = [self._negated()]
        while self._accept_word("OR"):
            parts.append(self._negated())
        return any_of(parts)

    def _negated(self) -> Predicate:
        self._work.enter(self._position)
        predicate = negation(self._negated()) if self._accept_word("NOT") else self._primary()
        self._work.leave()
        return predicate

    def _primary(self) -> Predicate:
        start = self._skip_blank()
        if start >= self._end:
            raise self._unreadable("the search ends where a term is expected")
        if self._text[start] == "(":
            self._position += 1
            predicate = self._conjunction()
            self._close("a parenthesis that does not end")
            return predicate
        if directive := self._match(_DIRECTIVE):
            return self._directive(directive[1])
        quoted = self._match(_QUOTED)
        word = quoted or self._match(_WORD)
        if word is None:
            raise self._unreadable(f"expected a term, found {self._text[start]!r}")
        name = self._decoded_name(word[1], start) if quoted else word[0]
        operator = self._match(_OPERATOR)
        if operator:
            return self._comparison(name, operator[1], start)
        if self._match(_IN):
            return any_of(self._equals(name, value, start) for value in self._list())
        if word[0] in ("AND", "OR", "XOR"):
            raise self._unreadable(
                f"`{word[0]}` without a term on both sides" if word[0] != "XOR" else "`XOR` is not part of search", start
            )
        return self._keyword(self._decoded(word[1] if quoted else word[0], start + bool(quoted), quoted=bool(quoted)), start, cased=False)

    def _comparison(self, name: str, operator: str, start: int) -> Predicate:
        position = self._position
        if operator == "==":
            raise self._unreadable("`==` is not documented for search", start)
        value, quoted, cased = self._value()
        if operator == "=":
            return self._equals(name, value, start, cased=cased)
        field = self._field(name, start)
        if operator == "!=":
            # "Difference between != and NOT": the field must be there.
            if has_many(field.term, self._table):
                raise self._unreadable(f"what != means on a field with several values is disputed; `NOT {name}=…` is not", start)
            return all_of([present(field.term), negation(self._equals(name, value, start, cased=cased))])
        number = value.literal
        # Two numbers compare as numbers, anything else as texts: Search Reference, "search".
        if number is None or not _NUMBER.fullmatch(number) or quoted:
            raise self._unreadable("an order comparison is read with a number that is not in quotes", position)
        if not has_numbers_only(field.term, self._table):
            raise self._unreadable(f"values of {name} that are no numbers would be compared as texts", start)
        return test(field.term, Compare(cast(Literal["<", "<=", ">", ">="], operator), Decimal(number)))

    def _equals(self, name: str, value: Pattern, start: int, *, cased: bool = False) -> Predicate:
        if value.tokens == (ANY_MANY,):
            return self._present(name, start)
        field = self._field(name, start)
        literal = value.literal
        if literal == "" and not can_be_empty(field.term, self._table):
            return FALSE
        network = None if literal is None or cased else self._network(literal, start)
        if network is not None:
            return test(field.term, InNetwork(network))
        holds = unspelled(Matches(value, cased), field.spelling) if field.spelling else Matches(value, cased)
        return FALSE if holds is None else test(field.term, holds)

    def _present(self, name: str, start: int) -> Predicate:
        value = self._lookup(name, self._source.origin(start))
        if isinstance(value, Found):
            return value.present
        field = self._field(name, start)
        if can_be_empty(field.term, self._table):
            raise self._unreadable(f"whether {name}=* matches an empty value is not documented", start)
        return negation(absent(field.term))

    def _field(self, name: str, start: int) -> String:
        if name in self._columns:
            return self._columns[name]
        if name in _TIME_MODIFIERS:
            raise self._unreadable(f"the time range `{name}` is not a condition on a row", start)
        value = self._lookup(name, self._source.origin(start))
        if isinstance(value, String) and isinstance(value.term, Column):
            self._columns[name] = value  # what is computed is looked up each time, since it counts as work each time
        if isinstance(value, Number):
            return String(Text(canonical_decimal(value.number)))
        if not isinstance(value, String):
            raise self._unreadable(f"{name} is {KINDS[type(value)]}, whose text is not known", start)
        return value

    def _network(self, text: str, start: int) -> IPv4Network | IPv6Network | None:
        """A value in CIDR notation is a test for the network: Search Reference, "search"."""
        if "/" not in text or not _NETWORK_LIKE.fullmatch(text):
            return None
        try:
            return ip_network(text)
        except ValueError as error:
            raise self._unreadable(f"whether {text!r} is a network to search is not documented", start) from error

    def _list(self) -> list[Pattern]:
        values = []
        while True:
            if found := self._match(_QUOTED_ITEM):
                values.append(self._decoded(found[1], found.start(1), quoted=True))
                if found[2] == ")":
                    return values
                continue
            value, _, cased = self._value()
            if cased:
                raise self._unreadable("CASE() in a list is not documented")
            values.append(value)
            self._skip_blank()
            if self._position < self._end and self._text[self._position] == ",":
                self._position += 1
                continue
            self._close("a list that does not end")
            return values

    def _value(self) -> tuple[Pattern, bool, bool]:
        """A value, whether it stands in quotes, and whether it counts case."""
        start = self._skip_blank()
        if found := self._match(_QUOTED):
            return self._decoded(found[1], start + 1, quoted=True), True, False
        if found := self._match(_CASE):
            return self._decoded(found[1], start + 5, quoted=False), False, True
        found = self._match(_VALUE)
        if found is None:
            raise self._unreadable("a value is missing")
        if self._position < self._end and self._text[self._position] in '"(':
            raise self._unreadable(f"{self._text[self._position]!r} inside a value needs quotes")
        return self._decoded(found[0], start, quoted=False), False, False

    def _directive(self, kind: str) -> Predicate:
        start = self._position
        found = self._match(re.compile(r"[^()\"]*(?=\))"))
        if found is None:
            raise self._unreadable(f"{kind}() takes one term")
        self._position += 1
        term = self._decoded(found[0], start, quoted=False)
        return self._keyword(term, start, cased=True) if kind == "CASE" else self._indexed_term(term, start)

    def _decoded_name(self, text: str, start: int) -> str:
        if "\\" in text:
            raise self._unreadable("a backslash in the name of a field is not read", start)
        return text

    def _decoded(self, text: str, start: int, *, quoted: bool) -> Pattern:
        r"""The pattern of a value: `\\` and `\"` are escapes, `\|` outside quotes, `*` is always a wildcard (Search Manual, "Backslashes").

        On a backslash before anything else documentation and practice disagree: it stays, or it goes.
        """
        if "\\" in text:
            if "\\" in text.replace("\\\\", ""):
                return self._escaped(text, start, quoted=quoted)
            text = text.replace("\\\\", "\\")
        if "*" not in text:
            return exactly(text)
        tokens: list[Token] = []
        for part in text.split("*"):
            tokens += (part, ANY_MANY)
        return Pattern.of(*tokens[:-1])

    def _escaped(self, text: str, start: int, *, quoted: bool) -> Pattern:
        tokens: list[Token] = []
        position = 0
        for special in _SPECIAL.finditer(text):
            tokens.append(text[position : special.start()])
            position = special.end()
            character = special[0][-1]
            if special[0] == "*":
                tokens.append(ANY_MANY)
            elif character in ('\\"' if quoted else '\\"|'):
                tokens.append(character)
            else:
                raise self._unreadable(rf"sources disagree on what \{character} is in a search", start + special.start())
        tokens.append(text[position:])
        return Pattern.of(*tokens)

    def _keyword(self, term: Pattern, start: int, *, cased: bool) -> Predicate:
        """A word that is searched in `_raw`: a whole segment, unless a wildcard is at its edge."""
        if term.tokens == (ANY_MANY,):
            return TRUE  # every event has a raw text
        leading, trailing = ANY_MANY in term.tokens[:1], ANY_MANY in term.tokens[-1:]
        word = term.tokens[leading : len(term.tokens) - trailing]
        text = word[0] if len(word) == 1 and isinstance(word[0], str) else ""
        if not text:
            raise self._unreadable("a keyword with a wildcard inside is looked up in the index in ways that sources disagree on", start)
        if any(character in _ANY_BREAKER for character in text) or text.upper().startswith(_ENCODED_DIGITS):
            raise self._unreadable(f"how the segments of {text!r} are searched is not documented exactly; a field comparison is", start)
        raw = self._field("_raw", start).term
        if leading and trailing:
            return test(raw, Matches(containing(text), cased))
        items: list[RegexTree] = [] if leading else [_segment_start(_ANY_BREAKER)]
        items.append(LiteralText(text))
        items += [] if trailing else [_segment_end(_ANY_BREAKER)]
        return test(raw, Regex(sequence(items), cased))

    def _indexed_term(self, term: Pattern, start: int) -> Predicate:
        """TERM(): one term between major breakers (Search Manual, "Use CASE() and TERM() to match phrases")."""
        text = term.literal
        edges = text and (text[0] in "-%" or text[-1] in "-%" or text.upper().startswith(_ENCODED_DIGITS))
        if not text or edges or "--" in text or "%" in text or any(character in _MAJOR_BREAKER for character in text):
            raise self._unreadable("TERM() is read with a term that has no major breaker and no wildcard", start)
        tree = sequence([_segment_start(_MAJOR_BREAKER), LiteralText(text), _segment_end(_MAJOR_BREAKER)])
        return test(self._field("_raw", start).term, Regex(tree, cased=False))

    def _skip_blank(self) -> int:
        position = self._position
        while position < self._end and self._text[position].isspace():
            position += 1
        self._position = position
        return position

    def _accept_word(self, word: str) -> bool:
        start = self._skip_blank()
        if not self._text.startswith(word, start):
            return False
        found = _WORD.match(self._text, start, self._end)
        if found is None or found[0] != word or _OPERATOR.match(self._text, found.end(), self._end):
            return False
        self._position = found.end()
        return True

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._position, self._end)
        if found:
            self._position = found.end()
        return found

    def _close(self, otherwise: str) -> None:
        if self._skip_blank() >= self._end or self._text[self._position] != ")":
            raise self._unreadable(otherwise)
        self._position += 1

    def _unreadable(self, message: str, position: int | None = None) -> Unreadable:
        return self._source.unreadable(message, self._position if position is None else position)


# segmenters.conf.spec: how events are cut into segments, the longest breakers apart.
_MAJOR_BREAKER = Chars.of("[]<>(){}|!;,'\"*\n\r \t\f\v&?+")
_ANY_BREAKER = _MAJOR_BREAKER | Chars.of("/:=@.-$#%\\_")
_ENCODED = ("%2526", "%2520", "%21", "%26", "%3B", "%7C", "%20", "%2B", "%3D", "%5D", "%5B", "%3A", "%0A", "%2C", "%28", "%29")
_ENCODED_DIGITS = tuple(breaker[1:] for breaker in _ENCODED)
_LONG_BREAKERS: list[RegexTree] = [LiteralText(breaker) for breaker in (*_ENCODED, "--")]


def _segment_start(breakers: Chars) -> RegexTree:
    return choice([Anchor(Place.TEXT_START), OneOf(breakers), *_LONG_BREAKERS])


def _segment_end(breakers: Chars) -> RegexTree:
    return choice([OneOf(breakers), *_LONG_BREAKERS, Anchor(Place.TEXT_END)])
